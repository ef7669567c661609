"""The score of one application as it stands or would stand, and the rule of its theme."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from venture.applications.models import Application
from venture.db import db
from venture.people.models import Person
from venture.review import scoring
from venture.review.models import Mark, Panelist, RuleChange, Sheet, SheetState
from venture.rounds.models import Aggregation, Round, Theme, ThemeCriterion


def criteria_of(theme: Theme) -> list[scoring.Criterion]:
    """The theme's score sheet as scoring reads it."""
    return [scoring.Criterion(one.code, one.max, one.step, one.weight) for one in theme.criteria]


def rules_of(round: Round, aggregation: Aggregation | None = None) -> scoring.Rules:
    """The round's rule, or with another aggregation where a theme has an approved change."""
    return scoring.Rules(
        aggregation=(aggregation or round.aggregation).value,
        trim_from=round.trim_from,
        dropping=round.dropping.value,
        rounding=round.rounding.value,
        quorum=round.quorum,
    )


def score_of(
    application: Application, changed: Mapping[int, Mapping[str, int] | None] | None = None
) -> scoring.Score:
    """The score of one application as it stands, or with sheets (by id) changed or left out (None)."""
    assert application.theme is not None
    sheets: dict[int, Mapping[str, int] | None] = defaultdict(dict)
    for sheet_id, code, value in db.session.execute(
        select(Sheet.id, ThemeCriterion.code, Mark.value)
        .join(Mark, Mark.sheet_id == Sheet.id)
        .join(ThemeCriterion, ThemeCriterion.id == Mark.criterion_id)
        .where(Sheet.application_id == application.id, Sheet.state == SheetState.HANDED_IN)
    ):
        sheets[sheet_id][code] = value  # type: ignore[index]  # only dicts until here
    sheets.update(changed or {})
    change = change_of(application.theme)
    return scoring.panel_score(
        [marks for marks in sheets.values() if marks is not None],
        criteria_of(application.theme),
        rules_of(application.round, change.aggregation if change else None),
    )


def printed(value: Fraction | int | None) -> str:
    """Hundredths as points with two decimals, half up; nothing for a missing value."""
    return "" if value is None else scoring.points(scoring.shown(value))


def without_sheet_of(application: Application, person: Person) -> tuple[scoring.Score, scoring.Score] | None:
    """The score as it stands and without this person's sheet; None when no sheet of theirs counts."""
    sheet_id = db.session.scalar(
        select(Sheet.id)
        .join(Panelist)
        .where(
            Sheet.application_id == application.id,
            Panelist.person_id == person.id,
            Sheet.state == SheetState.HANDED_IN,
        )
    )
    if sheet_id is None:
        return None
    return score_of(application), score_of(application, {sheet_id: None})


def change_of(theme: Theme) -> RuleChange | None:
    """The theme's last approved change of its rule."""
    return rule_changes([theme.id])[0].get(theme.id)


def pending_change(theme: Theme) -> RuleChange | None:
    """The theme's proposed change that waits for an approver."""
    return rule_changes([theme.id])[1].get(theme.id)


def rule_changes(theme_ids: Sequence[int]) -> tuple[dict[int, RuleChange], dict[int, RuleChange]]:
    """The approved and the pending change of each theme, the last one of each kind."""
    approved: dict[int, RuleChange] = {}
    pending: dict[int, RuleChange] = {}
    for change in db.session.scalars(
        select(RuleChange)
        .where(RuleChange.theme_id.in_(theme_ids), RuleChange.withdrawn_at.is_(None))
        .options(joinedload(RuleChange.proposed_by), joinedload(RuleChange.approved_by))
        .order_by(RuleChange.approved_at, RuleChange.id)
    ):
        (pending if change.approved_at is None else approved)[change.theme_id] = change
    return approved, pending
