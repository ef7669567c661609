"""The score of one application as it stands or would stand, and the rule of its theme."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from sqlalchemy import and_, select
from sqlalchemy.orm import joinedload

from venture.applications.models import Application, Reader
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
    return scores_of([application], changed)[application.id]


def scores_of(
    applications: Sequence[Application], changed: Mapping[int, Mapping[str, int] | None] | None = None
) -> dict[int, scoring.Score]:
    """The scores of applications of one round by id, from every mark that counts. Three statements and one a theme.

    `expected` are the sheets of those who may read the application and of those who handed one in.
    """
    themes = {one.theme.id: one.theme for one in applications if one.theme is not None}
    approved = rule_changes(list(themes))[0]
    ids = [one.id for one in applications]
    marks: dict[int, dict[int, Mapping[str, int] | None]] = {each: {} for each in ids}
    seats: dict[int, set[int]] = {each: set() for each in ids}
    for application_id, sheet_id, seat, code, value in db.session.execute(
        select(Sheet.application_id, Sheet.id, Sheet.panelist_id, ThemeCriterion.code, Mark.value)
        .join(Mark, Mark.sheet_id == Sheet.id)
        .join(ThemeCriterion, ThemeCriterion.id == Mark.criterion_id)
        .where(Sheet.application_id.in_(ids), Sheet.state == SheetState.HANDED_IN)
    ):
        marks[application_id].setdefault(sheet_id, {})[code] = value  # type: ignore[index]  # only dicts until here
        seats[application_id].add(seat)
    for application_id, seat in db.session.execute(
        select(Reader.application_id, Panelist.id)
        .join(Application, Application.id == Reader.application_id)
        .join(
            Panelist,
            and_(Panelist.person_id == Reader.person_id, Panelist.round_id == Application.round_id),
        )
        .where(Reader.application_id.in_(ids))
    ):
        seats[application_id].add(seat)
    found = {}
    for one in applications:
        assert one.theme is not None
        sheets, change = marks[one.id], approved.get(one.theme.id)
        sheets.update(changed or {})
        found[one.id] = scoring.panel_score(
            [each for each in sheets.values() if each is not None],
            criteria_of(one.theme),
            rules_of(one.round, change.aggregation if change else None),
            expected=len(seats[one.id]),
        )
    return found


def tie_order(theme: Theme) -> list[str]:
    """The codes of the criteria that decide ties, the first one first."""
    deciding = [one for one in theme.criteria if one.tie_order]
    return [one.code for one in sorted(deciding, key=lambda one: one.tie_order or 0)]


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
