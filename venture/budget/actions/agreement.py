"""项目协议书: drawn up for a whole list, signed, scanned, corrected; amended by a second person's leave."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from venture import clock, files, trail
from venture.applications.lifecycle import move
from venture.budget import access, queries, wording
from venture.budget.actions.award import meet_condition, set_met
from venture.budget.actions.ledger import locked_rows, refuse
from venture.budget.models import Agreement, AgreementScan, Amendment, Award, AwardState
from venture.db import db, locked
from venture.files import Staged
from venture.people.models import Person
from venture.refusal import Blocker, Refused
from venture.roles import Role
from venture.rounds.models import Condition, Round

# --- drawn up ---


class Draft(NamedTuple):
    """The agreement of one award as it is to be drawn up: its number, and who signs for the organization."""

    award: Award
    number: str
    signatory: str


def draw_blockers(drafts: Sequence[Draft]) -> list[Blocker]:
    """Why these agreements cannot be drawn up: budget.award_cancelled, signed_already, number_missing, number_twice,
    number_used, not_revised, signatory_missing; each names the field of its row.
    """
    ids = [each.award.id for each in drafts]
    open_ones = queries.unrevised([each.award for each in drafts])
    used = queries.numbers_used([each.number for each in drafts], ids)
    found, seen = [], set[str]()
    for each in drafts:
        facts = {"project": each.award.application.title, "number": each.number}
        field = f"number-{each.award.id}"
        if each.award.state is not AwardState.LIVE:
            found.append(Blocker("budget.award_cancelled", field, {**facts, "instalment": ""}))
        elif each.award.agreement_no is not None:
            found.append(
                Blocker("budget.signed_already", field, {**facts, "number": each.award.agreement_no})
            )
        if not each.number:
            found.append(Blocker("budget.number_missing", field, facts))
        elif each.number in seen:
            found.append(Blocker("budget.number_twice", field, facts))
        elif each.number in used:
            found.append(Blocker("budget.number_used", field, facts))
        seen.add(each.number)
        if each.award.id in open_ones:
            found.append(Blocker("budget.not_revised", f"take-{each.award.id}", facts))
        if not each.signatory:
            found.append(Blocker("budget.signatory_missing", f"signatory-{each.award.id}", facts))
    return found


def draw_up(*, round: Round, drafts: Iterable[Draft], by: Person, at: datetime) -> list[Agreement]:
    """Draw up the agreements of a list, each as its next version, and freeze their texts for printing.

    What would say the same as the version before stays that version. Numbers are given under the round's lock.
    Raises Refused: budget.not_your_role, budget.nothing_chosen, budget.barred, those of `draw_blockers`.
    """
    refuse(access.role_blockers(by, Role.OFFICER))
    listed = [Draft(each.award, each.number.strip(), each.signatory.strip()) for each in drafts]
    if not listed:
        raise Refused("budget.nothing_chosen")
    locked(round)
    locked_rows(Award, [each.award.id for each in listed])
    refuse(access.tie_blockers(by, [each.award.application for each in listed]) + draw_blockers(listed))
    before = queries.drawn([each.award for each in listed])
    made = []
    for each in listed:
        last = before.get(each.award.id)
        content = wording.agreement(queries.terms_of(each.award, each.number, each.signatory))
        sha256 = wording.digest(content)
        if last is not None and last.sha256 == sha256:
            made.append(last)
            continue
        drawn = Agreement(
            award=each.award,
            version=last.version + 1 if last else 1,
            number=each.number,
            signatory=each.signatory,
            amount=each.award.entitled,
            content=[list(block) for block in content],
            sha256=sha256,
            drawn_at=at,
            drawn_by=by,
        )
        db.session.add(drawn)
        db.session.flush()
        trail.say(
            by,
            "budget.draw_up",
            each.award,
            number=drawn.number,
            version=drawn.version,
            signatory=drawn.signatory,
            sha256=sha256,
        )
        made.append(drawn)
    return made


# --- signed ---


class Signing(NamedTuple):
    """The agreement of one award: its number and the day it was signed."""

    award: Award
    number: str
    signed_on: date


def signing_blockers(signings: Sequence[Signing], at: datetime) -> list[Blocker]:
    """Why these agreements cannot be recorded; codes budget.number_missing, number_twice, number_used,
    not_revised, other_number (than the one it was drawn up under), text_outdated, signed_in_future, signed_already,
    award_cancelled.
    """
    found, seen = [], set()
    awards = [each.award for each in signings]
    used = queries.numbers_used([each.number for each in signings], [award.id for award in awards])
    texts, open_ones = queries.drawn(awards), queries.unrevised(awards)
    for each in signings:
        field, facts = (
            f"number-{each.award.id}",
            {
                "project": each.award.application.title,
                "number": each.number,
            },
        )
        if each.award.state is not AwardState.LIVE:
            found.append(Blocker("budget.award_cancelled", field, {**facts, "instalment": ""}))
        elif each.award.agreement_no is not None:
            found.append(
                Blocker("budget.signed_already", field, {**facts, "number": each.award.agreement_no})
            )
        elif each.award.id in open_ones:
            found.append(Blocker("budget.not_revised", field, facts))
        if not each.number:
            found.append(Blocker("budget.number_missing", field, facts))
        elif each.number in seen:
            found.append(Blocker("budget.number_twice", field, facts))
        elif each.number in used:
            found.append(Blocker("budget.number_used", field, facts))
        elif each.award.id in texts and texts[each.award.id].number != each.number:
            drawn = texts[each.award.id].number
            found.append(Blocker("budget.other_number", field, {**facts, "drawn": drawn}))
        elif each.award.id in texts and texts[each.award.id].amount != each.award.entitled:
            found.append(Blocker("budget.text_outdated", field, facts))
        seen.add(each.number)
        if each.signed_on > clock.beijing_day(at):
            found.append(
                Blocker(
                    "budget.signed_in_future", f"signed-{each.award.id}", {**facts, "day": each.signed_on}
                )
            )
    return found


def sign(*, signings: Sequence[Signing], by: Person, at: datetime) -> None:
    """Record agreements: number and signing day of each; the instalment that waited for it becomes due.

    Raises Refused: budget.not_your_role, budget.nothing_chosen, budget.barred, those of `signing_blockers`.
    """
    refuse(access.role_blockers(by, Role.OFFICER))
    if not signings:
        raise Refused("budget.nothing_chosen")
    signings = [Signing(each.award, each.number.strip(), each.signed_on) for each in signings]
    locked_rows(Award, [each.award.id for each in signings])
    refuse(
        access.tie_blockers(by, [each.award.application for each in signings])
        + signing_blockers(signings, at)
    )
    for award, number, signed_on in signings:
        award.agreement_no, award.signed_on = number, signed_on
        award.contracted = award.entitled
        application = locked(award.application)
        application.state = move("sign", application.state)
        trail.say(by, "budget.sign", award, number=number, signed_on=signed_on)
        meet_condition(award=award, condition=Condition.SIGNED, on=signed_on, note=number, by=by, at=at)


def correct_agreement(
    *, award: Award, number: str, signed_on: date, reason: str, by: Person, at: datetime
) -> None:
    """更正: set an agreement's number or signing day right; due days that depend on the day move with it.

    Raises Refused: budget.not_your_role, budget.reason_needed, budget.not_signed, budget.nothing_changed,
    budget.number_missing, budget.number_used, budget.signed_in_future.
    """
    refuse(access.role_blockers(by, Role.OFFICER) + access.tie_blockers(by, [award.application]))
    locked(award)
    number = number.strip()
    if award.agreement_no is None:
        raise Refused("budget.not_signed", project=award.application.title)
    found = []
    if not reason.strip():
        found.append(Blocker("budget.reason_needed", "reason"))
    if (number, signed_on) == (award.agreement_no, award.signed_on):
        found.append(Blocker("budget.nothing_changed"))
    facts = {"project": award.application.title, "number": number}
    if not number:
        found.append(Blocker("budget.number_missing", "number", facts))
    elif queries.numbers_used([number], [award.id]):
        found.append(Blocker("budget.number_used", "number", facts))
    if signed_on > clock.beijing_day(at):
        found.append(Blocker("budget.signed_in_future", "signed_on", {**facts, "day": signed_on}))
    refuse(found)
    if number != award.agreement_no:
        trail.correct(award, field="agreement_no", value=number, reason=reason.strip(), by=by, at=at)
    if signed_on != award.signed_on:
        trail.correct(award, field="signed_on", value=signed_on, reason=reason.strip(), by=by, at=at)
        for part in award.instalments:
            if part.condition is Condition.SIGNED and part.met_on is not None:
                set_met(part, signed_on, part.met_note)


# --- scanned ---


def keep_scans(
    *,
    agreements: Mapping[Award, Staged],
    amendments: Mapping[Amendment, Staged],
    by: Person,
    at: datetime,
) -> list[AgreementScan]:
    """Keep the scans of signed agreements and of approved amendments; earlier scans stay on record.

    Raises Refused: budget.not_your_role, budget.nothing_chosen, budget.barred, budget.not_signed,
    budget.not_amended.
    """
    refuse(access.role_blockers(by, Role.OFFICER, Role.OPERATOR))
    if not agreements and not amendments:
        raise Refused("budget.no_scan")
    found = [
        Blocker("budget.not_signed", f"scan-{award.id}", {"project": award.application.title})
        for award in agreements
        if award.agreement_no is None
    ] + [
        Blocker("budget.not_amended", f"amendment-{each.id}", {"project": each.award.application.title})
        for each in amendments
        if each.approved_at is None
    ]
    concerned = [*agreements, *(each.award for each in amendments)]
    refuse(access.tie_blockers(by, [award.application for award in concerned]) + found)
    given = [(award, None, staged) for award, staged in agreements.items()] + [
        (each.award, each, staged) for each, staged in amendments.items()
    ]
    kept = []
    for award, amendment, staged in given:
        scan = AgreementScan(
            award=award, amendment=amendment, file=files.keep(staged, by=by, at=at), at=at, by=by
        )
        db.session.add(scan)
        db.session.flush()
        trail.say(by, "budget.keep_scan", award, file=staged.name, sha256=staged.sha256, amendment=amendment)
        kept.append(scan)
    return kept


# --- amended ---

LONGEST = 1000
"""How long one text of an amendment may be."""


class Change(NamedTuple):
    """One thing that an amendment changes: what, as the agreement has it, as it is from now on."""

    what: str
    before: str
    after: str


def amend(
    *,
    award: Award,
    changes: Iterable[Sequence[str]],
    signatory: str,
    effective_on: date,
    reason: str,
    by: Person,
    at: datetime,
) -> Amendment:
    """Draw up an amendment of a signed agreement; it counts once a second person has approved it.

    Rows that say nothing are left out. `signatory` who signs for the organization from now on; empty when that stays.
    Raises Refused: budget.not_your_role, budget.barred, budget.award_cancelled, budget.not_signed,
    budget.reason_needed, budget.change_missing, budget.change_half (row), budget.too_long (field, limit),
    budget.amended_before_signing, budget.amendment_waits.
    """
    refuse(access.role_blockers(by, Role.OFFICER) + access.tie_blockers(by, [award.application]))
    locked(award)
    project = award.application.title
    if award.state is not AwardState.LIVE:
        raise Refused("budget.award_cancelled", project=project, instalment="")
    if award.agreement_no is None or award.signed_on is None:
        raise Refused("budget.not_signed", project=project)
    rows = [Change(*(text.strip() for text in each)) for each in changes]
    found = [
        Blocker("budget.change_half", f"what-{place}", {"row": place})
        for place, each in enumerate(rows, start=1)
        if any(each) and (not all(each) or each.before == each.after)
    ]
    found += [
        Blocker("budget.too_long", f"{name}-{place}", {"field": name, "limit": LONGEST})
        for place, each in enumerate(rows, start=1)
        for name, text in each._asdict().items()
        if len(text) > LONGEST
    ]
    rows = [each for each in rows if any(each)]
    now = queries.signatory_of(award)
    if signatory.strip() and signatory.strip() != now:
        rows.insert(0, Change("乙方签约代表", now, signatory.strip()))
    if not rows:
        found.append(Blocker("budget.change_missing", "what-1"))
    if not reason.strip():
        found.append(Blocker("budget.reason_needed", "reason"))
    if effective_on < award.signed_on:
        found.append(Blocker("budget.amended_before_signing", "effective_on", {"day": award.signed_on}))
    earlier = queries.amendments_of(award)
    if any(each.waits for each in earlier):
        found.append(Blocker("budget.amendment_waits", "", {"project": project}))
    refuse(found)
    number = len(earlier) + 1
    content = wording.amendment(
        number=queries.amendment_no(award, number),
        agreement_no=award.agreement_no,
        round=award.theme.round.name,
        bureau=award.theme.round.issuer,
        organization=award.application.organization.name,
        third=queries.third_of(award),
        project=project,
        effective_on=effective_on,
        reason=reason.strip(),
        changes=rows,
        signatory=signatory.strip() or now,
    )
    made = Amendment(
        award=award,
        number=number,
        reason=reason.strip(),
        changes=[list(each) for each in rows],
        signatory=signatory.strip(),
        effective_on=effective_on,
        content=[list(block) for block in content],
        sha256=wording.digest(content),
        made_at=at,
        made_by=by,
    )
    db.session.add(made)
    db.session.flush()
    trail.say(
        by,
        "budget.amend",
        award,
        number=number,
        reason=made.reason,
        changes=made.changes,
        effective_on=effective_on,
    )
    return made


def approve_amendment(*, amendment: Amendment, by: Person, at: datetime) -> None:
    """Approve an amendment that somebody else drew up.

    Raises Refused: budget.not_your_role, budget.barred, budget.amendment_settled, budget.own_amendment.
    """
    award = locked(amendment.award)
    locked(amendment)
    found = access.role_blockers(by, Role.APPROVER, Role.OFFICER)
    found += access.tie_blockers(by, [award.application])
    if not amendment.waits:
        found.append(Blocker("budget.amendment_settled"))
    if amendment.made_by_id == by.id:
        found.append(Blocker("budget.own_amendment", "", {"person": by.name}))
    refuse(found)
    amendment.approved_at, amendment.approved_by = at, by
    db.session.flush()
    trail.say(by, "budget.approve_amendment", award, number=amendment.number)


def take_back_amendment(*, amendment: Amendment, by: Person, at: datetime) -> None:
    """Take back an amendment that nobody has approved, or decline it; it stays readable.

    Raises Refused: budget.not_your_role, budget.barred, budget.amendment_settled.
    """
    award = locked(amendment.award)
    locked(amendment)
    found = access.role_blockers(by, Role.APPROVER, Role.OFFICER)
    found += access.tie_blockers(by, [award.application])
    if not amendment.waits:
        found.append(Blocker("budget.amendment_settled"))
    refuse(found)
    amendment.taken_back_at = at
    db.session.flush()
    trail.say(by, "budget.take_back_amendment", award, number=amendment.number)
