"""自设题: the questions that a round adds to its form, when each is asked, and what may still be widened.

Pure. A question is told from others by its code alone; two of the same title are two. A condition names either a
theme or one choice of an earlier question, so that conditions cannot go in circles.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, NamedTuple

from venture.refusal import Blocker
from venture.words import N_, Word

MOST = 12
"""So many own questions at most in any one theme."""
MOST_CHOICES = 20
USUAL_LIMITS = {"text": 100, "long": 500}
"""Signs of an answer where the officer sets no limit."""


class QuestionKind(Word):
    """What an answer is."""

    TEXT = "text", N_("Short text")
    LONG = "long", N_("Long text")
    NUMBER = "number", N_("Figure")
    MONEY = "money", N_("Amount of money")
    DAY = "day", N_("Day")
    CHOICE = "choice", N_("One choice")
    MANY = "many", N_("Several choices")
    FILE = "file", N_("File")


TEXTS = (QuestionKind.TEXT, QuestionKind.LONG)
CHOICES = (QuestionKind.CHOICE, QuestionKind.MANY)


@dataclass(frozen=True)
class Question:
    """One question. `limit` in signs; `least` and `most` in hundredths of a number or in fen; choices as (code, text).

    Asked only in the theme `theme`, or only where question `after` is answered with the choice `answer`; at most
    one of the two.
    """

    code: str
    kind: QuestionKind
    title: str
    hint: str = ""
    required: bool = True
    limit: int | None = None
    least: int | None = None
    most: int | None = None
    first_on: date | None = None
    last_on: date | None = None
    choices: tuple[tuple[str, str], ...] = ()
    theme: str = ""
    after: str = ""
    answer: str = ""

    @property
    def range(self) -> tuple[Any, Any]:
        """The least and the most that an answer may be, each None where there is no bound."""
        return (self.first_on, self.last_on) if self.kind is QuestionKind.DAY else (self.least, self.most)


def to_data(question: Question) -> dict[str, Any]:
    """The definition as plain data for a frozen version."""
    kept = asdict(question) | {
        "kind": question.kind.value,
        "choices": [list(each) for each in question.choices],
    }
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in kept.items()}


def of_data(data: Mapping[str, Any]) -> Question:
    """The definition that was frozen; what a later version of the product adds is left out."""
    known = {field.name for field in fields(Question)}
    given = {key: value for key, value in data.items() if key in known}
    for key in ("first_on", "last_on"):
        given[key] = date.fromisoformat(given[key]) if given.get(key) else None
    given["kind"] = QuestionKind(given["kind"])
    given["choices"] = tuple((code, text) for code, text in given.get("choices", ()))
    return Question(**given)


# --- when a question is asked ---


def asked(questions: Iterable[Question], theme: str, answers: Mapping[str, Any]) -> list[Question]:
    """The questions that are asked in a theme, given the answers so far (a code, or a list of codes), in order."""
    found: dict[str, Question] = {}
    for question in questions:
        given = answers.get(question.after, "")
        chosen = [given] if isinstance(given, str) else given
        met = question.after in found and question.answer in chosen if question.after else True
        if met and question.theme in ("", theme):
            found[question.code] = question
    return list(found.values())


def possible(questions: Iterable[Question], theme: str) -> list[Question]:
    """The questions that some answers in this theme would lead to, in order."""
    found: dict[str, Question] = {}
    for question in questions:
        if question.theme in ("", theme) and (not question.after or question.after in found):
            found[question.code] = question
    return list(found.values())


# --- setting questions ---


def recoded(before: Sequence[tuple[str, str]], texts: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Choices with stable codes: a text that stood there keeps its code, one in its place takes it over."""
    known = {text: code for code, text in before}
    taken = {known[text] for text in texts if text in known}
    found: list[tuple[str, str]] = []
    for place, text in enumerate(texts):
        code = known.get(text, "")
        if not code and place < len(before) and before[place][0] not in taken:
            code = before[place][0]
        if not code or code in {each for each, _text in found}:
            used = {each for each, _text in [*before, *found]}
            code = next(f"c{number}" for number in range(1, len(used) + 2) if f"c{number}" not in used)
        found.append((code, text))
    return tuple(found)


