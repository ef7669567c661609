"""The application form as data: parts and fields, how each is read from what was typed, what is missing.

A form is a *sheet*: for each field the text as typed (a list of texts for a choice of many, a list of rows
for a table). A sheet always can be kept; `blockers` says what stands in the way of submitting it.
"""

import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum, auto
from typing import Any, NamedTuple

from venture import clock, money
from venture.applications.signs import signs
from venture.refusal import Blocker
from venture.rounds.questions import Question, QuestionKind
from venture.words import N_, Verbatim, Word

Row = dict[str, str]
Raw = str | list[str] | list[Row]
Sheet = Mapping[str, Raw]


class CostTable(Word):
    """The two tables of the budget: what the grant pays, what others pay."""

    GRANT = "grant", N_("Paid by the grant")
    MATCHING = "matching", N_("Paid by matching funds")


class Category(Word):
    """预算科目: heads of the budget."""

    ACTIVITY = "activity", N_("Activity costs")
    STAFF = "staff", N_("Staff costs")
    VOLUNTEER = "volunteer", N_("Volunteer allowance")
    EXPERT = "expert", N_("Expert fee")
    MANAGEMENT = "management", N_("Management fee")
    TAX = "tax", N_("Tax")


class FundKind(Word):
    """资金来源: where the project's money comes from."""

    GRANT = "grant", N_("Grant applied for")
    OWN = "own", N_("Own funds")
    DONATED = "donated", N_("Donations received")
    EXPECTED = "expected", N_("Donations expected")


class Kind(Enum):
    """What a field holds; `read` says how each is read."""

    TEXT = auto()
    LONG = auto()
    COUNT = auto()
    QUANTITY = auto()  # hundredths
    MONEY = auto()  # fen
    DAY = auto()
    CHOICE = auto()
    MANY = auto()
    TICK = auto()
    TABLE = auto()
    FILE = auto()  # the names of the files attached; they come and go by acts of their own


@dataclass(frozen=True)
class Field:
    """One question. `limit` in signs; `least` rows or choices; `choices` if the same in every round.

    `lowest` and `highest` bound the value; `when`: an own question that is asked only after another's answer.
    """

    key: str
    label: str
    kind: Kind = Kind.TEXT
    limit: int | None = None
    required: bool = True
    hint: str = ""
    unit: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    columns: tuple["Field", ...] = ()
    least: int = 1
    contact: bool = False  # how to reach a person: not shown to those who only read the proposal
    names: bool = False  # says who applies: absent for those who are not told
    lowest: Any = None
    highest: Any = None
    when: "When | None" = None

    @property
    def plural(self) -> bool:
        """Whether what was typed is a list rather than one text."""
        return self.kind in (Kind.MANY, Kind.TABLE, Kind.FILE)

    @property
    def bounds(self) -> tuple[str, str]:
        """The least and the most, as texts; nothing where there is no bound."""
        return show(self.kind, self.lowest), show(self.kind, self.highest)


class When(NamedTuple):
    """After which choice of which own question a field is asked; keys and codes, and their words."""

    key: str
    code: str
    title: str
    choice: str


@dataclass(frozen=True)
class Part:
    """One page of the form; `number` as on the printed form."""

    code: str
    number: int
    label: str
    fields: tuple[Field, ...]
    intro: str = ""


def _choices(words: type[Word]) -> tuple[tuple[str, str], ...]:
    return tuple((word.value, word.label) for word in words)


MOST_ROWS = 200
"""Rows that one table of the form may have."""
YES_NO = (("yes", N_("Yes")), ("no", N_("No")))
STEPS = (
    ("1", N_("1 Survey of needs")),
    ("2", N_("2 Choosing and examining the matter")),
    ("3", N_("3 Vote and hearing")),
    ("4", N_("4 Carrying out the decision")),
    ("5", N_("5 Supervision and appraisal")),
    ("6", N_("6 Feedback")),
    ("7", N_("7 Evaluation and closing the case")),
)
MEETINGS = (
    ("council", N_("Council meeting")),
    ("talk", N_("Open talk")),
    ("appraisal", N_("Appraisal meeting")),
    ("hearing", N_("Hearing")),
    ("consultation", N_("Consultation meeting")),
)
_PERSON = N_("Used to reach you about this application; not shown to experts and never published.")

