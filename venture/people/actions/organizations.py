"""The register of organizations: entered once, kept up, with account, reports, lists and bans."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from venture import clock, trail
from venture.db import db, locked
from venture.people import access, credit_code
from venture.people.models import AnnualReport, Ban, Listing, ListKind, Organization, Person, YearlyResult
from venture.refusal import Blocker, Refused

PROFILE = (
    "name",
    "registrar",
    "registered_on",
    "supervising_unit",
    "address",
    "postcode",
    "introduction",
    "rating",
    "rated_in",
    "legal_representative",
    "representative_position",
    "representative_phone",
    "representative_email",
)
"""What `save_organization` may change; the credit code and the account have verbs of their own."""


def register(*, code: str, name: str, by: Person, at: datetime) -> Organization:
    """Enter an organization under its credit code.

    Raises Refused: people.credit_code_… as `credit_code.parse`, people.code_taken (name),
    people.not_register.
    """
    if not by.holds(*access.REGISTER):
        raise Refused("people.not_register")
    try:
        parsed = credit_code.parse(code)
    except credit_code.Malformed as wrong:
        raise Refused(
            f"people.{wrong.code.replace('.', '_')}", "code", typed=credit_code.normal(code), **wrong.facts
        ) from wrong
    holder = db.session.scalar(
        select(Organization).where(Organization.credit_code == parsed, Organization.merged_into_id.is_(None))
    )
    if holder is not None:
        raise Refused("people.code_taken", "code", code=parsed, name=holder.name, id=holder.id)
    made = Organization(credit_code=parsed, name=name.strip(), created_at=at)
    db.session.add(made)
    db.session.flush()
    trail.say(by, "people.register", made, credit_code=parsed, name=made.name)
    return made


def save_organization(
    *, organization: Organization, values: Mapping[str, Any], by: Person, at: datetime
) -> None:
    """Set fields of the profile (`PROFILE`); the trail keeps what changed.

    Raises Refused: people.not_yours, people.rating_year, people.postcode.
    """
    _editable(organization, by)
    if unknown := set(values) - set(PROFILE):
        raise ValueError(f"not in the profile: {unknown}")
    locked(organization)
    wrong = []
    new = {name: getattr(organization, name) for name in PROFILE} | dict(values)
    if (new["rating"] is None) != (new["rated_in"] is None):
        wrong.append(Blocker("people.rating_year", "rated_in"))
    if new["postcode"] and not re.fullmatch(r"[0-9]{6}", new["postcode"]):
        wrong.append(Blocker("people.postcode", "postcode"))
    if not new["name"].strip():
        wrong.append(Blocker("people.name", "name"))
    if wrong:
        raise Refused.all(wrong)
    changed = _set(organization, values)
    if changed:
        trail.say(by, "people.save_organization", organization, **changed)


def account_of(*, account_name: str, bank: str, account_no: str) -> dict[str, str]:
    """A payee account as it is kept: digits only, nothing missing.

    Raises Refused: people.account_no, people.account_incomplete.
    """
    number = "".join(unicodedata.normalize("NFKC", account_no).split()).replace("-", "")
    if not re.fullmatch(r"[0-9]{6,32}", number):
        raise Refused("people.account_no", "account_no")
    if not account_name.strip() or not bank.strip():
        raise Refused("people.account_incomplete", "account_name" if not account_name.strip() else "bank")
    return {"account_name": account_name.strip(), "bank": bank.strip(), "account_no": number}


def change_account(
    *, organization: Organization, account_name: str, bank: str, account_no: str, by: Person, at: datetime
) -> None:
    """Set the payee account while no money is awarded yet; the trail keeps the old and the new one.

    Once money is awarded another account needs an approval (`budget.actions.ask_account_change`); a first one does not.
    Raises Refused: people.not_yours, people.account_fixed, those of `account_of`.
    """
    _editable(organization, by)
    account = account_of(account_name=account_name, bank=bank, account_no=account_no)
    locked(organization)
    if organization.account_fixed and organization.account_no:
        raise Refused("people.account_fixed", name=organization.name)
    _set_account(organization, account, by)


def replace_account(*, organization: Organization, account: Mapping[str, str], by: Person) -> None:
    """Set an account that the stage of money has approved: `by` is whoever approved it."""
    locked(organization)
    _set_account(organization, account, by)


def _set_account(organization: Organization, account: Mapping[str, str], by: Person) -> None:
    changed = _set(organization, account)
    if changed:
        trail.say(by, "people.change_account", organization, **changed)


def change_representative(
    *,
    organization: Organization,
    name: str,
    position: str,
    phone: str,
    email: str,
    from_on: date,
    reason: str,
    by: Person,
    at: datetime,
) -> None:
    """Enter a new legal representative; the record keeps the one before, the day and the ground.

    Raises Refused: people.not_yours, people.later_day.
    """
    _editable(organization, by)
    not_later(from_on, at, "from_on")
    locked(organization)
    changed = _set(
        organization,
        {
            "legal_representative": name.strip(),
            "representative_position": position.strip(),
            "representative_phone": phone.strip(),
            "representative_email": email.strip(),
        },
    )
    if changed:
        trail.say(by, "people.change_representative", organization, from_on=from_on, reason=reason, **changed)


def report_year(
    *, organization: Organization, year: int, result: YearlyResult, by: Person, at: datetime
) -> None:
    """Set the conclusion of one year's report. Raises Refused: people.not_yours, people.report_year."""
    _editable(organization, by)
    if not 1990 <= year < clock.beijing_day(at).year:
        raise Refused("people.report_year", "year", year=year)
    row = next((report for report in organization.reports if report.year == year), None)
    old = row.result if row else None
    if row is None:
        organization.reports.append(AnnualReport(year=year, result=result))
    else:
        row.result = result
    if old is not result:
        trail.say(by, "people.report_year", organization, year=year, result=[old, result])


