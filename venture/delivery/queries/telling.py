"""What is told of an activity, a line of spending, a plan: values, as forms and sheets give them."""

from datetime import date
from typing import NamedTuple

from venture.applications.models import Category, CostTable
from venture.delivery import heads
from venture.delivery.models import Activity, Payee


class Told(NamedTuple):
    """What is said of an activity; the texts after `place` may be empty."""

    subject: str
    held_on: date
    place: str
    hours: str = ""
    aimed_at: str = ""
    team: str = ""
    aim: str = ""
    account: str = ""
    reflection: str = ""
    link: str = ""


class Came(NamedTuple):
    """Of one kind: how many persons came (人数), and how many attendances they made (人次)."""

    persons: int
    person_times: int


class Line(NamedTuple):
    """One line of spending as it is told: price in fen, quantity in hundredths."""

    table: CostTable
    category: Category
    content: str
    unit_price: int
    quantity: int
    unit: str
    spent_on: date
    voucher_no: str
    payee: Payee
    activity: Activity | None = None

    @property
    def amount(self) -> int:
        """Fen, half up."""
        return heads.amount_of(self.unit_price, self.quantity)


class Planned(NamedTuple):
    """One activity of a monthly plan."""

    subject: str
    on: date
    place: str
    lead: str
    content: str = ""
