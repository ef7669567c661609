"""What stands in the way, as codes with facts; the sentence for people is made in the templates."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Blocker:
    """One obstacle: a dotted code («budget.over_earmark»), the form field it concerns, and its facts."""

    code: str
    field: str = ""
    facts: dict[str, Any] = dataclasses.field(default_factory=dict)


class Refused(Exception):
    """A verb said no, for the very reasons that the page lists; nothing was changed."""

    def __init__(self, code: str, field: str = "", /, **facts: Any) -> None:
        self.blockers = [Blocker(code, field, facts)]
        super().__init__(code)

    @classmethod
    def all(cls, blockers: Iterable[Blocker]) -> "Refused":
        """The refusal that names every one of `blockers`."""
        listed = list(blockers)
        refusal = cls(listed[0].code)
        refusal.blockers = listed
        return refusal


class Changed(Refused):
    """Somebody else changed the row since the form was opened; `mine` and `theirs` are both kept for the page."""

    def __init__(self, code: str, differences: list[tuple[str, str, str]], /, **facts: Any) -> None:
        super().__init__(code, **facts)
        self.differences = differences