def look_up_lists(*, organization: Organization, on: date, by: Person, at: datetime) -> None:
    """Note the day on which the national lists were looked up.

    Raises Refused: people.not_register, people.later_day.
    """
    _keeps_register(by)
    not_later(on, at, "on")
    trail.say(by, "people.look_up_lists", organization, on=[organization.lists_checked_on, on])
    organization.lists_checked_on = on


def add_listing(
    *,
    organization: Organization,
    kind: ListKind,
    from_on: date,
    to_on: date | None,
    source: str,
    by: Person,
    at: datetime,
) -> Listing:
    """Enter a stay on a list, or an offence with its day.

    Raises Refused: people.not_register, people.days_order.
    """
    _keeps_register(by)
    _in_order(from_on, to_on)
    row = Listing(kind=kind, from_on=from_on, to_on=to_on, source=source.strip())
    organization.listings.append(row)
    db.session.flush()
    trail.say(by, "people.add_listing", organization, kind=kind, from_on=from_on, to_on=to_on, source=source)
    return row


def end_listing(*, listing: Listing, to_on: date, reason: str, by: Person, at: datetime) -> None:
    """Set the day a stay on a list ended; both values are kept. Raises Refused: people.not_register,
    people.days_order."""
    _keeps_register(by)
    _in_order(listing.from_on, to_on)
    trail.correct(listing, field="to_on", value=to_on, reason=reason, by=by, at=at)


def add_ban(
    *, organization: Organization, from_on: date, to_on: date, reason: str, by: Person, at: datetime
) -> Ban:
    """Bar an organization from applying. Raises Refused: people.not_judge, people.days_order."""
    if not access.may_judge(by):
        raise Refused("people.not_judge")
    _in_order(from_on, to_on)
    row = Ban(from_on=from_on, to_on=to_on, reason=reason.strip())
    organization.bans.append(row)
    db.session.flush()
    trail.say(by, "people.add_ban", organization, from_on=from_on, to_on=to_on, reason=reason)
    return row


def lift_ban(*, ban: Ban, to_on: date, reason: str, by: Person, at: datetime) -> None:
    """Let a ban end on another day; both are kept. Raises Refused: people.not_judge, people.days_order."""
    if not access.may_judge(by):
        raise Refused("people.not_judge")
    _in_order(ban.from_on, to_on)
    trail.correct(ban, field="to_on", value=to_on, reason=reason, by=by, at=at)


def _editable(organization: Organization, by: Person) -> None:
    if not access.may_edit(by, organization):
        raise Refused("people.not_yours", name=organization.name)


def _keeps_register(by: Person) -> None:
    if not by.holds(*access.REGISTER):
        raise Refused("people.not_register")


def _in_order(from_on: date, to_on: date | None) -> None:
    if to_on is not None and to_on < from_on:
        raise Refused("people.days_order", "to_on", from_on=from_on, to_on=to_on)


def not_later(day: date, at: datetime, field: str) -> None:
    """Raises Refused people.later_day for a day after today."""
    if day > clock.beijing_day(at):
        raise Refused("people.later_day", field, day=day)


def _set(row: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Set what differs; the answer holds old and new value of each change."""
    changed = {
        name: [getattr(row, name), value] for name, value in values.items() if getattr(row, name) != value
    }
    for name, (_, value) in changed.items():
        setattr(row, name, value)
    return changed
