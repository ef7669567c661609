"""Near-duplicates: record what a comparison found, and what an officer found on looking. Neither refuses anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from venture import trail
from venture.applications import access, queries
from venture.applications.likeness import Found, Verdict
from venture.applications.models import Comparison, Likeness
from venture.db import db, locked
from venture.people.models import Person
from venture.refusal import Blocker, Refused
from venture.roles import Role
from venture.rounds.models import Round


def compare(*, round: Round, found: Found, among: set[int], by: Person, at: datetime) -> Comparison:
    """Keep what `likeness.alike` found of the versions `among` (ids) and the earlier rounds.

    A pair that is on record stays as it is, with what was found on looking at it. Raises Refused:
    applications.not_your_role, applications.nothing_to_compare.
    """
    if not by.holds(*access.ENTERS):
        raise Refused("applications.not_your_role")
    if not among:
        raise Refused("applications.nothing_to_compare")
    locked(round)
    known = queries.known_pairs(among)
    fresh = [pair for pair in found.pairs if (pair.first, pair.second) not in known]
    db.session.add_all(
        Likeness(
            first_id=pair.first,
            second_id=pair.second,
            text=pair.text,
            passages=pair.passages,
            longest=pair.longest,
            budget=pair.budget,
            lines=pair.lines,
            found_at=at,
        )
        for pair in fresh
    )
    made = Comparison(
        round_id=round.id,
        versions=len(among),
        last_id=max(among),
        pairs=len(found.pairs),
        fresh=len(fresh),
        left_out=found.left_out,
        at=at,
        by=by,
    )
    db.session.add(made)
    db.session.flush()
    trail.say(
        by, "applications.compare", round, versions=len(among), pairs=len(found.pairs), fresh=len(fresh)
    )
    return made


@dataclass(frozen=True)
class Looked:
    """A pair that somebody looked at; `seen` is the pair's as the page showed it."""

    pair: Likeness
    seen: str


def judge_pairs(*, looked: Sequence[Looked], verdict: Verdict, reason: str, by: Person, at: datetime) -> int:
    """Record what was found on looking at pairs; how many. What was found before stays on record too.

    Nothing is done unless every pair can be. Raises Refused naming each pair at fault: applications.not_your_role,
    applications.no_pair, applications.no_reason_for_verdict, applications.own_pair, applications.pair_changed.
    """
    if not by.holds(Role.OFFICER):
        raise Refused("applications.not_your_role")
    if not looked:
        raise Refused("applications.no_pair")
    if not reason.strip():
        raise Refused("applications.no_reason_for_verdict", "reason")
    for each in sorted(looked, key=lambda each: each.pair.id):
        locked(each.pair)
    if wrong := [blocker for each in looked for blocker in _unfit(each, by)]:
        raise Refused.all(wrong)
    for each in looked:
        _judge(each.pair, verdict, reason.strip(), by, at)
    return len(looked)


def _unfit(looked: Looked, by: Person) -> list[Blocker]:
    one, two = looked.pair.applications
    facts = {"first": one.number, "second": two.number}
    if any(access.is_own(by, each.organization) or access.entered(by, each) for each in (one, two)):
        return [Blocker("applications.own_pair", "", facts)]
    if looked.seen != looked.pair.seen:
        who = looked.pair.judged_by.name if looked.pair.judged_by else ""
        return [Blocker("applications.pair_changed", "", facts | {"who": who, "when": looked.pair.judged_at})]
    return []


def _judge(pair: Likeness, verdict: Verdict, reason: str, by: Person, at: datetime) -> None:
    one, two = pair.applications
    before = pair.verdict
    if before is not None and before is not verdict:
        trail.correct(pair, field="verdict", value=verdict, reason=reason, by=by, at=at)
    if before is not None and pair.reason != reason:
        trail.correct(pair, field="reason", value=reason, reason=reason, by=by, at=at)
    pair.verdict, pair.reason, pair.judged_at, pair.judged_by = verdict, reason, at, by
    trail.say(
        by,
        "applications.judge_pair",
        pair,
        first=one.number,
        second=two.number,
        before=before,
        after=verdict,
        reason=reason,
    )
