"""需求征集: communities propose needs before the call; the bureau chooses some as numbered topics (选题) of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from venture import private, trail
from venture.db import db, locked
from venture.people.models import Community, Person
from venture.refusal import Blocker, Refused
from venture.rounds import access, queries
from venture.rounds.actions.shared import planner
from venture.rounds.models import Need, NeedState, Round, RoundState

LONGEST_NEED = 500


def propose_need(
    *, round: Round, community: Community, problem: str, concerns: str, wish: str, by: Person, at: datetime
) -> Need:
    """Propose a need of a community: as its clerk, or as an officer on its behalf. The same one twice is one.

    Raises Refused: rounds.not_your_community, rounds.no_needs_now, rounds.text_needed, rounds.too_long,
    rounds.private_number.
    """
    texts = _fit(round, community, {"problem": problem, "concerns": concerns, "wish": wish}, by)
    if known := [
        each
        for each in queries.needs(round)
        if each.community_id == community.id and each.problem == texts["problem"]
    ]:
        return known[0]
    need = Need(
        round=round, community=community, proposed_at=at, proposed_by=by, state=NeedState.PROPOSED, **texts
    )
    db.session.add(need)
    db.session.flush()
    trail.say(by, "rounds.propose_need", need, community=community.name, **texts)
    return need


def change_need(*, need: Need, problem: str, concerns: str, wish: str, by: Person, at: datetime) -> None:
    """Reword a proposed need; the trail keeps both texts. Raises Refused as `propose_need`, rounds.need_settled."""
    texts = _fit(need.round, need.community, {"problem": problem, "concerns": concerns, "wish": wish}, by)
    locked(need)
    if need.state is not NeedState.PROPOSED:
        raise Refused("rounds.need_settled", state=need.state)
    changed = {
        name: [getattr(need, name), text] for name, text in texts.items() if getattr(need, name) != text
    }
    for name, text in texts.items():
        setattr(need, name, text)
    db.session.flush()
    if changed:
        trail.say(by, "rounds.change_need", need, **changed)


class Choice(NamedTuple):
    """What becomes of one need: a topic, passed over for the reason, or with neither still undecided."""

    need: Need
    chosen: bool
    reason: str = ""


def choose_topics(*, round: Round, choices: Sequence[Choice], by: Person, at: datetime) -> None:
    """Choose the round's topics from all its needs at once; they are numbered in the order given.

    While the round is planned all may be chosen anew. Once it is open, topics keep their numbers and stay, since
    drafts may answer them; further ones follow, and a supplement to the call makes them known. Raises Refused:
    rounds.not_planner, rounds.no_topics_now, rounds.topic_stays (community).
    """
    planner(by)
    locked(round)
    if round.state not in (RoundState.PLANNED, RoundState.OPEN):
        raise Refused("rounds.no_topics_now", state=round.state)
    planned = round.state is RoundState.PLANNED
    choices = [each for each in choices if each.need.round_id == round.id]
    if stays := [
        Blocker("rounds.topic_stays", f"need-{each.need.id}", {"community": each.need.community.name})
        for each in choices
        if not planned and each.need.number and not each.chosen
    ]:
        raise Refused.all(stays)
    before = {each.need.id: each.need.number for each in choices}
    free = [each for each in choices if planned or not each.need.number]
    for each in free:
        each.need.state, each.need.number, each.need.reason = NeedState.PROPOSED, None, ""
    db.session.flush()
    number = queries.last_topic(round)
    for each in free:
        if each.chosen:
            number += 1
            each.need.state, each.need.number = NeedState.CHOSEN, number
        elif each.reason.strip():
            each.need.state, each.need.reason = NeedState.PASSED_OVER, each.reason.strip()
    db.session.flush()
    db.session.expire(round, ["topics"])
    trail.say(
        by,
        "rounds.choose_topics",
        round,
        needs=[[each.need.id, before[each.need.id], each.need.number, each.need.reason] for each in choices],
    )


def _fit(round: Round, community: Community, texts: dict[str, str], by: Person) -> dict[str, str]:
    if not access.may_propose(by, community):
        raise Refused("rounds.not_your_community", "community", name=community.name)
    locked(round)
    if round.state is not RoundState.PLANNED or not round.collects_needs:
        raise Refused("rounds.no_needs_now", state=round.state)
    found = []
    for name, text in texts.items():
        if not text.strip():
            found.append(Blocker("rounds.text_needed", name))
        elif len(text.strip()) > LONGEST_NEED:
            found.append(Blocker("rounds.too_long", name, {"limit": LONGEST_NEED}))
        elif private.number_in(text):
            found.append(Blocker("rounds.private_number", name))
    if found:
        raise Refused.all(found)
    return {name: text.strip() for name, text in texts.items()}
