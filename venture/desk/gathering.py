"""The rows of one's own sheets, as the person may see them; money as it stood at the end of a day.

Each subject asks a constant number of statements, however many rows there are.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import joinedload, selectinload

from venture import clock
from venture.applications import access as applications
from venture.applications.models import Application
from venture.budget import access as budget
from venture.budget.models import (
    Account,
    Award,
    Batch,
    Entry,
    Instalment,
    Operation,
    Payment,
    PaymentState,
)
from venture.db import db
from venture.desk.queries import booked_on
from venture.desk.subjects import Subject
from venture.people.credit_code import SOCIAL_ORGANIZATIONS, Kind
from venture.people.models import Community, Organization, Person
from venture.roles import Role
from venture.rounds.models import Round, ServiceField, Theme

Rows = list[dict[str, Any]]
_SIGNS = {Kind.ASSOCIATION: "51", Kind.SERVICE: "52", Kind.FOUNDATION: "53"}


def sights(person: Person) -> frozenset[str]:
    """What beside the open columns the person may see: whole accounts as officer or finance officer, telephone numbers
    as those who run the round.
    """
    found = {"account"} if person.holds(Role.OFFICER, Role.FINANCE) else set()
    return frozenset(found | ({"phone"} if person.holds(Role.OFFICER, Role.OPERATOR) else set()))


def rows(subject: Subject, person: Person, filters: Mapping[str, str], as_of: date | None = None) -> Rows:
    """The rows in printing order; `as_of`: only what was there at the end of that day, with its money then."""
    gather = {
        Subject.APPLICATIONS: _applications,
        Subject.AWARDS: _awards,
        Subject.PAYMENTS: _payments,
    }[subject]
    return gather(person, filters, as_of)


def _chosen(statement: Select[Any], filters: Mapping[str, str]) -> Select[Any]:
    """The rows that the filters leave, of a select that joins Application, Round and Organization."""
    for name, asked in filters.items():
        if not asked:
            continue
        if name == "year" and asked.isdigit():
            statement = statement.where(Round.year == int(asked[:4]))
        elif name == "theme":
            statement = statement.where(Application.theme.has(Theme.name == asked))
        elif name == "field":
            statement = statement.where(Application.field.has(ServiceField.name == asked))
        elif name == "town":
            statement = statement.where(Application.communities.any(Community.town == asked))
        elif name == "kind":
            signs = [_SIGNS[kind] for kind in SOCIAL_ORGANIZATIONS if kind.value == asked]
            statement = statement.where(
                or_(*(Organization.credit_code.startswith(each) for each in signs or ["?"]))
            )
        elif name == "state":
            statement = statement.where(Application.state == asked)
    return statement


def _whole() -> tuple[Any, ...]:
    return (
        joinedload(Application.round),
        joinedload(Application.organization),
        joinedload(Application.theme),
        joinedload(Application.field),
        selectinload(Application.communities),
    )


def _project(application: Application) -> dict[str, Any]:
    body, places = application.organization, application.communities
    return {
        "title": application.title,
        "organization": body.name,
        "code": body.credit_code,
        "kind": body.kind,
        "theme": application.theme.name if application.theme else "",
        "field": application.field.name if application.field else "",
        "communities": "、".join(each.name for each in places),
        "towns": "、".join(dict.fromkeys(each.town for each in places)),
        "year": application.round.year,
        "state": application.state,
        "asked": application.asked,
        "representative": body.legal_representative,
        "phone": body.representative_phone,
        "account_name": body.account_name,
        "bank": body.bank,
        "account": body.account_no,
    }


def _applications(person: Person, filters: Mapping[str, str], as_of: date | None) -> Rows:
    """Two statements."""
    statement = (
        applications.visible(person)
        .join(Application.round)
        .join(Application.organization)
        .outerjoin(Application.theme)
        .where(Application.submitted_at.is_not(None))
        .options(*_whole())
        .order_by(Round.year.desc(), Theme.position, Application.number, Application.id)
    )
    found = db.session.scalars(_chosen(statement, filters)).unique().all()
    return [
        {"number": each.number or "", "submitted_on": day, **_project(each)}
        for each in found
        if (day := clock.beijing_day(each.submitted_at)) <= (as_of or day)
    ]


def _balances(awards: Sequence[Award], as_of: date | None) -> dict[int, dict[Account, int]]:
    """What stands on each award's accounts (fen), by award id, from the ledger's entries. One statement.

    An entry counts from its day: of a payment the day on which it was paid, else the day of the operation.
    """
    found: dict[int, dict[Account, int]] = defaultdict(lambda: defaultdict(int))
    ids = {award.id for award in awards}
    listed = db.session.execute(
        select(Entry.award_id, Entry.account, Entry.amount, Operation.kind, Operation.at, Payment.paid_on)
        .join(Entry.operation)
        .outerjoin(Payment, Payment.id == Entry.payment_id)
        .where(Entry.award_id.is_not(None))
    )
    for award, account, amount, kind, at, paid_on in listed:
        if award in ids and (as_of is None or booked_on(kind, at, paid_on) <= as_of):
            found[award][account] += amount
    return found


def _granted(statement: Select[Any], filters: Mapping[str, str]) -> Select[Any]:
    joined = (
        statement.join(Award.application)
        .join(Application.round)
        .join(Application.organization)
        .join(Award.theme)
    )
    return _chosen(joined, filters)


def _awards(person: Person, filters: Mapping[str, str], as_of: date | None) -> Rows:
    """Three statements."""
    statement = (
        _granted(budget.visible(person), filters)
        .options(joinedload(Award.application).options(*_whole()))
        .order_by(Round.year.desc(), Theme.position, Award.project_no)
    )
    found = db.session.scalars(statement).unique().all()
    balances = _balances(found, as_of)
    listed = []
    for award in found:
        stands = balances[award.id]
        amount = sum(stands[account] for account in (Account.COMMITTED, Account.PENDING, Account.PAID))
        awarded_on = clock.beijing_day(award.awarded_at)
        if not amount or (as_of is not None and awarded_on > as_of):
            continue
        signed = award.signed_on is not None and (as_of is None or award.signed_on <= as_of)
        listed.append(
            {
                **_project(award.application),
                "project_no": award.project_no,
                "asked": award.requested,
                "recommended": award.recommended,
                "amount": amount,
                "paid": stands[Account.PAID],
                "pending": stands[Account.PENDING],
                "left": amount - stands[Account.PAID],
                "agreement_no": award.agreement_no if signed else "",
                "signed_on": award.signed_on if signed else None,
                "awarded_on": awarded_on,
            }
        )
    return listed


def _payments(person: Person, filters: Mapping[str, str], as_of: date | None) -> Rows:
    """The payments that were paid, in the order of their days. Three statements."""
    seen = budget.visible(person).with_only_columns(Award.id).order_by(None)
    statement = (
        select(Payment)
        .join(Payment.batch)
        .join(Payment.instalment)
        .join(Instalment.award)
        .where(Payment.state == PaymentState.PAID, Award.id.in_(seen))
        .options(
            joinedload(Payment.batch),
            joinedload(Payment.instalment)
            .joinedload(Instalment.award)
            .joinedload(Award.application)
            .options(*_whole()),
        )
        .order_by(Payment.paid_on, Batch.number, Award.project_no, Payment.id)
    )
    if as_of is not None:
        statement = statement.where(Payment.paid_on <= as_of)
    found = db.session.scalars(_granted(statement, filters)).unique().all()
    balances = _balances([each.instalment.award for each in found], as_of)
    so_far: dict[int, int] = defaultdict(int)
    listed = []
    for each in found:
        award = each.instalment.award
        so_far[award.id] += each.amount
        stands = balances[award.id]
        amount = sum(stands[account] for account in (Account.COMMITTED, Account.PENDING, Account.PAID))
        listed.append(
            {
                **_project(award.application),
                "account_name": each.account_name,
                "bank": each.bank,
                "account": each.account_no,
                "project_no": award.project_no,
                "amount": amount,
                "batch": each.batch.number,
                "instalment": each.instalment.name,
                "sum": each.amount,
                "paid": so_far[award.id],
                "left": amount - so_far[award.id],
                "voucher": each.voucher_no or "",
                "paid_on": each.paid_on,
            }
        )
    return listed


def choices(person: Person) -> dict[str, list[str]]:
    """What rows can be chosen by, as it occurs in the rounds: years, themes, fields, towns. Four statements."""
    asked = {
        "year": select(Round.year).order_by(Round.year.desc()),
        "theme": select(Theme.name).distinct().order_by(Theme.name),
        "field": select(ServiceField.name).distinct().order_by(ServiceField.name),
        "town": select(Community.town).distinct().order_by(Community.town),
    }
    return {name: [str(each) for each in db.session.scalars(statement)] for name, statement in asked.items()}
