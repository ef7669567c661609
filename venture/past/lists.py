"""A list of earlier awards as it stands in a file: an office's own Excel table, or a 360Giving package.

Amounts are whole hundredths of their currency's unit (fen, pence), whatever the currency; they are added up only within
one currency. Nothing is rounded: what is finer is a fault of its row. Source of the fields: 360Giving Data Standard
1.4; the columns of 立项汇总表 (domain §5).
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from venture import clock, money
from venture.people import credit_code
from venture.refusal import Blocker, Refused
from venture.words import N_, Word

YUAN = "CNY"
MOST_ROWS = 20_000
"""Awards of one file."""
MOST_TEXT = 4_000
"""Characters of one text; a longer one is cut off with «…», the file itself is kept whole."""


class Outcome(Word):
    """What came of an earlier project, for the rules that look back at it."""

    CLOSED = "closed", N_("Finished and accepted")
    RUNNING = "running", N_("Not finished yet")
    BROKEN_OFF = "broken_off", N_("Ended early")


class Column(Word):
    """What a column of an office's list may hold."""

    NUMBER = "number", N_("Project number")
    TITLE = "title", N_("Project")
    ORGANIZATION = "organization", N_("Organization")
    CODE = "code", N_("Credit code")
    YEAR = "year", N_("Year")
    ROUND = "round_name", N_("Round")
    PROGRAMME = "programme", N_("Theme")
    FIELD = "field", N_("Service field")
    PLACE = "place", N_("Communities")
    SCORE = "score", N_("Score")
    RANK = "rank", N_("Rank")
    ASKED = "asked", N_("Requested amount")
    AMOUNT = "amount", N_("Awarded amount")
    AGREEMENT = "agreement_no", N_("Agreement number")
    DAY = "awarded_on", N_("Day of the award")
    OUTCOME = "outcome", N_("What came of it")
    NOTE = "note", N_("Remark")


NEEDED = (Column.TITLE, Column.ORGANIZATION, Column.AMOUNT)
"""The columns without which no row says anything."""
_USUAL = {
    Column.NUMBER: "项目编号 编号 立项编号",
    Column.TITLE: "项目名称 项目 名称",
    Column.ORGANIZATION: "申报单位 承接单位 机构名称 实施单位 申报机构 承接机构 社会组织名称 单位名称",
    Column.CODE: "统一社会信用代码 信用代码 机构代码",
    Column.YEAR: "年度 年份",
    Column.ROUND: "届次 届",
    Column.PROGRAMME: "专题 类别(专题) 类别 项目类别 专项",
    Column.FIELD: "服务领域 领域",
    Column.PLACE: "实施社区 实施地点 实施区域 社区",
    Column.SCORE: "得分 平均分 评分",
    Column.RANK: "名次 排名",
    Column.ASKED: "申请金额 申报金额",
    Column.AMOUNT: "核定金额 资助金额 立项金额 批复金额 资助资金",
    Column.AGREEMENT: "协议编号 合同编号",
    Column.DAY: "立项日期 批复日期",
    Column.OUTCOME: "结项情况 项目状态 结项",
    Column.NOTE: "备注 说明",
}
_OUTCOMES = {
    Outcome.CLOSED: "已结项 结项 通过结项 合格 优秀 良好 已完成 完成 是 closed",
    Outcome.RUNNING: "未结项 执行中 实施中 在建 否 running",
    Outcome.BROKEN_OFF: "终止 已终止 清退 撤销 撤项 取消 brokenoff",
}
_OUTCOME = {word: outcome for outcome, words in _OUTCOMES.items() for word in words.split()}
_SUM = re.compile(r"(?:合计|总计|共计|小计|total|subtotal)|.{1,40}小计", re.IGNORECASE)
_TOTAL = re.compile(r"合计|总计|共计|total", re.IGNORECASE)
_FOOT = re.compile(r"(?:制表|填表|经办|审核|负责)人?:|人民币|(?:备|附)?注:|说明:|留痕")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True)
class Award:
    """One earlier award as its file tells it; `row` is its row in Excel, or its place in the package, from 1.

    `key` is what it is known by when the file comes again: its number, else year, round, organization and title.
    """

    row: int
    key: str
    title: str
    organization: str
    amount: int
    currency: str
    year: int
    number: str = ""
    code: str = ""
    round_name: str = ""
    programme: str = ""
    field: str = ""
    place: str = ""
    score: int | None = None
    rank: int | None = None
    asked: int | None = None
    agreement_no: str = ""
    awarded_on: date | None = None
    outcome: Outcome = Outcome.CLOSED
    note: str = ""


