"""The fees of a round's experts: what the rates say, what is set, and who has given a receipt."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, select
from sqlalchemy.orm import joinedload

from venture.db import db
from venture.people.models import Person
from venture.review import remuneration
from venture.review.models import Expert, ExpertAccount, Fee, FeeRate, Panelist, Title
from venture.rounds.models import Round


@dataclass(frozen=True)
class FeeRow:
    """One expert of the panel: the title in the pool, the rate for it, the fee once set, when an account was entered."""

    panelist: Panelist
    title: Title
    employer: str
    rate: int
    fee: Fee | None
    account: ExpertAccount | None

    @property
    def gross(self) -> int:
        """The fee in fen before tax: as set, else by the rate."""
        return self.fee.gross if self.fee else self.rate

    @property
    def tax(self) -> int:
        return self.fee.tax if self.fee else remuneration.withheld(self.rate)


def rates(round: Round) -> dict[Title, int]:
    """The round's rates in fen by title; none is nothing. One statement."""
    return dict.fromkeys(Title, 0) | {
        row.title: row.amount
        for row in db.session.scalars(select(FeeRate).where(FeeRate.round_id == round.id))
    }


def fee_rows(round: Round) -> list[FeeRow]:
    """The experts of the panel by number with their fees. Two statements."""
    amounts = rates(round)
    found = db.session.execute(
        select(Panelist, Expert, Fee, ExpertAccount)
        .join(Panelist.person)
        .outerjoin(Expert, Expert.person_id == Panelist.person_id)
        .outerjoin(Fee, Fee.panelist_id == Panelist.id)
        .outerjoin(ExpertAccount, ExpertAccount.person_id == Panelist.person_id)
        .where(Panelist.round_id == round.id)
        .options(joinedload(Panelist.person))
        .order_by(Panelist.number)
    ).all()
    return [
        FeeRow(
            panelist,
            expert.title if expert else Title.NONE,
            (expert.employer_name if expert else "") or panelist.person.employer_code,
            amounts[expert.title if expert else Title.NONE],
            fee,
            account,
        )
        for panelist, expert, fee, account in found
    ]


def account_of(person: Person) -> ExpertAccount | None:
    """The sealed account of an expert."""
    return db.session.scalar(
        select(ExpertAccount)
        .where(ExpertAccount.person_id == person.id)
        .options(joinedload(ExpertAccount.entered_by))
    )


def accounts(round: Round) -> Sequence[ExpertAccount]:
    """The sealed accounts of the round's experts, by number on the panel."""
    of_panel = and_(Panelist.person_id == ExpertAccount.person_id, Panelist.round_id == round.id)
    return db.session.scalars(
        select(ExpertAccount)
        .join(Panelist, of_panel)
        .options(joinedload(ExpertAccount.person))
        .order_by(Panelist.number)
    ).all()


def broken_fees() -> Iterator[str]:
    """The tax of each fee is what the rule withholds from it."""
    for fee in db.session.scalars(select(Fee).order_by(Fee.id)):
        if fee.tax != remuneration.withheld(fee.gross):
            yield f"fee {fee.id}: tax {fee.tax}, the rule withholds {remuneration.withheld(fee.gross)} fen"
