"""Fees of experts: rates, the whole list at once with exceptions, receipts, and the sealed accounts."""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select

from venture import clock, private, trail
from venture.db import db, locked
from venture.people import proofs
from venture.people.models import Person
from venture.refusal import Blocker, Refused
from venture.review import queries, remuneration
from venture.review.defaults import OtherFee
from venture.review.models import ExpertAccount, Fee, FeeRate, Title
from venture.roles import Role
from venture.rounds.models import Round

PURPOSE = "expert account"


class Account(NamedTuple):
    """Where an expert's fee is paid to, as it is read after unsealing."""

    identity: str
    bank: str
    card: str


def set_rates(*, round: Round, amounts: Mapping[Title, int], by: Person, at: datetime) -> None:
    """Set what each title gets for the round (fen before tax); fees that are set already stay as they are."""
    locked(round)
    before = queries.rates(round)
    rows = {row.title: row for row in db.session.scalars(select(FeeRate).where(FeeRate.round_id == round.id))}
    for title, amount in amounts.items():
        if title in rows:
            rows[title].amount = amount
        else:
            db.session.add(FeeRate(round_id=round.id, title=title, amount=amount))
    db.session.flush()
    changed = {title: [before[title], amount] for title, amount in amounts.items() if before[title] != amount}
    if changed:
        trail.say(by, "review.set_rates", round, **{title.value: both for title, both in changed.items()})


def set_fees(*, round: Round, exceptions: Mapping[int, OtherFee], by: Person, at: datetime) -> list[Fee]:
    """Set the fee of each expert of the panel: by the rate of the title, or the exception (by number) with its reason.

    What has a receipt stays. Tax is reckoned anew. Raises Refused: review.no_fees (nobody on the panel),
    review.fee_reason (expert) for each exception without a reason.
    """
    locked(round)
    rows = queries.fee_rows(round)
    if not rows:
        raise Refused("review.no_fees")
    open_rows = [row for row in rows if row.fee is None or row.fee.signed_on is None]
    chosen = {
        row.panelist.number: exceptions.get(row.panelist.number, OtherFee(row.rate, "")) for row in open_rows
    }
    wrong = [
        Blocker("review.fee_reason", f"reason_{number}", {"expert": number})
        for number, row in zip(chosen, open_rows, strict=True)
        if chosen[number].gross != row.rate and not chosen[number].reason.strip()
    ]
    if wrong:
        raise Refused.all(wrong)
    made = []
    for row in open_rows:
        gross, reason = chosen[row.panelist.number]
        fee = row.fee or Fee(panelist=row.panelist, gross=0, tax=0)
        was = [fee.gross, fee.reason] if row.fee else None
        fee.gross, fee.tax = gross, remuneration.withheld(gross)
        fee.reason = reason.strip() if gross != row.rate else ""
        if was == [fee.gross, fee.reason]:
            continue
        fee.set_at, fee.set_by_id = at, by.id
        db.session.add(fee)
        db.session.flush()
        made.append(fee)
        trail.say(
            by,
            "review.set_fee",
            fee,
            expert=row.panelist.person,
            gross=[was[0] if was else None, fee.gross],
            tax=fee.tax,
            reason=fee.reason,
        )
    return made


def note_receipts(*, fees: Sequence[Fee], signed_on: date, by: Person, at: datetime) -> None:
    """Note on which day experts signed for their fees; whoever set a fee does not note its receipt.

    Raises Refused: review.nobody_chosen, review.signed_later, review.own_fee (expert), review.receipt_noted (expert).
    """
    if not fees:
        raise Refused("review.nobody_chosen", "fees")
    if signed_on > clock.beijing_day(at):
        raise Refused("review.signed_later", "signed_on")
    wrong = []
    for fee in fees:
        locked(fee)
        facts = {"expert": fee.panelist.number}
        if fee.signed_on is not None:
            wrong.append(Blocker("review.receipt_noted", "fees", facts))
        elif by.id in (fee.set_by_id, fee.panelist.person_id):
            wrong.append(Blocker("review.own_fee", "fees", facts))
    if wrong:
        raise Refused.all(wrong)
    for fee in fees:
        fee.signed_on, fee.noted_at, fee.noted_by_id = signed_on, at, by.id
        trail.say(
            by, "review.note_receipt", fee, expert=fee.panelist.person, net=fee.net, signed_on=signed_on
        )


def strike_receipt(*, fee: Fee, reason: str, by: Person, at: datetime) -> None:
    """Take a receipt noted by mistake off, with the reason; the fee can be changed again.

    Raises Refused: review.no_reason, review.no_receipt.
    """
    locked(fee)
    if not reason.strip():
        raise Refused("review.no_reason", "reason")
    if fee.signed_on is None:
        raise Refused("review.no_receipt")
    trail.say(by, "review.strike_receipt", fee, signed_on=[fee.signed_on, None], reason=reason.strip())
    fee.signed_on, fee.noted_at, fee.noted_by_id = None, None, None


def enter_account(
    *, person: Person, identity: str, bank: str, card: str, secret: str, by: Person, at: datetime
) -> None:
    """Keep an expert's identity number, bank and card, sealed; the trail says that, never what.

    Raises Refused: review.not_finance, review.bad_identity, review.bad_card, review.no_bank.
    """
    _finance(by)
    number = "".join(unicodedata.normalize("NFKC", card).split()).replace("-", "")
    kept, wrong = private.identity_number(identity), []
    if kept is None:
        wrong.append(Blocker("review.bad_identity", "identity"))
    if not re.fullmatch(r"[0-9]{12,19}", number):
        wrong.append(Blocker("review.bad_card", "card"))
    if not bank.strip():
        wrong.append(Blocker("review.no_bank", "bank"))
    if wrong:
        raise Refused.all(wrong)
    locked(person)
    row = queries.account_of(person) or ExpertAccount(person=person)
    row.sealed = proofs.seal(secret, json.dumps([kept, bank.strip(), number]), PURPOSE)
    row.entered_at, row.entered_by_id = at, by.id
    db.session.add(row)
    db.session.flush()
    trail.say(by, "review.enter_account", row, expert=person)


def read_accounts(
    *, round: Round, secret: str, by: Person, at: datetime
) -> list[tuple[Person, Account | None]]:
    """The accounts of the round's experts, unsealed; the trail names everybody whose account was read.

    None where the app's secret is another by now. Raises Refused review.not_finance.
    """
    _finance(by)
    found: list[tuple[Person, Account | None]] = []
    for row in queries.accounts(round):
        text = proofs.unseal(secret, row.sealed, PURPOSE)
        found.append((row.person, Account(*json.loads(text)) if text else None))
        trail.say(by, "review.read_account", row, expert=row.person, round=round)
    return found


def _finance(by: Person) -> None:
    if not by.holds(Role.FINANCE):
        raise Refused("review.not_finance")
