"""Agreements as they were drawn up, what they rest on, their scans and their amendments."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import defaultload, joinedload, selectinload

from venture.applications import parts
from venture.applications import queries as applications
from venture.applications.models import Application
from venture.applications.parts import CostTable
from venture.budget import access
from venture.budget.models import (
    Agreement,
    AgreementScan,
    Amendment,
    Award,
    AwardState,
    RevisedVersion,
    RevisionState,
)
from venture.budget.queries.award import AWARD
from venture.budget.queries.revision import revision_of
from venture.budget.wording import Part, Row, Terms, number_of, place_of
from venture.db import db
from venture.people.models import Person
from venture.rounds.models import Round, Theme, ThirdParty


def drawn(awards: Collection[Award]) -> dict[int, Agreement]:
    """The newest version of each award's agreement, by award id. One statement."""
    found = db.session.scalars(
        select(Agreement)
        .where(Agreement.award_id.in_([award.id for award in awards]))
        .order_by(Agreement.version)
    )
    return {each.award_id: each for each in found}


def agreements_of(award: Award) -> Sequence[Agreement]:
    """Every version of one agreement, the newest first."""
    return db.session.scalars(
        select(Agreement)
        .where(Agreement.award_id == award.id)
        .options(joinedload(Agreement.drawn_by))
        .order_by(Agreement.version.desc())
    ).all()


def numbers_used(numbers: Collection[str], leave: Collection[int]) -> set[str]:
    """Which of the numbers an agreement of any other award than `leave` carries. Two statements."""
    drawn_up = select(Agreement.number).where(Agreement.number.in_(numbers), Agreement.award_id.not_in(leave))
    signed = select(Award.agreement_no).where(Award.agreement_no.in_(numbers), Award.id.not_in(leave))
    return {
        number
        for statement in (drawn_up, signed)
        for number in db.session.scalars(statement)
        if number is not None
    }


def offered(round: Round, awards: Sequence[Award]) -> dict[int, str]:
    """A number for the agreement of each of the awards of the round: the one it has, else the next by the pattern."""
    have = {award_id: each.number for award_id, each in drawn(awards).items()}
    have |= {award.id: award.agreement_no for award in awards if award.agreement_no}
    pattern, year = round.agreement_pattern, round.year
    given = db.session.scalars(
        select(Agreement.number)
        .join(Agreement.award)
        .join(Award.theme)
        .where(Theme.round_id == round.id)
        .union_all(
            select(Award.agreement_no)
            .join(Award.theme)
            .where(Theme.round_id == round.id, Award.agreement_no.is_not(None))
        )
    )
    place = max((place_of(pattern, year, number) for number in given), default=0)
    for award in awards:
        if award.id not in have:
            place += 1
            have[award.id] = number_of(pattern, year, place)
    return have


def third_of(award: Award) -> list[str]:
    """Who signs the award's agreement beside the bureau and the organization, by the round's setting."""
    round, application = award.theme.round, award.application
    if round.agreement_third is ThirdParty.OPERATOR:
        return [round.agreement_operator] if round.agreement_operator else []
    if round.agreement_third is ThirdParty.COMMUNITY:
        return [each.name for each in application.communities]
    if round.agreement_third is ThirdParty.GROUP:
        return [application.group_name] if application.group_name else []
    return []


def signatory_of(award: Award) -> str:
    """Who signs for the organization now: by the last approved amendment, the agreement, or as its representative."""
    for each in reversed(amendments_of(award)):
        if each.approved_at is not None and each.signatory:
            return each.signatory
    last = drawn([award]).get(award.id)
    return last.signatory if last else award.application.organization.legal_representative


def terms_of(award: Award, number: str, signatory: str) -> Terms:
    """What the agreement of the award rests on, as the record stands."""
    application, round = award.application, award.theme.round
    body = application.organization
    accepted = _accepted(award)
    said = applications.sheet(application, pending=False) | (accepted.content if accepted else {})
    first, last = (parts.value(said, key) for key in ("starts_on", "ends_on"))
    return Terms(
        number=number,
        round=round.name,
        bureau=round.issuer,
        organization=body.name,
        credit_code=body.credit_code or "",
        signatory=signatory,
        third=third_of(award),
        group=application.group_name,
        project=application.title,
        project_no=award.project_no,
        period=(first, last) if first and last else None,
        communities=[each.name for each in application.communities],
        direct=parts.value(said, "direct"),
        goals=[
            f"{row.get('text', '')}（{row.get('target', '')}{row.get('unit', '')}）"
            for row in said["goals"]
            if isinstance(row, dict)
        ],
        approved=award.amount,
        contracted=award.entitled,
        parts=[
            Part(part.name, part.amount, part.condition.value, part.due_days) for part in award.instalments
        ],
        clauses=[line.strip() for line in round.agreement_clauses.splitlines() if line.strip()],
        annexes=_annexes(application, accepted),
        budget=[
            (line.category.value, line.content, line.amount)
            for line in parts.lines(dict(accepted.content), CostTable.GRANT)
        ]
        if accepted
        else [],
    )