_COSTS = (
    Field("category", N_("Budget head"), Kind.CHOICE, choices=_choices(Category)),
    Field("content", N_("What for"), limit=60),
    Field("unit_price", N_("Unit price"), Kind.MONEY),
    Field("quantity", N_("Quantity"), Kind.QUANTITY),
    Field("unit", N_("Unit"), limit=10, required=False),
)


def group_key(name: str) -> str:
    """A filed group's name by which two are held to be the same: letters and figures alone, however wide."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", name).casefold() if sign.isalnum())


ORGANIZATION = Part(
    "organization",
    1,
    N_("Organization"),
    (
        Field(
            "group_name",
            N_("Filed group that you sponsor"),
            limit=60,
            required=False,
            hint=N_("Only for a filed community group without a credit code: you apply and are paid for it."),
        ),
        Field(
            "group_filing",
            N_("Where the group is filed, and under which number"),
            limit=60,
            required=False,
            hint=N_("Only with a filed group: for example the sub-district and the number of its filing."),
        ),
        Field(
            "group_lead",
            N_("Who leads the filed group"),
            limit=30,
            required=False,
            hint=N_(
                "Only with a filed group: the group does the work, you are paid and answer for the money."
            ),
        ),
        Field("experience", N_("Experience with similar projects"), Kind.LONG, 200, required=False),
        Field(
            "past_projects",
            N_("Similar projects"),
            Kind.TABLE,
            required=False,
            columns=(
                Field("title", N_("Project"), limit=60),
                Field("period", N_("From and to"), limit=30, required=False),
                Field("source", N_("Paid by"), limit=60, required=False),
                Field("amount", N_("Amount"), Kind.MONEY, required=False),
            ),
        ),
        Field("won_before", N_("Has won a venture round before"), Kind.CHOICE, choices=YES_NO),
        Field("won_which", N_("Which rounds and projects"), limit=200, required=False),
    ),
)
BASICS = Part(
    "basics",
    2,
    N_("Basics"),
    (
        Field("title", N_("Project title"), limit=30, hint=N_("The title names the service.")),
        Field("theme", N_("Theme"), Kind.CHOICE),
        Field("field", N_("Service field"), Kind.CHOICE),
        Field(
            "topic",
            N_("Topic of the call"),
            Kind.CHOICE,
            required=False,
            hint=N_("The topics stand in the call, proposed by communities."),
        ),
        Field("starts_on", N_("First day of the project"), Kind.DAY, hint=N_("For example 2018-08-01")),
        Field("ends_on", N_("Last day of the project"), Kind.DAY, hint=N_("For example 2019-04-30")),
        Field("communities", N_("Communities where the project works"), Kind.MANY),
        Field(
            "demanded_by",
            N_("Office, street or community that asks for it"),
            limit=60,
            required=False,
        ),
        Field(
            "asked",
            N_("Amount applied for"),
            Kind.MONEY,
            unit=N_("yuan"),
            hint=N_("Must equal the sum of the lines paid by the grant."),
        ),
        Field(
            "direct",
            N_("People who benefit directly"),
            Kind.COUNT,
            unit=N_("people"),
            hint=N_("People, each counted once, not attendances."),
        ),
        Field("indirect", N_("People who benefit indirectly"), Kind.COUNT, required=False, unit=N_("people")),
    ),
)
PLAN = Part(
    "plan",
    3,
    N_("Need and plan"),
    (
        Field("summary", N_("Summary of the project"), Kind.LONG, 500),
        Field(
            "need",
            N_("Analysis of the need"),
            Kind.LONG,
            500,
            hint=N_("How the need was found, with numbers where you have them."),
        ),
        Field("beneficiaries_text", N_("Who benefits"), Kind.LONG, 100),
        Field(
            "beneficiaries",
            N_("Groups that are served regularly"),
            Kind.TABLE,
            columns=(
                Field("kind", N_("Group served"), limit=30),
                Field("count", N_("Number of people"), Kind.COUNT),
                Field("note", N_("Note"), limit=60, required=False),
            ),
        ),
        Field("goal", N_("Main goal"), Kind.LONG, 200),
        Field(
            "goals",
            N_("Goals that can be measured"),
            Kind.TABLE,
            columns=(
                Field("text", N_("Goal"), limit=60),
                Field("unit", N_("Unit"), limit=10),
                Field("target", N_("Target"), Kind.COUNT),
            ),
        ),
        Field(
            "plan",
            N_("Plan of work"),
            Kind.TABLE,
            columns=(
                Field("phase", N_("Phase"), limit=30),
                Field("period", N_("Time"), limit=30),
                Field("activity", N_("Activity"), limit=100),
                Field("times", N_("How many times"), Kind.COUNT),
                Field("persons", N_("Number of people"), Kind.COUNT, required=False),
                Field("output", N_("Output"), limit=60, required=False),
            ),
        ),
        Field("feature", N_("What is special about the project"), Kind.LONG, 200),
        Field("risks", N_("Risks and how they are met"), Kind.LONG, 200),
        Field("lasting", N_("What stays after the project"), Kind.LONG, 300, required=False),
    ),
)
MONEY = Part(
    "money",
    4,
    N_("Budget"),
    (
        Field("fund_own", FundKind.OWN.label, Kind.MONEY, required=False, unit=N_("yuan")),
        Field("fund_donated", FundKind.DONATED.label, Kind.MONEY, required=False, unit=N_("yuan")),
        Field("fund_expected", FundKind.EXPECTED.label, Kind.MONEY, required=False, unit=N_("yuan")),
        Field("costs_grant", CostTable.GRANT.label, Kind.TABLE, columns=_COSTS),
        Field("costs_matching", CostTable.MATCHING.label, Kind.TABLE, columns=_COSTS, required=False),
    ),
)
TEAM = Part(
    "team",
    5,
    N_("Team"),
    (
        Field("lead_name", N_("Project lead"), limit=20, names=True),
        Field("lead_position", N_("Position of the lead"), limit=30),
        Field("lead_phone", N_("Mobile number of the lead"), limit=20, contact=True, hint=_PERSON),
        Field("lead_email", N_("E-mail of the lead"), limit=60, required=False, contact=True, hint=_PERSON),
        Field(
            "team",
            N_("Members"),
            Kind.TABLE,
            least=2,
            hint=N_("At least two. Telephone numbers of members are not needed."),
            columns=(
                Field("name", N_("Full name"), limit=20, names=True),
                Field("education", N_("Education"), limit=20, required=False),
                Field("subject", N_("Subject of study"), limit=20, required=False),
                Field("licence", N_("Social work licence"), limit=30, required=False),
                Field("role", N_("Part in the project"), limit=30),
                Field("time", N_("Time given to it"), limit=30),
                Field("insured", N_("Social insurance paid"), Kind.CHOICE, choices=YES_NO),
            ),
        ),
    ),
)
PAPERS = Part("papers", 6, N_("Papers"), ())
PLEDGE = Part(
    "pledge",
    7,
    N_("Pledge"),
    (
        Field(
            "pledge",
            N_(
                "What this application says is true and complete; we accept checks, evaluation and audit "
                "of the project and use the money only for it."
            ),
            Kind.TICK,
        ),
    ),
)
THEME = Part(
    "theme",
    9,
    N_("Consultation theme"),
    (
        Field(
            "council_exists",
            N_("Deliberation council exists in the community"),
            Kind.CHOICE,
            choices=YES_NO,
        ),
        Field("steps", N_("Steps that the project will support"), Kind.MANY, choices=STEPS),
        Field("topic_source", N_("Where the matters come from"), Kind.LONG, 200),
        Field("expected_matters", N_("Matters expected"), Kind.COUNT, unit=N_("matters")),
        Field(
            "meetings",
            N_("Meetings"),
            Kind.TABLE,
            columns=(
                Field("kind", N_("Kind of meeting"), Kind.CHOICE, choices=MEETINGS),
                Field("times", N_("How many times"), Kind.COUNT),
            ),
        ),
        Field(
            "trained",
            N_("Attendances at trainings"),
            Kind.COUNT,
            required=False,
            unit=N_("attendances"),
        ),
        Field(
            "matters",
            N_("Numbers of matters already begun"),
            limit=200,
            required=False,
            hint=N_("The public number of each matter, with a comma between them."),
        ),
        Field("baseline", N_("Where things stand before the project"), Kind.LONG, 200),
    ),
)
PARTS = (ORGANIZATION, BASICS, PLAN, MONEY, TEAM, PAPERS, PLEDGE, THEME)
FIELDS: Mapping[str, Field] = {field.key: field for part in PARTS for field in part.fields}
OWN = Part("own", 10, N_("Questions of this round"), ())
"""The part of a round's own questions, before it has any."""

