"""Where each application stands in its theme's ranking, reckoned from the sheets there are; the board's index."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from venture.review import scoring

revision = "0013"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_application_sent",
        "application",
        ["round_id", "submitted_at", "asked", "created_by_id", "signed_by_id"],
    )
    table = op.create_table(
        "standing",
        sa.Column("application_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("theme_id", sa.BigInteger(), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.Column("expected", sa.BigInteger(), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=True),
        sa.Column("denominator", sa.BigInteger(), nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.CheckConstraint("counted >= 0 AND counted <= expected", name=op.f("ck_standing_counted")),
        sa.CheckConstraint("numerator >= 0 AND denominator > 0", name=op.f("ck_standing_score")),
        sa.CheckConstraint(
            "(numerator IS NULL) = (denominator IS NULL) AND (numerator IS NULL) = (key = '')",
            name=op.f("ck_standing_scored"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_standing_application_id")
        ),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_standing_theme_id")),
        sa.PrimaryKeyConstraint("application_id", name=op.f("pk_standing")),
    )
    op.create_index("ix_standing_order", "standing", ["theme_id", "key", "application_id"])
    op.create_index("ix_standing_sheets", "standing", ["theme_id", "counted", "expected", "application_id"])
    if rows := list(_reckoned(op.get_bind())):
        op.bulk_insert(table, rows)


def _reckoned(bind: Any) -> Iterator[dict[str, Any]]:
    """The standing of each application whose review has begun."""

    def rows(statement: str) -> Any:
        return bind.execute(sa.text(statement))

    criteria: dict[int, list[scoring.Criterion]] = defaultdict(list)
    deciding: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for theme, code, most, step, weight, place in rows(
        "SELECT theme_id, code, max, step, weight, tie_order FROM criterion ORDER BY position, id"
    ):
        criteria[theme].append(scoring.Criterion(code, most, step, weight))
        if place:
            deciding[theme].append((place, code))
    changed = dict(
        rows(
            "SELECT theme_id, aggregation FROM rule_change WHERE approved_at IS NOT NULL "
            "AND withdrawn_at IS NULL ORDER BY approved_at, id"
        ).all()
    )
    marks: dict[int, dict[int, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    seats: dict[int, set[int]] = defaultdict(set)
    for application, sheet, seat, code, value in rows(
        "SELECT sheet.application_id, sheet.id, sheet.panelist_id, criterion.code, mark.value FROM sheet "
        "JOIN mark ON mark.sheet_id = sheet.id JOIN criterion ON criterion.id = mark.criterion_id "
        "WHERE sheet.state = 'handed_in'"
    ):
        marks[application][sheet][code] = value
        seats[application].add(seat)
    for application, seat in rows(
        "SELECT reader.application_id, panelist.id FROM reader "
        "JOIN application ON application.id = reader.application_id "
        "JOIN panelist ON panelist.person_id = reader.person_id AND panelist.round_id = application.round_id"
    ):
        seats[application].add(seat)
    for application, theme, asked, aggregation, trim_from, dropping, rounding in rows(
        "SELECT application.id, theme_id, asked, aggregation, trim_from, dropping, rounding "
        "FROM application JOIN round ON round.id = application.round_id WHERE application.state NOT IN "
        "('draft', 'submitted', 'returned', 'eligible', 'ineligible', 'withdrawn')"
    ):
        rules = scoring.Rules(
            aggregation=changed.get(theme, aggregation),
            trim_from=trim_from,
            dropping=dropping,
            rounding=rounding,
        )
        sheets = list(marks[application].values())
        score = scoring.panel_score(sheets, criteria[theme], rules, expected=len(seats[application]))
        yield {
            "application_id": application,
            "theme_id": theme,
            "counted": score.counted,
            "expected": score.expected,
            "numerator": score.value.numerator if score.value is not None else None,
            "denominator": score.value.denominator if score.value is not None else None,
            "key": scoring.order_key(score, [code for _, code in sorted(deciding[theme])], asked or 0),
        }


def downgrade() -> None:
    op.drop_table("standing")
    op.drop_index("ix_application_sent", "application")