def _accepted(award: Award) -> RevisedVersion | None:
    """The text of plan and budget that was accepted, where they were revised."""
    found = revision_of(award)
    return found.versions[-1] if found and found.state is RevisionState.ACCEPTED else None


def _annexes(application: Application, accepted: RevisedVersion | None) -> list[str]:
    sent = application.versions[-1] if application.versions else None
    which = f"，第{sent.number}版，提交回执 {sent.receipt}" if sent else ""
    listed = [f"项目申报书（{application.number}{which}）"]
    if accepted:
        code = accepted.sha256[:16]
        listed.append(f"优化后的项目计划和预算（第{accepted.number}版，校验码 {code}，预算附后）")
    return listed


# --- scans and lists ---


def scans(awards: Collection[Award]) -> dict[tuple[int, int | None], AgreementScan]:
    """The newest scan of each agreement and of each amendment, by award id and amendment id. One statement."""
    found = db.session.scalars(
        select(AgreementScan)
        .where(AgreementScan.award_id.in_([award.id for award in awards]))
        .options(joinedload(AgreementScan.file))
        .order_by(AgreementScan.id)
    )
    return {(each.award_id, each.amendment_id): each for each in found}


class Scannable(NamedTuple):
    """A signed agreement, or an approved amendment of it, and its newest scan."""

    award: Award
    amendment: Amendment | None
    number: str
    scan: AgreementScan | None


def scannable(round: Round, person: Person) -> list[Scannable]:
    """What has to be scanned of the awards that the person may see: those without a scan first."""
    signed = [award for award in agreed(round, person) if award.agreement_no]
    kept, amended = scans(signed), amendments(signed)
    rows = [
        Scannable(award, None, award.agreement_no or "", kept.get((award.id, None))) for award in signed
    ] + [
        Scannable(award, each, amendment_no(award, each.number), kept.get((award.id, each.id)))
        for award in signed
        for each in amended.get(award.id, [])
        if each.approved_at is not None
    ]
    return sorted(rows, key=lambda row: row.scan is not None)


def agreed(round: Round, person: Person) -> list[Award]:
    """The live awards of the round that the person may see, in the order of printing: by project number."""
    found = db.session.scalars(
        access.visible(person)
        .join(Award.theme)
        .where(Theme.round_id == round.id, Award.state == AwardState.LIVE)
        .options(
            *AWARD,
            joinedload(Award.theme).joinedload(Theme.round),
            defaultload(Award.application).options(
                selectinload(Application.communities), selectinload(Application.versions)
            ),
        )
        .order_by(Award.project_no)
    )
    return list(found)


def listed(awards: Sequence[Award]) -> list[Row]:
    """The agreements of these awards as the lists of a signing day print them; those without a text are left out."""
    texts = drawn(awards)
    return [
        Row(
            number=texts[award.id].number,
            project=award.application.title,
            organization=award.application.organization.name,
            signatory=texts[award.id].signatory,
            copies=2 + len(third_of(award)),
            signed_on=award.signed_on,
        )
        for award in awards
        if award.id in texts
    ]


def unscanned(awards: Sequence[Award]) -> list[Row]:
    """Of these awards' agreements those whose signed copy was not scanned yet."""
    kept = scans(awards)
    return listed([award for award in awards if (award.id, None) not in kept])


# --- amendments ---


def amendment_no(award: Award, number: int) -> str:
    """The number of an amendment: that of its agreement, then 补 and its own."""
    return f"{award.agreement_no}补{number}"


def amendments(awards: Collection[Award]) -> dict[int, list[Amendment]]:
    """The amendments of these awards by award id, the oldest first. One statement."""
    found: dict[int, list[Amendment]] = {}
    for each in db.session.scalars(
        select(Amendment)
        .where(Amendment.award_id.in_([award.id for award in awards]))
        .options(joinedload(Amendment.made_by), joinedload(Amendment.approved_by))
        .order_by(Amendment.number)
    ):
        found.setdefault(each.award_id, []).append(each)
    return found


def amendments_of(award: Award) -> list[Amendment]:
    """The amendments of one award, the oldest first."""
    return amendments([award]).get(award.id, [])


def amendment(amendment_id: int, person: Person) -> Amendment | None:
    """One amendment, if the person may see its award."""
    return db.session.scalar(
        select(Amendment)
        .where(
            Amendment.id == amendment_id,
            Amendment.award_id.in_(access.visible(person).with_only_columns(Award.id).order_by(None)),
        )
        .options(joinedload(Amendment.award).options(*AWARD))
    )