KEPT = tuple(each.name for each in fields(Award) if each.name not in {"row", "key"})
"""What of an award is kept and compared when its file comes again."""


@dataclass(frozen=True)
class Fault:
    """Why a row could not be read: its place, its text, and each reason (past.…) with the column it concerns."""

    row: int
    text: str
    reasons: Sequence[Blocker]


@dataclass
class Listed:
    """What a file holds: its awards, the rows that could not be read, how many rows were no awards (empty, sums,
    notes), and the total that the list itself states (hundredths), if it does."""

    awards: list[Award] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    passed: int = 0
    stated: int | None = None

    @property
    def sums(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Number and sum (hundredths) of the awards by currency and programme."""
        return sums((each.currency, each.programme, each.amount) for each in self.awards)


def sums(rows: Iterator[tuple[str, str, int]] | Sequence[tuple[str, str, int]]) -> dict[tuple[str, str], Any]:
    """Number and sum of amounts (hundredths) by currency and programme, in that order."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for currency, programme, amount in rows:
        count, total = found.get((currency, programme), (0, 0))
        found[currency, programme] = count + 1, total + amount
    return dict(sorted(found.items()))


# --- Excel ---


@dataclass(frozen=True)
class Head:
    """One column of the table as it came: its place from 0, its heading, and its first values."""

    place: int
    text: str
    values: Sequence[str]


@dataclass(frozen=True)
class Terms:
    """What a list says for all its rows: the year and round where no column does, 元 or 万元, what came of projects of
    which it says nothing; `down`: an empty cell under a name means the one above, as merged cells come.
    """

    year: int | None
    round_name: str
    outcome: Outcome
    in_wan: bool = False
    down: bool = False


def found_in(sheets: Mapping[str, Sequence[Sequence[Any]]], name: str = "", row: int = 0) -> tuple[str, int]:
    """The sheet and the row (from 1, as Excel counts) where the headings stand: as asked, else the first row with three
    texts or more of which one is a usual heading. Raises Refused: past.no_sheet (name), past.no_heads.
    """
    if name and name not in sheets:
        raise Refused("past.no_sheet", "sheet", name=name)
    for sheet in [name] if name else sheets:
        if row and name:
            return sheet, row
        for place, cells in enumerate(sheets[sheet][:50], start=1):
            texts = [bare(typed(value)) for value in cells if typed(value).strip()]
            if len(texts) >= 3 and any(usual(text) for text in texts):
                return sheet, place
    raise Refused("past.no_heads", "row")


def heads(grid: Sequence[Sequence[Any]], row: int) -> list[Head]:
    """The headings in this row, from 1, each with its first three values."""
    cells = grid[row - 1] if 0 < row <= len(grid) else ()
    found = []
    for place, value in enumerate(cells):
        if text := typed(value).strip():
            under = (typed(line[place]).strip() for line in grid[row:] if place < len(line))
            found.append(Head(place, text, [each for each in under if each][:3]))
    return found


def usual(text: str) -> Column | None:
    """What a column of this heading usually holds."""
    asked = re.sub(r"[(,:/]?(?:单位:?)?万?元[)]?$", "", bare(text))
    return next((column for column, words in _USUAL.items() if asked in words.split()), None)


def says_wan(grid: Sequence[Sequence[Any]], row: int) -> bool:
    """Whether the list says, above its headings or in them, that its amounts are in 万元."""
    return any("万元" in typed(value) for cells in grid[:row] for value in cells)


def stated_year(grid: Sequence[Sequence[Any]], row: int, name: str = "") -> int | None:
    """The year that stands above the headings or in the file's name."""
    texts = [typed(value) for cells in grid[: max(0, row - 1)] for value in cells] + [name]
    return next((int(found[0]) for text in texts if (found := _YEAR.search(text))), None)


def from_excel(
    grid: Sequence[Sequence[Any]], row: int, matched: Mapping[int, Column], terms: Terms
) -> Listed:
    """The awards under the headings in `row` (from 1); `matched` says what the column in each place (from 0) holds.

    Rows of sums, the foot, and rows with neither project nor amount are passed over. Raises Refused: past.not_matched
    (columns), past.matched_twice (column), past.no_year, past.too_many (most).
    """
    places = {column: place for place, column in matched.items()}
    wrong = [
        Blocker("past.matched_twice", f"column-{place}", {"column": column})
        for place, column in matched.items()
        if places[column] != place
    ]
    missing = [column for column in NEEDED if column not in places]
    if missing:
        wrong.append(Blocker("past.not_matched", "", {"columns": missing}))
    if Column.YEAR not in places and Column.DAY not in places and terms.year is None:
        wrong.append(Blocker("past.no_year", "year"))
    if len(grid) - row > MOST_ROWS:
        wrong.append(Blocker("past.too_many", "file", {"most": MOST_ROWS}))
    if wrong:
        raise Refused.all(wrong)
    listed, above, seen = Listed(), dict[Column, Any](), dict[str, int]()
    for number, cells in enumerate(grid[row:], start=row + 1):
        values = {
            column: cells[place] if place < len(cells) else None
            for place, column in matched.items()
            if typed(cells[place] if place < len(cells) else None).strip()
        }
        label = next((bare(typed(value)) for value in cells if typed(value).strip()), "")
        if _SUM.fullmatch(label) or bare(typed(values.get(Column.TITLE))) in ("合计", "总计", "小计"):
            listed.passed += 1
            if _TOTAL.fullmatch(label) and Column.AMOUNT in values:
                listed.stated = _hundredths(values[Column.AMOUNT], terms.in_wan, [], Column.AMOUNT)
        elif _FOOT.match(label) or (
            Column.AMOUNT not in values and (Column.TITLE not in values or Column.ORGANIZATION not in values)
        ):
            listed.passed += 1
        else:
            if terms.down:
                values = _filled(values, above)
                above = values
            _take(listed, seen, _Row(number, values, terms))
    return listed


def _filled(values: dict[Column, Any], above: Mapping[Column, Any]) -> dict[Column, Any]:
    """The row with what stands above its empty cells; never the code of another organization."""
    down = {each: above[each] for each in _DOWN if each in above}
    if Column.ORGANIZATION in values:
        down.pop(Column.CODE, None)
    return {**down, **values}


_DOWN = (
    Column.ORGANIZATION,
    Column.CODE,
    Column.YEAR,
    Column.ROUND,
    Column.PROGRAMME,
    Column.FIELD,
)
"""The columns whose cells an office merges over several rows."""


class _Row:
    """One row of an Excel list, read cell by cell."""

    def __init__(self, number: int, values: Mapping[Column, Any], terms: Terms) -> None:
        self.wrong: list[Blocker] = []
        self.values = values
        self.number = number
        self.text = " ".join(typed(value).strip() for value in values.values())[:80]
        self.day = self._day()
        self.year = self._year(terms)
        self.title, self.organization = self._text(Column.TITLE), self._text(Column.ORGANIZATION)
        for column, value in ((Column.TITLE, self.title), (Column.ORGANIZATION, self.organization)):
            if not value:
                self.wrong.append(Blocker("past.empty", "", {"column": column}))
        self.amount = _hundredths(values.get(Column.AMOUNT), terms.in_wan, self.wrong, Column.AMOUNT)
        self.asked = self._figure(Column.ASKED, terms.in_wan)
        self.score = self._figure(Column.SCORE)
        self.rank = self._figure(Column.RANK)
        self.outcome = self._outcome(terms)
        self.round_name = self._text(Column.ROUND) or terms.round_name
        self.project_no = self._text(Column.NUMBER)

    def award(self) -> Award:
        """The row as an award; asked only where nothing is wrong."""
        code = credit_code.normal(self._text(Column.CODE))
        named = self.project_no or f"{self.round_name}|{self.organization}|{self.title}"
        return Award(
            row=self.number,
            key=f"{self.year}|{bare(named)}",
            title=self.title,
            organization=self.organization,
            amount=self.amount or 0,
            currency=YUAN,
            year=self.year,
            number=self.project_no,
            code=code,
            round_name=self.round_name,
            programme=self._text(Column.PROGRAMME),
            field=self._text(Column.FIELD),
            place=self._text(Column.PLACE),
            score=self.score,
            rank=self.rank // 100 if self.rank is not None else None,
            asked=self.asked,
            agreement_no=self._text(Column.AGREEMENT),
            awarded_on=self.day,
            outcome=self.outcome,
            note=self._text(Column.NOTE),
        )

    def _text(self, column: Column) -> str:
        return line(typed(self.values.get(column)))

    def _figure(self, column: Column, in_wan: bool = False) -> int | None:
        if column not in self.values:
            return None
        return _hundredths(self.values[column], in_wan, self.wrong, column)

    def _day(self) -> date | None:
        value = self.values.get(Column.DAY)
        if isinstance(value, date):
            return value.date() if isinstance(value, datetime) else value
        if value is None:
            return None
        try:
            return clock.parse_day(typed(value))
        except ValueError:
            self.wrong.append(Blocker("past.day", "", {"column": Column.DAY, "text": typed(value)[:40]}))
            return None

    def _year(self, terms: Terms) -> int:
        value = self.values.get(Column.YEAR)
        found = _YEAR.search(unicodedata.normalize("NFKC", typed(value)))
        if found:
            return int(found[0])
        if value is not None:
            self.wrong.append(Blocker("past.year", "", {"column": Column.YEAR, "text": typed(value)[:40]}))
        year = self.day.year if self.day else terms.year
        if year is None and value is None:
            self.wrong.append(Blocker("past.year", "", {"column": Column.YEAR, "text": ""}))
        return year or 0

    def _outcome(self, terms: Terms) -> Outcome:
        text = self._text(Column.OUTCOME)
        found = _OUTCOME.get(bare(text).casefold()) or next(
            (outcome for outcome in Outcome if bare(text).casefold() == outcome.value), None
        )
        if text and found is None:
            self.wrong.append(Blocker("past.outcome", "", {"column": Column.OUTCOME, "text": text[:40]}))
        return found or terms.outcome


def _take(listed: Listed, seen: dict[str, int], row: _Row) -> None:
    """Add the row to the awards or the faults; a second row with the key of an earlier one is a fault."""
    if row.wrong:
        listed.faults.append(Fault(row.number, row.text, row.wrong))
        return
    _add(listed, seen, row.award(), row.text)


def _add(listed: Listed, seen: dict[str, int], award: Award, text: str) -> None:
    if award.key in seen:
        twice = Blocker("past.twice", "", {"row": seen[award.key]})
        listed.faults.append(Fault(award.row, text, [twice]))
        return
    seen[award.key] = award.row
    listed.awards.append(award)


def _hundredths(value: Any, in_wan: bool, wrong: list[Blocker], column: Column) -> int | None:
    """The cell as hundredths; what cannot be one is said in `wrong`."""
    text = typed(value).strip()
    try:
        has_unit = text.endswith(("万", "万元", "元"))
        return money.parse(text if has_unit or not in_wan else f"{text}万元")
    except money.Malformed as broken:
        facts = {"column": column, "text": text[:40], "why": broken.code}
        wrong.append(Blocker("past.amount" if text else "past.empty", "", facts))
        return None


# --- 360Giving ---


def from_360giving(document: Any, outcome: Outcome) -> Listed:
    """The awards of a 360Giving package, read with numbers as Decimal. Raises Refused: past.not_360giving,
    past.too_many (most).
    """
    grants = document.get("grants") if isinstance(document, dict) else None
    if not isinstance(grants, list):
        raise Refused("past.not_360giving", "file")
    if len(grants) > MOST_ROWS:
        raise Refused("past.too_many", "file", most=MOST_ROWS)
    listed, seen = Listed(), dict[str, int]()
    for place, grant in enumerate(grants, start=1):
        wrong: list[Blocker] = []
        award = _grant(place, grant if isinstance(grant, dict) else {}, outcome, wrong)
        text = f"{award.key} {award.title}"[:80].strip()
        if wrong:
            listed.faults.append(Fault(place, text, wrong))
        else:
            _add(listed, seen, award, text)
    return listed


def _grant(place: int, grant: Mapping[str, Any], outcome: Outcome, wrong: list[Blocker]) -> Award:
    def said(name: str, column: Column | None = None) -> str:
        found = grant.get(name)
        text = line(found) if isinstance(found, str) else ""
        if column and not text:
            wrong.append(Blocker("past.empty", "", {"column": column}))
        return text

    key, title = said("id", Column.NUMBER), said("title", Column.TITLE)
    currency = said("currency")
    if not re.fullmatch("[A-Z]{3}", currency):
        wrong.append(Blocker("past.currency", "", {"text": currency[:40]}))
    payees = _objects(grant.get("recipientOrganization"))
    if len(payees) > 1:
        wrong.append(Blocker("past.payees", "", {"count": len(payees)}))
    name = line(str(payees[0].get("name") or "")) if payees else ""
    if not name:
        wrong.append(Blocker("past.empty", "", {"column": Column.ORGANIZATION}))
    day = _iso_day(said("awardDate"), wrong)
    funders = _names(grant.get("fundingOrganization"), "name")
    return Award(
        row=place,
        key=key,
        title=title,
        organization=name,
        amount=_exact(grant.get("amountAwarded"), Column.AMOUNT, wrong) or 0,
        currency=currency,
        year=day.year if day else 0,
        number=key,
        code=line(str(payees[0].get("id") or "")) if payees else "",
        round_name=funders,
        programme=_names(grant.get("grantProgramme"), "title"),
        place=_names(grant.get("beneficiaryLocation"), "name"),
        asked=_exact(grant["amountAppliedFor"], Column.ASKED, wrong) if "amountAppliedFor" in grant else None,
        awarded_on=day,
        outcome=outcome,
        note=said("description"),
    )


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _names(value: Any, key: str) -> str:
    """The texts under `key` of a list of objects, each once, in their order."""
    found = (line(each[key]) for each in _objects(value) if isinstance(each.get(key), str))
    return "、".join(dict.fromkeys(text for text in found if text))


def _iso_day(text: str, wrong: list[Blocker]) -> date | None:
    """The day of «2021-01-26» or of a moment that begins so, as it is written there."""
    try:
        found = date.fromisoformat(text[:10])
        if len(text) > 10:
            datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or not 1900 <= found.year <= 2199:
        wrong.append(Blocker("past.day", "", {"column": Column.DAY, "text": text[:40]}))
        return None
    return found


def _exact(value: Any, column: Column, wrong: list[Blocker]) -> int | None:
    """A number of the package as hundredths, exactly but for the noise of binary fractions (41133.770000000004), which
    published files hold: what is below 1e-8 is none.
    """
    figure = Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None
    if figure is not None and figure.is_finite() and 0 <= figure * 100 <= money.MAX_FEN:
        hundredths = round(figure, 8) * 100
        if hundredths % 1 == 0:
            return int(hundredths)
    wrong.append(Blocker("past.amount", "", {"column": column, "text": str(value)[:40], "why": ""}))
    return None


# --- texts ---


def typed(value: Any) -> str:
    """What a cell holds, as it would have been typed: numbers without the noise of binary fractions."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        return f"{value:.8f}".rstrip("0").rstrip(".")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date) else str(value)


def line(text: str) -> str:
    """A text as it is kept: no signs that steer, no outer blanks, of bounded length."""
    clean = re.sub(r"\s*\n\s*", " ", _STEERING.sub(" ", text)).strip()
    return clean if len(clean) <= MOST_TEXT else clean[: MOST_TEXT - 1] + "…"


def bare(text: str) -> str:
    """A heading without blanks and line breaks, full-width signs made half-width."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