_KINDS = {
    QuestionKind.TEXT: Kind.TEXT,
    QuestionKind.LONG: Kind.LONG,
    QuestionKind.NUMBER: Kind.QUANTITY,
    QuestionKind.MONEY: Kind.MONEY,
    QuestionKind.DAY: Kind.DAY,
    QuestionKind.CHOICE: Kind.CHOICE,
    QuestionKind.MANY: Kind.MANY,
    QuestionKind.FILE: Kind.FILE,
}


def own(questions: Sequence[Question]) -> tuple[Field, ...]:
    """The fields of a round's own questions; what the officer wrote is shown as it is."""
    known = {question.code: question for question in questions}
    return tuple(_own(question, known.get(question.after)) for question in questions)


def _own(question: Question, subject: Question | None) -> Field:
    lowest, highest = question.range
    return Field(
        question.code,
        Verbatim(question.title),
        _KINDS[question.kind],
        question.limit,
        question.required,
        Verbatim(question.hint),
        N_("yuan") if question.kind is QuestionKind.MONEY else "",
        tuple((code, Verbatim(text)) for code, text in question.choices),
        lowest=lowest,
        highest=highest,
        when=When(
            subject.code, question.answer, subject.title, dict(subject.choices).get(question.answer, "")
        )
        if subject
        else None,
    )


