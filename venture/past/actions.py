"""Taking over earlier awards, taking a file back, and finding their bodies in the register."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from venture import trail
from venture.db import db, locked
from venture.files import File
from venture.past import queries
from venture.past.lists import Award, Column, Outcome, bare
from venture.past.models import Heading, PastAward, PastImport, Source
from venture.past.queries import OUR_NAME
from venture.people.models import Person, TrackRecord
from venture.refusal import Refused
from venture.roles import Role

TAKES = (Role.OFFICER,)
"""Those who take over earlier awards."""


@dataclass(frozen=True)
class Taken:
    """What came of a file: how many awards were added, changed, were there already, and have a known body now."""

    added: int
    changed: int
    same: int
    known: int


def take_over(
    *,
    awards: Iterable[Award],
    source: Source,
    file: File,
    terms: Mapping[str, Any],
    left_out: int,
    reason: str,
    by: Person,
    at: datetime,
) -> Taken:
    """Add the awards that are new; with a `reason` also set right those that differ, both values kept.

    The same file again adds nothing and leaves no trace. Raises Refused: past.not_your_role, past.nothing_new.
    """
    _guard(by)
    found = queries.compared(list(awards))
    changed = found.changed if reason else []
    if not found.new and not changed:
        raise Refused("past.nothing_new", "file", same=len(found.same), changed=len(found.changed))
    made = PastImport(
        file=file,
        source=source,
        terms=trail.plain(dict(terms)),
        added=len(found.new),
        changed=len(changed),
        left_out=left_out + len(found.own) + len(found.changed) - len(changed),
        at=at,
        by_id=by.id,
    )
    db.session.add(made)
    db.session.flush()
    kept = [_kept(award, made) for award in found.new]
    db.session.add_all(kept)
    db.session.flush()
    for _award, row, differences in changed:
        for name, _before, after in differences:
            trail.correct(row, field=OUR_NAME.get(name, name), value=after, reason=reason, by=by, at=at)
        _forget_record(row)
    known = _recognize([*kept, *(row for _award, row, _differences in changed)])
    facts = {"file": file.name, "sha256": file.sha256, "reason": reason}
    trail.say(
        by, "past.take_over", made, added=made.added, changed=made.changed, left_out=made.left_out, **facts
    )
    return Taken(made.added, made.changed, len(found.same), known)


def _guard(by: Person) -> None:
    if not by.holds(*TAKES):
        raise Refused("past.not_your_role", roles=list(TAKES))


def _kept(award: Award, source: PastImport) -> PastAward:
    told = {OUR_NAME.get(name, name): value for name, value in asdict(award).items()}
    return PastAward(**told, import_id=source.id)


def _recognize(awards: Iterable[PastAward]) -> int:
    """Give the awards in yuan their body of the register and what its eligibility looks back at; how many have one.

    What the record knows already of this year and title is not written a second time.
    """
    asked = [each for each in awards if each.in_yuan and each.code]
    bodies = queries.bodies({each.code for each in asked})
    known = queries.known_records({body.id for body in bodies.values()})
    count = 0
    for award in asked:
        body = bodies.get(award.code)
        award.organization_id = body.id if body else None
        if body is None:
            continue
        count += 1
        if (body.id, award.year, award.title) not in known:
            record = TrackRecord(
                organization_id=body.id,
                year=award.year,
                title=award.title,
                amount=award.amount,
                closed=award.outcome is Outcome.CLOSED,
                broken_off=award.outcome is Outcome.BROKEN_OFF,
            )
            award.record = known[body.id, award.year, award.title] = record
    db.session.flush()
    return count


def _forget_record(award: PastAward) -> None:
    """Take away the record that was made for the award."""
    record, award.record = award.record, None
    if record is not None:
        db.session.flush()
        db.session.delete(record)
        db.session.flush()


def remember(*, matched: Mapping[str, Column | None], by: Person, at: datetime) -> None:
    """Keep what each heading means, for the next list that has it. Raises Refused: past.not_your_role."""
    _guard(by)
    known = queries.headings()
    learned = {}
    for text, column in matched.items():
        heading, holds = bare(text), column.value if column else ""
        row = known.get(heading)
        if row is None:
            row = known[heading] = Heading(heading=heading, holds=holds, matched_at=at, matched_by_id=by.id)
            db.session.add(row)
            learned[heading] = holds
        elif row.holds != holds:
            row.holds, row.matched_at, row.matched_by_id = holds, at, by.id
            learned[heading] = holds
    if learned:
        trail.say(by, "past.match_headings", None, headings=learned)


def recognize(*, by: Person, at: datetime) -> int:
    """Look once more for the bodies of awards that had none in the register; how many were found.

    Raises Refused: past.not_your_role, past.none_known.
    """
    _guard(by)
    count = _recognize(queries.unmatched())
    if not count:
        raise Refused("past.none_known")
    trail.say(by, "past.recognize", None, known=count)
    return count


def take_back(*, source: PastImport, reason: str, by: Person, at: datetime) -> int:
    """Let the awards of a file stand no more, with what they made of organizations' records; how many.

    Rows and file stay on record. Raises Refused: past.not_your_role, past.taken_back (at).
    """
    _guard(by)
    locked(source)
    if source.taken_back_at is not None:
        raise Refused("past.taken_back", at=source.taken_back_at)
    awards = queries.of_import(source)
    records = [award.record for award in awards if award.record is not None]
    ids = [award.id for award in awards]
    for award in awards:
        award.record, award.standing = None, False
    db.session.flush()
    for record in records:
        db.session.delete(record)
    source.taken_back_at, source.taken_back_by_id, source.taken_back_reason = at, by.id, reason
    trail.say(by, "past.take_back", source, awards=len(ids), records=len(records), reason=reason)
    return len(ids)
