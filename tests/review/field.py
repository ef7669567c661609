"""A round with one theme of one's own criteria, its applications and their sheets."""

from datetime import timedelta
from typing import Any

import make

from venture.applications.lifecycle import State
from venture.applications.models import Application
from venture.people.models import Person
from venture.review import queries
from venture.review.models import Panelist, SheetState
from venture.roles import Role
from venture.rounds.models import Round, Theme, ThemeCriterion

NOW = make.NOON + timedelta(days=20)


class Field:
    """A round with one theme of one's own criteria, and a panel that may read every application."""

    def __init__(self, criteria: list[ThemeCriterion], size: int = 3, **more: Any) -> None:
        self.officer: Person = make.person(Role.OFFICER)
        theme = Theme(code="general", name="综合服务", earmark=60000000, ceiling=60000000, criteria=criteria)
        self.round: Round = make.round_(self.officer, themes=[theme], quorum=min(size, 3), **more)
        self.theme = self.round.themes[0]
        self.panel: list[Panelist] = make.panel(self.round, size)

    def add(self, *sheets: list[int], draft: tuple[int, ...] = (), **more: Any) -> Application:
        """An application with a sheet of each expert in order; those in `draft` are not handed in."""
        application: Application = make.application(
            self.round, theme=self.theme, by=self.officer, state=State.IN_REVIEW, **more
        )
        for seat in self.panel:
            make.reader(application, seat.person)
        for place, values in enumerate(sheets):
            state = SheetState.DRAFT if place in draft else SheetState.HANDED_IN
            make.sheet(application, self.panel[place], values, state)
        return application

    def ranking(self, person: Person | None = None, **more: Any) -> queries.ThemeRanking:
        return queries.ranking(self.round, person, **more)[0]


def whole(most: int = 10000) -> list[ThemeCriterion]:
    return [ThemeCriterion(code="all", name="综合", max=most, step=1, position=0)]


def weighted() -> list[ThemeCriterion]:
    """The score sheet of G6: three criteria of 100 points that weigh 40, 30 and 30 percent."""
    return [
        ThemeCriterion(code=code, name=name, max=10000, weight=weight, position=place)
        for place, (code, name, weight) in enumerate(
            (("need", "需求与协商来源", 40), ("plan", "方案", 30), ("budget", "预算", 30))
        )
    ]
