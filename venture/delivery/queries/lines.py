"""What stands in the way of a line of spending and of a move between heads; which lines of a sheet are there already."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from venture import clock, money
from venture.applications.models import Category, CostTable
from venture.budget.models import Award
from venture.delivery import heads
from venture.delivery.models import Spending
from venture.delivery.queries.running import head_of, heads_of, spending
from venture.delivery.queries.telling import Line
from venture.refusal import Blocker


def line_blockers(
    award: Award, lines: Sequence[Line], at: datetime, *, instead: Spending | None = None
) -> list[list[Blocker]]:
    """For each line, what stands in its way, given what is recorded and the lines before it that fit.

    `instead`: the line that it takes the place of. The fields are named «name-place». Codes: delivery.missing (field),
    delivery.zero, delivery.too_large, delivery.spent_in_future (day), delivery.other_activity, delivery.over_cap
    (category, amount, share in hundredths of a percent, percent, cap, excess), delivery.over_grant (grant, excess).
    """
    listed = {(each.table, each.category): each for each in heads_of(award)}
    if instead is not None and (old := listed.get((instead.table, instead.category))):
        listed[instead.table, instead.category] = replace(old, spent=old.spent - instead.amount)
    granted = sum(each.spent for each in listed.values() if each.table is CostTable.GRANT)
    found = []
    for place, line in enumerate(lines):
        wrong = _shape_blockers(award, line, place, at)
        if not wrong:
            spot = line.table, line.category
            head = listed.get(spot) or head_of((), award, *spot)
            wrong = _limit_blockers(award, head, line, place, granted)
            if not wrong:
                listed[spot] = replace(head, spent=head.spent + line.amount)
                granted += line.amount if line.table is CostTable.GRANT else 0
        found.append(wrong)
    return found


def _shape_blockers(award: Award, line: Line, place: int, at: datetime) -> list[Blocker]:
    found = [
        Blocker("delivery.missing", f"{name}-{place}", {"field": name, "row": place + 1})
        for name in ("content", "voucher_no")
        if not getattr(line, name).strip()
    ]
    if line.unit_price * line.quantity > 100 * money.MAX_FEN:
        found.append(Blocker("delivery.too_large", f"unit_price-{place}", {"row": place + 1}))
    elif line.unit_price <= 0 or line.quantity <= 0 or line.amount <= 0:
        found.append(Blocker("delivery.zero", f"unit_price-{place}", {"row": place + 1}))
    if line.spent_on > clock.beijing_day(at):
        facts = {"row": place + 1, "day": line.spent_on}
        found.append(Blocker("delivery.spent_in_future", f"spent_on-{place}", facts))
    activity = line.activity
    if activity is not None and (activity.award_id != award.id or activity.struck_at is not None):
        found.append(Blocker("delivery.other_activity", f"activity-{place}", {"row": place + 1}))
    return found


def _limit_blockers(award: Award, head: heads.Head, line: Line, place: int, granted: int) -> list[Blocker]:
    found, row = [], {"row": place + 1}
    if excess := heads.beyond(head, line.amount):
        round, summed = award.theme.round, head.spent + line.amount
        facts = {
            "category": line.category,
            "amount": summed,
            "share": money.half_up(10000 * summed, award.entitled),
            "percent": round.staff_cap if line.category is Category.STAFF else round.management_cap,
            "cap": head.cap,
            "excess": excess,
        }
        found.append(Blocker("delivery.over_cap", f"unit_price-{place}", row | facts))
    if line.table is CostTable.GRANT and (excess := granted + line.amount - award.entitled) > 0:
        facts = {"grant": award.entitled, "spent": granted, "excess": excess}
        found.append(Blocker("delivery.over_grant", f"unit_price-{place}", row | facts))
    return found


def move_blockers(
    award: Award, table: CostTable, source: Category, target: Category, amount: int
) -> list[Blocker]:
    """Why a move between heads is not possible, whoever approves: delivery.same_head, delivery.capped_head (category),
    delivery.zero, delivery.too_little (category, left, excess).
    """
    found = []
    if source is target:
        found.append(Blocker("delivery.same_head", "target"))
    if target in heads.CAPPED:
        found.append(Blocker("delivery.capped_head", "target", {"category": target}))
    if amount <= 0:
        found.append(Blocker("delivery.zero", "amount", {"row": 0}))
    head = head_of(heads_of(award), award, table, source)
    if amount > head.left:
        facts = {"category": source, "left": head.left, "excess": amount - max(0, head.left)}
        found.append(Blocker("delivery.too_little", "amount", facts))
    return found


def already_there(award: Award, lines: Sequence[Line]) -> list[bool]:
    """For each line of a sheet, whether it is recorded already: the same day, voucher, head, content, price, quantity.

    A line that stands in the sheet twice is there twice only when it was recorded twice. One statement.
    """
    have = Counter(_print_of(row) for row in spending(award, struck=False))
    found = []
    for line in lines:
        printed = _print_of(line)
        found.append(have[printed] > 0)
        have[printed] -= 1
    return found


def _print_of(row: Line | Spending) -> tuple[object, ...]:
    said = (row.table, row.category, row.content.strip(), row.unit_price, row.quantity)
    return (*said, row.spent_on, row.voucher_no.strip())