def form(consultation: bool, own: Sequence[Field] = ()) -> tuple[Part, ...]:
    """The parts of the form in the order they are filled in; the theme's and the round's own only where asked."""
    fixed = tuple(part for part in PARTS if part is not THEME or consultation)
    return (*fixed, replace(OWN, fields=tuple(own))) if own else fixed


# --- reading ---


class Unreadable(ValueError):
    """What was typed is not what the field holds; `why` is the code of the reason."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def read(field: Field, text: str) -> Any:
    """The value of a text: fen, hundredths, whole number, day, True for a tick, None. Raises Unreadable."""
    if not text.strip():
        return None
    try:
        if field.kind is Kind.MONEY or field.kind is Kind.QUANTITY:
            return money.parse(text)
        if field.kind is Kind.COUNT:
            hundredths = money.parse(text)
            if hundredths % 100:
                raise Unreadable("count")
            return hundredths // 100
        if field.kind is Kind.DAY:
            return clock.parse_day(text)
    except (money.Malformed, clock.Malformed) as wrong:
        raise Unreadable(field.kind.name.lower()) from wrong
    if field.kind is Kind.CHOICE and field.choices and text not in dict(field.choices):
        raise Unreadable("choice")
    return True if field.kind is Kind.TICK else text


def show(kind: Kind, value: Any) -> str:
    """The text by which a value stands in its field: 1200050 fen → «12,000.50»; texts stay as they are."""
    if value is None or value is False:
        return ""
    if isinstance(value, str):
        return value
    if kind is Kind.TICK:
        return "yes"
    if kind is Kind.MONEY:
        return money.text(value)
    if kind is Kind.QUANTITY:
        return f"{value // 100}.{value % 100:02d}".removesuffix("0").removesuffix("0").removesuffix(".")
    return value.isoformat() if isinstance(value, date) else str(value)


def normal(field: Field, raw: Raw) -> Raw:
    """The text in its one form, so that texts of equal meaning are equal; what cannot be read stays as typed.

    A table keeps empty rows between others, since rows are told apart by their place while the page is open.
    """
    if isinstance(raw, str):
        text = raw.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n").strip()
        try:
            return show(field.kind, read(field, text))
        except Unreadable:
            return text
    if field.kind in (Kind.MANY, Kind.FILE):
        return sorted({value.strip() for value in raw if isinstance(value, str)} - {""}, key=_by_number)
    rows = [
        {column.key: str(normal(column, show(column.kind, row.get(column.key)))) for column in field.columns}
        for row in raw
        if isinstance(row, dict)
    ]
    while rows and not any(rows[-1].values()):
        rows.pop()
    return rows


def _by_number(text: str) -> tuple[int, str]:
    return (int(text) if text.isdecimal() else 0, text)


def empty(field: Field) -> Raw:
    """What a field holds before anybody has typed."""
    return [] if field.plural else ""


def filled(raw: Raw) -> list[Row]:
    """The rows of a table that say anything."""
    return [row for row in raw if isinstance(row, dict) and any(row.values())]


def readable(field: Field, raw: Raw) -> bool:
    """Whether all in the field can be read and no row of a table is empty or lacks what a row needs."""
    try:
        if isinstance(raw, str):
            read(field, raw)
        elif field.kind is Kind.TABLE:
            return all(isinstance(row, dict) and complete(field, row) for row in raw)
    except Unreadable:
        return False
    return True


def complete(field: Field, row: Row) -> bool:
    """Whether a row of a table can be read and has all that a row needs."""
    try:
        values = {column.key: read(column, row.get(column.key, "")) for column in field.columns}
    except Unreadable:
        return False
    if any(values[column.key] is None for column in field.columns if column.required):
        return False
    return field.columns is not _COSTS or amount_of(values["unit_price"], values["quantity"]) <= money.MAX_FEN


@dataclass(frozen=True)
class Line:
    """One readable line of the budget; amount (fen) = unit price × quantity, half up."""

    table: CostTable
    category: Category
    content: str
    unit_price: int
    quantity: int
    unit: str
    amount: int


def lines(sheet: Sheet, table: CostTable) -> list[Line]:
    """The lines of one table of the budget that have what a line needs, in order."""
    field = FIELDS[f"costs_{table.value}"]
    listed = []
    for row in filled(sheet.get(field.key, [])):
        if complete(field, row):
            price, quantity = money.parse(row["unit_price"]), money.parse(row["quantity"])
            listed.append(
                Line(
                    table,
                    Category(row["category"]),
                    row["content"],
                    price,
                    quantity,
                    row.get("unit", ""),
                    amount_of(price, quantity),
                )
            )
    return listed


def amount_of(unit_price: int, quantity: int) -> int:
    """Fen of a line: unit price (fen) × quantity (hundredths), half up to the fen."""
    return money.half_up(unit_price * quantity, 100)


def value(sheet: Sheet, key: str) -> Any:
    """The value of a field that holds one text, or None when it is empty or cannot be read."""
    raw = sheet.get(key, "")
    try:
        return read(FIELDS[key], raw) if isinstance(raw, str) else None
    except Unreadable:
        return None


@dataclass(frozen=True)
class Sums:
    """The budget's sums in fen."""

    asked: int
    grant: int
    matching: int
    funds: int

    @property
    def total(self) -> int:
        return self.grant + self.matching

    @property
    def share(self) -> int:
        """The grant's share of the whole budget, in hundredths of a percent."""
        return money.half_up(10000 * self.grant, self.total) if self.total else 0


