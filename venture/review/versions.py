"""What a frozen ranking says, as canonical text, and how two versions of it differ."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from venture.applications.lifecycle import State

AFTER = (State.NOT_SHORTLISTED, State.PROPOSED, State.ON_NOTICE)
"""The states past the review in which a sheet can be changed again once two people have unfrozen its ranking."""


def takes_marks(state: State, frozen: bool | None) -> bool:
    """Whether sheets of an application in this state may change.

    `frozen` is that of its theme's ranking: None before the first version, False after an unfreezing.
    """
    if frozen is None:
        return state is State.IN_REVIEW
    return not frozen and state in (State.IN_REVIEW, *AFTER)


def canonical(content: Mapping[str, Any]) -> str:
    """The one text of a version: JSON with sorted keys and no blanks."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    """The SHA-256 of a version's text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Change:
    """What one project's line says otherwise: of what («mark», with expert and criterion; «total», with the expert, for

    the papers, and «presented» for the presentation; «score»; «rank»), before and after. Marks, totals and scores in
    hundredths; None where there was none.
    """

    number: str
    title: str
    what: str
    before: int | None
    after: int | None
    expert: int | None = None
    criterion: str = ""


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """How the second version's projects differ from the first's, in the order of the second's ranks."""
    names = {
        key: [name for part in parts for _, name, *_ in after.get(part, ())]
        for key, parts in (("sheets", ("criteria", "bonus")), ("presented", ("presentation",)))
    }
    was = {project["number"]: project for project in before["projects"]}
    now = {project["number"]: project for project in after["projects"]}
    found = []
    for number in [*now, *(each for each in was if each not in now)]:
        old, new = was.get(number, _NOTHING), now.get(number, _NOTHING)
        title = (now.get(number) or was[number])["title"]
        for key, what in (("sheets", "total"), ("presented", "presented")):
            sheets = [
                {expert: (marks, total) for expert, marks, total in each.get(key, ())} for each in (old, new)
            ]
            for expert in sorted({*sheets[0], *sheets[1]}):
                (marks, total), (given, sum_) = (
                    each.get(expert, ([None] * len(names[key]), None)) for each in sheets
                )
                found += [
                    Change(number, title, "mark", one, other, expert, name)
                    for name, one, other in zip(names[key], marks, given, strict=True)
                    if one != other
                ]
                if total != sum_:
                    found.append(Change(number, title, what, total, sum_, expert))
        if (old["score"], old["shown"]) != (new["score"], new["shown"]):
            found.append(Change(number, title, "score", old["shown"], new["shown"]))
        if old["rank"] != new["rank"]:
            found.append(Change(number, title, "rank", old["rank"], new["rank"]))
    return found


_NOTHING: Mapping[str, Any] = {"sheets": [], "score": "", "shown": None, "rank": None}