def contradictions(questions: Sequence[Question], themes: Mapping[str, str]) -> list[Blocker]:
    """What is wrong with these questions in this order; `themes` maps code to name."""
    found: list[Blocker] = []
    before: dict[str, Question] = {}
    for question in questions:
        found += [
            Blocker(code, field, {"title": question.title, **facts})
            for code, field, facts in _wrong(question, before, themes)
        ]
        before[question.code] = question
    for code, name in themes.items():
        if (count := len(possible(questions, code))) > MOST:
            facts = {"theme": name, "count": count, "most": MOST}
            found.append(Blocker("rounds.too_many_questions", "", facts))
    return found


def _wrong(
    question: Question, before: Mapping[str, Question], themes: Collection[str]
) -> Iterable[tuple[str, str, dict[str, Any]]]:
    if not question.title.strip():
        yield "rounds.no_title", "title", {}
    least, most = question.range
    if least is not None and most is not None and least > most:
        yield "rounds.range_reversed", "most", {}
    texts = [text for _code, text in question.choices]
    if question.kind in CHOICES and not 2 <= len(texts) <= MOST_CHOICES:
        yield "rounds.choices_count", "choices", {"most": MOST_CHOICES}
    if len(set(texts)) < len(texts):
        yield "rounds.choice_twice", "choices", {}
    if question.theme and question.theme not in themes:
        yield "rounds.condition_theme", "condition", {}
    if question.after:
        subject = before.get(question.after)
        if subject is None:
            yield "rounds.condition_order", "condition", {}
        elif question.answer not in dict(subject.choices):
            yield "rounds.condition_choice", "condition", {"subject": subject.title}


# --- what may still change while the round is open ---


class Attribute(NamedTuple):
    """One thing that a question says of itself, its name for people, and how its value is written."""

    name: str
    label: str


ATTRIBUTES = (
    Attribute("title", N_("Title of the question")),
    Attribute("hint", N_("Hint")),
    Attribute("required", N_("Must be answered")),
    Attribute("limit", N_("Most characters")),
    Attribute("least", N_("Least")),
    Attribute("most", N_("Most")),
    Attribute("first_on", N_("First day allowed")),
    Attribute("last_on", N_("Last day allowed")),
    Attribute("choices", N_("Choices")),
)


def narrower(old: Question, new: Question) -> list[Blocker]:
    """Why the change could make an answer invalid that was valid, or ask what was not asked; empty: it only widens."""
    found: list[Blocker] = []
    facts = {"title": old.title}
    if old.kind is not new.kind:
        found.append(Blocker("rounds.kind_fixed", "kind", facts))
    if (old.theme, old.after, old.answer) != (new.theme, new.after, new.answer):
        found.append(Blocker("rounds.condition_fixed", "condition", facts))
    if new.required and not old.required:
        found.append(Blocker("rounds.now_required", "required", facts))
    if new.limit is not None and (old.limit is None or new.limit < old.limit):
        found.append(Blocker("rounds.limit_lower", "limit", facts | {"old": old.limit, "new": new.limit}))
    (old_least, old_most), (least, most) = old.range, new.range
    if old.kind is new.kind and least is not None and (old_least is None or least > old_least):
        found.append(Blocker("rounds.range_narrower", "least", facts))
    if old.kind is new.kind and most is not None and (old_most is None or most < old_most):
        found.append(Blocker("rounds.range_narrower", "most", facts))
    kept = dict(new.choices)
    for code, text in old.choices:
        if code not in kept:
            found.append(Blocker("rounds.choice_gone", "choices", facts | {"choice": text}))
    return found


class Change(NamedTuple):
    """One attribute before and after, as plain data."""

    what: str
    old: Any
    new: Any


def changes(old: Question, new: Question) -> list[Change]:
    """In what two definitions of a question differ, in the order of ATTRIBUTES."""
    before, after = to_data(old), to_data(new)
    before["choices"], after["choices"] = ([text for _code, text in each.choices] for each in (old, new))
    return [
        Change(name, before[name], after[name]) for name, _label in ATTRIBUTES if before[name] != after[name]
    ]
