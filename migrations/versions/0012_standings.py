"""Where each application stands in its theme's ranking, reckoned from the sheets there are; frozen versions of it."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from venture.db import append_only
from venture.review import scoring

revision = "0012"
down_revision = "0011"
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
    op.create_table(
        "ranking_version",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("theme_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_ranking_version_number")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_ranking_version_sha256")),
        sa.CheckConstraint("number = 1 OR reason <> ''", name=op.f("ck_ranking_version_reason")),
        sa.CheckConstraint("ground = '' OR reason <> ''", name=op.f("ck_ranking_version_ground")),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_ranking_version_made_by_id")),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_ranking_version_theme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ranking_version")),
        sa.UniqueConstraint("theme_id", "number", name=op.f("uq_ranking_version_theme_id_number")),
    )
    op.create_table(
        "unfreezing",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by_id", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_unfreezing_reason")),
        sa.CheckConstraint("approved_by_id <> proposed_by_id", name=op.f("ck_unfreezing_two_people")),
        sa.CheckConstraint(
            "(approved_by_id IS NULL) = (approved_at IS NULL)", name=op.f("ck_unfreezing_approved")
        ),
        sa.CheckConstraint(
            "withdrawn_at IS NULL OR approved_at IS NULL", name=op.f("ck_unfreezing_withdrawn")
        ),
        sa.ForeignKeyConstraint(["approved_by_id"], ["person.id"], name=op.f("fk_unfreezing_approved_by_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name=op.f("fk_unfreezing_proposed_by_id")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["ranking_version.id"], name=op.f("fk_unfreezing_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unfreezing")),
    )
    op.create_index(op.f("ix_unfreezing_version_id"), "unfreezing", ["version_id"])
    for statement in append_only("ranking_version", op.get_bind().dialect.name):
        op.execute(statement)
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
    op.drop_table("unfreezing")
    op.drop_table("ranking_version")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION ranking_version_append_only()")
    op.drop_table("standing")
    op.drop_index("ix_application_sent", "application")
