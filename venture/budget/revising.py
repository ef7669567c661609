"""What a revision may rewrite, what stands in its way, and how its money differs from what was applied for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from venture.applications import parts
from venture.applications.parts import BASICS, MONEY, PLAN, Category, CostTable, Field, Kind, Part, Raw, Terms
from venture.refusal import Blocker

_BASICS = ("starts_on", "ends_on", "direct", "indirect")
PARTS: tuple[Part, ...] = (
    replace(BASICS, fields=tuple(field for field in BASICS.fields if field.key in _BASICS)),
    PLAN,
    MONEY,
)
"""The parts of the application's form that are rewritten; what is not in them stands as applied for."""
FIELDS: Mapping[str, Field] = {field.key: field for part in PARTS for field in part.fields}


def sheet(applied: Mapping[str, Raw], answers: Mapping[str, Raw], approved: int) -> dict[str, Raw]:
    """The whole form as revised: what was applied for, what was rewritten, and the approved amount (fen)."""
    rewritten = {key: raw for key, raw in answers.items() if key in FIELDS}
    return {**applied, **rewritten, "asked": parts.show(Kind.MONEY, approved)}


def blockers(revised: Mapping[str, Raw], terms: Terms) -> list[Blocker]:
    """All that stands in the way of sending it: the rules of the application's form, with the lines paid by the grant

    summing to the approved amount to the fen (budget.lines_not_approved: approved, lines, difference).
    """
    found = parts.blockers(dict(revised), terms, PARTS)
    return [_approved(each) if each.code == "applications.grant_lines" else each for each in found]


def _approved(blocker: Blocker) -> Blocker:
    facts = {key: value for key, value in blocker.facts.items() if key != "asked"}
    return Blocker("budget.lines_not_approved", blocker.field, {**facts, "approved": blocker.facts["asked"]})


@dataclass(frozen=True)
class Head:
    """One head of the budget in one of its two tables: its sum in fen before and after."""

    table: CostTable
    category: Category
    before: int
    after: int

    @property
    def difference(self) -> int:
        return self.after - self.before


def heads(before: Mapping[str, Raw], after: Mapping[str, Raw]) -> list[Head]:
    """Every head that either text has money under, in the order of tables and heads."""
    sums = [
        {
            (table, category): sum(
                line.amount for line in parts.lines(dict(text), table) if line.category is category
            )
            for table in CostTable
            for category in Category
        }
        for text in (before, after)
    ]
    return [
        Head(table, category, sums[0][table, category], sums[1][table, category])
        for table, category in sums[0]
        if sums[0][table, category] or sums[1][table, category]
    ]


def changed(before: Mapping[str, Raw], after: Mapping[str, Raw]) -> Sequence[Field]:
    """The fields whose texts differ, in the order of the form."""
    return [field for key, field in FIELDS.items() if before.get(key) != after.get(key)]
