"""The score of one application as it stands or would stand, and the rule of its theme."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction

from sqlalchemy import and_, select
from sqlalchemy.orm import joinedload

from venture.applications.models import Application, Reader
from venture.db import db
from venture.people.models import Person
from venture.review import scoring
from venture.review.models import Mark, PanelDay, Panelist, RuleChange, Sheet, SheetState
from venture.rounds.models import Aggregation, Phase, Round, Theme, ThemeCriterion


def criteria_of(lines: Sequence[ThemeCriterion]) -> list[scoring.Criterion]:
    """The lines of a score sheet as scoring reads them."""
    return [scoring.Criterion(one.code, one.max, one.step, one.weight, one.bonus) for one in lines]


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
    """The scores of applications by id, from every mark that counts. Three statements and one a theme, one more where

    a round has a presentation.

    `expected` are the sheets of those who may read the application and of those who handed one in; of a presentation,
    once the panel day says who came, only those of them.
    """
    themes = {one.theme.id: one.theme for one in applications if one.theme is not None}
    approved = rule_changes(list(themes))[0]
    ids = [one.id for one in applications]
    marks: dict[tuple[int, Phase], dict[int, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    seats: dict[tuple[int, Phase], set[int]] = defaultdict(set)
    for application_id, sheet_id, seat, phase, code, value in db.session.execute(
        select(
            Sheet.application_id, Sheet.id, Sheet.panelist_id, Sheet.phase, ThemeCriterion.code, Mark.value
        )
        .join(Mark, Mark.sheet_id == Sheet.id)
        .join(ThemeCriterion, ThemeCriterion.id == Mark.criterion_id)
        .where(Sheet.application_id.in_(ids), Sheet.state == SheetState.HANDED_IN)
    ):
        marks[application_id, phase][sheet_id][code] = value
        seats[application_id, phase].add(seat)
    came, round_of = _came(applications), {one.id: one.round_id for one in applications}
    for application_id, seat in db.session.execute(
        select(Reader.application_id, Panelist.id)
        .join(Application, Application.id == Reader.application_id)
        .join(
            Panelist,
            and_(Panelist.person_id == Reader.person_id, Panelist.round_id == Application.round_id),
        )
        .where(Reader.application_id.in_(ids))
    ):
        seats[application_id, Phase.PAPERS].add(seat)
        present = came.get(round_of[application_id])
        if present is None or seat in present:
            seats[application_id, Phase.PRESENTATION].add(seat)
    found = {}
    for one in applications:
        assert one.theme is not None
        change = approved.get(one.theme.id)
        rules = rules_of(one.round, change.aggregation if change else None)
        parts = {}
        for phase in one.round.phases:
            sheets = {key: (changed or {}).get(key, sheet) for key, sheet in marks[one.id, phase].items()}
            parts[phase] = scoring.panel_score(
                [each for each in sheets.values() if each is not None],
                criteria_of(one.theme.sheet(phase)),
                rules,
                expected=len(seats[one.id, phase]),
            )
        found[one.id] = joined(parts, one.round, rules)
    return found


def joined(parts: Mapping[Phase, scoring.Score], round: Round, rules: scoring.Rules) -> scoring.Score:
    """The score of an application from those of the round's phases."""
    spoken = parts.get(Phase.PRESENTATION)
    return scoring.joined(parts[Phase.PAPERS], spoken, round.presentation_weight, rules)


def _came(applications: Sequence[Application]) -> dict[int, set[int]]:
    """The seats (ids) of the experts who came to a round's panel day, where one has presentations and it was written
    down who did.
    """
    asked = {one.round_id for one in applications if Phase.PRESENTATION in one.round.phases}
    if not asked:
        return {}
    days = db.session.execute(select(PanelDay.round_id, PanelDay.present).where(PanelDay.round_id.in_(asked)))
    return {round_id: set(present) for round_id, present in days if present}


def tie_order(theme: Theme) -> list[str]:
    """The codes of the criteria that decide ties, the first one first."""
    deciding = [one for one in theme.sheet() if one.tie_order]
    return [one.code for one in sorted(deciding, key=lambda one: one.tie_order or 0)]


def printed(value: Fraction | int | None) -> str:
    """Hundredths as points with two decimals, half up; nothing for a missing value."""
    return "" if value is None else scoring.points(scoring.shown(value))


def without_sheet_of(application: Application, person: Person) -> tuple[scoring.Score, scoring.Score] | None:
    """The score as it stands and without this person's sheets; None when no sheet of theirs counts."""
    theirs = db.session.scalars(
        select(Sheet.id)
        .join(Panelist)
        .where(
            Sheet.application_id == application.id,
            Panelist.person_id == person.id,
            Sheet.state == SheetState.HANDED_IN,
        )
    ).all()
    if not theirs:
        return None
    return score_of(application), score_of(application, dict.fromkeys(theirs))


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
