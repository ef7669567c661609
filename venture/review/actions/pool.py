"""The pool of experts: who is in it, what is known of each, who may not be drawn or invited any more."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from venture import trail
from venture.db import db, locked
from venture.people import actions as people
from venture.people.credit_code import Malformed, normal, parse
from venture.people.models import Person
from venture.refusal import Blocker, Refused
from venture.review import queries
from venture.review.defaults import Entry, Lines, Record
from venture.review.models import (
    Affiliated,
    Affiliation,
    Competence,
    Expert,
    ExpertField,
    PoolState,
)
from venture.roles import Role

OF_COMMUNITIES = frozenset({Affiliated.RESIDENT, Affiliated.SERVES})


def take_in(*, people: Sequence[Person], by: Person, at: datetime) -> list[Expert]:
    """Take those into the pool who have the role of an expert and are not in it yet. Raises Refused
    review.nobody_chosen."""
    if not people:
        raise Refused("review.nobody_chosen", "people")
    made = [Expert(person=person, entered_at=at, entered_by_id=by.id) for person in people]
    db.session.add_all(made)
    db.session.flush()
    for expert in made:
        trail.say(by, "review.enter_expert", expert, person=expert.person)
    return made


def enter_expert(
    *, name: str, position: str, mobile: str, email: str, record: Record, by: Person, at: datetime
) -> Expert:
    """Enter a new person with the role of an expert, and what is known of them.

    Raises Refused as `people.enter_person` and `save_expert`.
    """
    person = people.enter_person(
        name=name, position=position, mobile=mobile, email=email, role=Role.EXPERT, by=by, at=at
    )
    (expert,) = take_in(people=[person], by=by, at=at)
    save_expert(expert=expert, record=record, seen=expert.revision, by=by, at=at)
    return expert


def enter_experts(*, entries: Sequence[Entry], by: Person, at: datetime) -> list[Entry]:
    """Enter a whole list of new experts, or nobody; gives the rows that were left out, whose experts the pool has.

    A row is known by its login, without one by the name. Raises Refused with every reason of every row, its field
    being «row-<number>», its facts with `row` and `name`: as `enter_expert` does, and what could not be read.
    """
    known = queries.in_pool(
        names={each.name for each in entries},
        logins={each.mobile for each in entries} | {each.email for each in entries},
    )
    left_out: list[Entry] = []
    wrong: list[Blocker] = []
    for each in entries:
        if known & ({each.mobile, each.email} - {""} or {each.name}):
            left_out.append(each)
            continue
        found = list(each.wrong)
        try:
            given = {"name": each.name, "mobile": each.mobile, "email": each.email}
            enter_expert(**given, position=each.record.position, record=each.record, by=by, at=at)
        except Refused as refusal:
            found += refusal.blockers
        facts = {"row": each.row, "name": each.name}
        wrong += [Blocker(one.code, f"row-{each.row}", {**one.facts, **facts}) for one in found]
    if wrong:
        raise Refused.all(wrong)
    return left_out


def save_expert(*, expert: Expert, record: Record, seen: int, by: Person, at: datetime) -> None:
    """Keep what is known of an expert; the trail has both values of what changed.

    Raises Refused: review.expert_changed when somebody saved meanwhile, review.unknown_body and
    review.unknown_community for each line that names nothing we can tell,
    review.bad_body for a credit code that is none.
    """
    locked(expert)
    if expert.revision != seen:
        raise Refused("review.expert_changed")
    wrong: list[Blocker] = []
    bodies = queries.body_codes(
        {record.employer, *_named(record.bonds, Affiliated.OFFICE, Affiliated.ADVISER)}
    )
    places = queries.community_codes(_named(record.bonds, *OF_COMMUNITIES))
    employer = _code("employer", record.employer, bodies, wrong) if record.employer else ""
    bonds = {
        (kind, _code(kind.value, name, places if kind in OF_COMMUNITIES else bodies, wrong)): note
        for kind, lines in record.bonds.items()
        for name, note in lines
    }
    if wrong:
        raise Refused.all(wrong)
    changed: dict[str, list[object]] = {}
    for row, field, value in (
        (expert, "title", record.title),
        (expert.person, "position", record.position.strip()),
        (expert.person, "employer_code", employer),
        (expert, "employer_name", record.employer_name.strip() if employer else ""),
    ):
        if getattr(row, field) != value:
            changed[field] = [getattr(row, field), value]
            setattr(row, field, value)
    competences = [one for one in Competence if one in record.competences]
    if competences != expert.competences:
        changed["competences"] = [expert.competences, competences]
        expert.fields = []
        db.session.flush()
        expert.fields = [ExpertField(field=one) for one in competences]
    kept = {(row.kind, row.code): row.note for row in expert.affiliations}
    for kind in Affiliated:
        old, new = _of(kind, kept), _of(kind, bonds)
        if old != new:
            changed[kind.value] = [old, new]
    if kept != bonds:
        expert.affiliations = []
        db.session.flush()
        expert.affiliations = [
            Affiliation(kind=kind, code=code, note=note) for (kind, code), note in bonds.items()
        ]
    if changed:
        expert.revision += 1
        db.session.flush()
        trail.say(by, "review.save_expert", expert, **changed)


def _named(bonds: Mapping[Affiliated, Lines], *kinds: Affiliated) -> set[str]:
    return {name for kind in kinds for name, _note in bonds.get(kind, ())}


def _of(kind: Affiliated, bonds: Mapping[tuple[Affiliated, str], str]) -> list[str]:
    return sorted(f"{code} {note}".strip() for (one, code), note in bonds.items() if one is kind)


def _code(field: str, name: str, known: Mapping[str, str], wrong: list[Blocker]) -> str:
    """The code that is meant: typed as such, or of the only organization or community with that whole name."""
    if found := known.get(name):
        return found
    if field in {kind.value for kind in OF_COMMUNITIES}:
        wrong.append(Blocker("review.unknown_community", field, {"typed": name}))
        return ""
    try:
        return parse(name)
    except Malformed:
        looks = re.fullmatch(r"[0-9A-Za-z]{15,20}", normal(name)) is not None
        wrong.append(Blocker("review.bad_body" if looks else "review.unknown_body", field, {"typed": name}))
        return ""


def set_state(*, expert: Expert, state: PoolState, reason: str, by: Person, at: datetime) -> None:
    """Block an expert, let them leave the pool, or take them back, each with the reason; seats stay.

    Raises Refused: review.no_reason, review.same_state.
    """
    locked(expert)
    if not reason.strip():
        raise Refused("review.no_reason", "reason")
    if expert.state is state:
        raise Refused("review.same_state", "state", state=state)
    was, expert.state = expert.state, state
    expert.reason = "" if state is PoolState.ACTIVE else reason.strip()
    expert.revision += 1
    trail.say(by, "review.set_state", expert, state=[was, state], reason=reason.strip())