def sums(sheet: Sheet) -> Sums:
    """The sums as they stand, of what can be read."""
    return Sums(
        value(sheet, "asked") or 0,
        sum(line.amount for line in lines(sheet, CostTable.GRANT)),
        sum(line.amount for line in lines(sheet, CostTable.MATCHING)),
        sum(value(sheet, f"fund_{kind}") or 0 for kind in ("own", "donated", "expected")),
    )


def length(sheet: Sheet, own: Iterable[Field] = ()) -> int:
    """The signs of everything typed in the form, the round's own questions included."""
    return sum(
        signs(text)
        for field in (*FIELDS.values(), *own)
        for text in _texts(sheet.get(field.key, ""))
        if field.kind in (Kind.TEXT, Kind.LONG, Kind.TABLE)
    )


def _texts(raw: Raw) -> Iterator[str]:
    for each in [raw] if isinstance(raw, str) else raw:
        yield from [each] if isinstance(each, str) else each.values()


# --- obstacles ---


@dataclass(frozen=True)
class Terms:
    """What the round asks: ceiling (fen), shares in percent, papers as (code, name, whether there).

    `profile` names what the organization's own record still lacks, as (key, label); `own` are the fields of the
    round's own questions that are asked, given the answers.
    """

    theme: str = ""
    ceiling: int | None = None
    consultation: bool = False
    management_cap: int | None = None
    staff_cap: int | None = None
    grant_share: int | None = None
    themes: Collection[str] = ()
    fields: Collection[str] = ()
    topics: Collection[str] = ()
    topic_required: bool = False
    papers: Sequence[tuple[str, str, bool]] = ()
    profile: Sequence[tuple[str, str]] = ()
    own: Sequence[Field] = ()


def blockers(sheet: Sheet, terms: Terms, pages: Sequence[Part] = ()) -> list[Blocker]:
    """All that stands in the way of submitting, part by part; the facts name part and row.

    `pages`: only these parts, whose fields may be some of the form's.
    """
    found: list[Blocker] = []
    for part in pages or form(terms.consultation, terms.own):
        if part is ORGANIZATION:
            found += [
                Blocker("applications.profile", f"profile-{key}", {"part": part.code, "label": label})
                for key, label in terms.profile
            ]
        for field in part.fields:
            found += _of_field(part, field, sheet.get(field.key, empty(field)))
        if part is ORGANIZATION and sheet.get("group_name"):
            found += [
                Blocker("applications.missing", key, {"part": part.code, "label": FIELDS[key].label})
                for key in ("group_filing", "group_lead")
                if not sheet.get(key)
            ]
        if part.code == BASICS.code:
            found += _of_basics(sheet, terms)
        if part is MONEY:
            found += _of_money(sheet, terms)
        if part is PAPERS:
            found += [
                Blocker("applications.paper", f"paper-{code}", {"part": part.code, "name": name})
                for code, name, there in terms.papers
                if not there
            ]
    return found


def _of_field(part: Part, field: Field, raw: Raw) -> Iterator[Blocker]:
    facts: dict[str, Any] = {"part": part.code, "label": field.label}
    if isinstance(raw, str):
        yield from _of_text(field, raw, field.key, facts)
        return
    if field.kind in (Kind.MANY, Kind.FILE):
        if field.required and len(raw) < field.least:
            yield Blocker("applications.missing", field.key, facts)
        for code in raw:
            if field.kind is Kind.MANY and field.choices and code not in dict(field.choices):
                yield Blocker("applications.unreadable", field.key, facts | {"typed": code, "why": "choice"})
        return
    rows = filled(raw)
    if field.required and len(rows) < field.least:
        yield Blocker("applications.rows", field.key, facts | {"least": field.least, "have": len(rows)})
    for place, row in enumerate(raw):
        if isinstance(row, dict) and any(row.values()):
            wrong: list[Blocker] = []
            for column in field.columns:
                where = {"row": place + 1, "column": column.label}
                anchor = f"{field.key}-{place}-{column.key}"
                wrong += _of_text(column, row.get(column.key, ""), anchor, facts | where)
            yield from wrong
            if not wrong and not complete(field, row):
                anchor = f"{field.key}-{place}-quantity"
                yield Blocker("applications.too_large", anchor, facts | {"row": place + 1})


def _of_text(field: Field, text: str, anchor: str, facts: dict[str, Any]) -> Iterator[Blocker]:
    try:
        found = read(field, text)
    except Unreadable as wrong:
        yield Blocker("applications.unreadable", anchor, facts | {"typed": text, "why": wrong.why})
        return
    if found is None and field.required:
        yield Blocker("applications.missing", anchor, facts)
    if field.limit is not None and (length := signs(text)) > field.limit:
        over = {"limit": field.limit, "length": length, "excess": length - field.limit}
        yield Blocker("applications.too_long", anchor, facts | over)
    low = field.lowest is not None and found is not None and found < field.lowest
    if low or (field.highest is not None and found is not None and found > field.highest):
        least, most = field.bounds
        bounds = {"typed": text, "least": least, "most": most, "day": field.kind is Kind.DAY}
        yield Blocker("applications.out_of_range", anchor, facts | bounds)


def _of_basics(sheet: Sheet, terms: Terms) -> Iterator[Blocker]:
    facts = {"part": BASICS.code}
    if terms.topic_required and not sheet.get("topic"):
        yield Blocker("applications.missing", "topic", facts | {"label": FIELDS["topic"].label})
    for key, allowed in (("theme", terms.themes), ("field", terms.fields), ("topic", terms.topics)):
        if sheet.get(key) and sheet[key] not in allowed:
            yield Blocker("applications.not_offered", key, facts | {"label": FIELDS[key].label})
    starts, ends = value(sheet, "starts_on"), value(sheet, "ends_on")
    if starts and ends and ends < starts:
        yield Blocker("applications.period", "ends_on", facts | {"starts": starts, "ends": ends})
    asked = value(sheet, "asked")
    if asked == 0:
        yield Blocker("applications.nothing_asked", "asked", facts)
    if asked and terms.ceiling is not None and asked > terms.ceiling:
        over = {"asked": asked, "ceiling": terms.ceiling, "excess": asked - terms.ceiling}
        yield Blocker("applications.over_ceiling", "asked", facts | over | {"theme": terms.theme})


def _of_money(sheet: Sheet, terms: Terms) -> Iterator[Blocker]:
    facts = {"part": MONEY.code}
    have = sums(sheet)
    if have.grant != have.asked:
        differ = {"asked": have.asked, "lines": have.grant, "difference": abs(have.asked - have.grant)}
        yield Blocker("applications.grant_lines", "costs_grant", facts | differ)
    if have.matching != have.funds:
        differ = {
            "funds": have.funds,
            "lines": have.matching,
            "difference": abs(have.funds - have.matching),
        }
        yield Blocker("applications.matching_lines", "costs_matching", facts | differ)
    granted = lines(sheet, CostTable.GRANT)
    for category, cap in (
        (Category.MANAGEMENT, terms.management_cap),
        (Category.STAFF, terms.staff_cap),
    ):
        spent = sum(line.amount for line in granted if line.category is category)
        most = cap * have.grant // 100 if cap is not None else spent
        if spent > most:
            share = money.half_up(10000 * spent, have.grant)
            over = {"category": category, "amount": spent, "share": share, "cap": cap, "excess": spent - most}
            yield Blocker("applications.over_cap", "costs_grant", facts | over)
    if terms.grant_share is not None and 100 * have.grant > terms.grant_share * have.total:
        yield Blocker(
            "applications.grant_share",
            "costs_matching",
            facts | {"share": have.share, "cap": terms.grant_share},
        )


class Progress(Word):
    """How far a part has come."""

    EMPTY = "empty", N_("Not yet begun")
    HALF = "half", N_("Not complete")
    DONE = "done", N_("Complete")


def progress(part: Part, sheet: Sheet, found: Iterable[Blocker], *, papers: bool = False) -> Progress:
    """How far the part has come, given all blockers; `papers`: whether any file has been attached."""
    if not any(blocker.facts.get("part") == part.code for blocker in found):
        return Progress.DONE
    begun = papers if part is PAPERS else any(sheet.get(field.key) for field in part.fields)
    return Progress.HALF if begun else Progress.EMPTY
