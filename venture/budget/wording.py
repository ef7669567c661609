"""What the documents of the award say (项目协议书, 补充协议, the papers of a signing day): values in, blocks out.

They are documents of the bureau and so always Chinese, whatever language a page is read in. A block is a style and its
text, or a table, as `documents` sets them.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from venture import clock, money
from venture.rounds.wording import ordinal

Block = tuple[str, Any]
BLANK = "____________________"
_CONDITIONS = {"signed": "本协议签订后", "midterm": "中期评估合格后", "closing": "末期评估和审计通过后"}


def number_of(pattern: str, year: int, place: int) -> str:
    """An agreement's number: «协字〔YYYY〕##号» of 2018, 7 → 协字〔2018〕07号. Empty where the pattern has no #."""
    if "#" not in pattern:
        return ""
    return re.sub("#+", lambda run: f"{place:0{len(run[0])}d}", pattern.replace("YYYY", str(year)), count=1)


def place_of(pattern: str, year: int, number: str) -> int:
    """Which running number an agreement's number carries by the pattern; 0 when it is not one of the pattern."""
    before, _run, after = pattern.replace("YYYY", str(year)).partition("#")
    after = after.lstrip("#")
    found = re.fullmatch(rf"{re.escape(before)}([0-9]{{1,9}}){re.escape(after)}", number)
    return int(found[1]) if found and "#" in pattern else 0


def digest(content: Iterable[Block]) -> str:
    """The SHA-256 of a document's blocks, in hexadecimal: the code in its foot are the first sixteen signs."""
    text = json.dumps(
        [list(block) for block in content], ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(text.encode()).hexdigest()


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]) -> Block:
    """A table; `widths` is the ratio of its columns."""
    return "table", {"heads": list(heads), "rows": [list(row) for row in rows], "widths": list(widths)}


def yuan(fen: int) -> str:
    """An amount as agreements write it: in figures and in capitals."""
    return f"人民币{money.text(fen)}元（大写：人民币{money.capitals(fen)}）"


# --- the agreement ---


@dataclass(frozen=True)
class Part:
    """One instalment: its name, amount in fen, the word of its condition and its working days."""

    name: str
    amount: int
    condition: str
    days: int


@dataclass(frozen=True)
class Terms:
    """What an agreement rests on. `approved` and `contracted` in fen; `third` are those who sign beside the two."""

    number: str
    round: str
    bureau: str
    organization: str
    credit_code: str
    signatory: str
    third: Sequence[str]
    group: str
    project: str
    project_no: str
    period: tuple[date, date] | None
    communities: Sequence[str]
    direct: int | None
    goals: Sequence[str]
    approved: int
    contracted: int
    parts: Sequence[Part]
    clauses: Sequence[str]
    annexes: Sequence[str]
    budget: Sequence[tuple[str, str, int]]  # head, what for, fen: of the accepted revision


def agreement(terms: Terms) -> list[Block]:
    """项目协议书, article by article; the annexed budget where plan and budget were revised."""
    bureau = terms.bureau or "（民政局）"
    made: list[Block] = [
        ("title", f"{terms.round}\n项目协议书"),
        ("right", f"协议编号：{terms.number}"),
        ("text", f"甲方（资助方）：{bureau}"),
        ("text", f"乙方（承接单位）：{terms.organization}（统一社会信用代码 {terms.credit_code}）"),
        *(("text", f"丙方：{name}") for name in terms.third),
        ("text", f"为规范“{terms.project}”项目的实施，各方经协商一致，订立本协议。"),
    ]
    articles = [
        ("项目内容", _work(terms)),
        ("资助金额", _amount(terms)),
        ("拨款方式", _parts(terms)),
        ("各方责任", _duties(terms)),
        ("变更和终止", [_CHANGES, _END]),
        ("其他约定", [f"（{ordinal(place)}）{each}" for place, each in enumerate(terms.clauses, start=1)]),
        ("附件", _annexes(terms)),
    ]
    kept = [(heading, said) for heading, said in articles if said]
    for place, (heading, said) in enumerate(kept, start=1):
        made.append(("heading", f"{ordinal(place)}、{heading}"))
        made += [("text", line) for line in said]
    made.append(
        ("text", f"本协议一式{ordinal(2 + len(terms.third))}份，各方各执一份，自各方签字盖章之日起生效。")
    )
    made += _signed(["甲方", "乙方", *("丙方" for _each in terms.third)], terms.signatory)
    return [*made, *_budget(terms)]


_CHANGES = (
    "项目内容、预算、期限或者签约代表需要变更的，由一方书面提出，经各方同意后签订补充协议，不得口头变更。"
)
_END = "乙方无故停止实施、挪用资金或者评估不合格的，甲方可以终止本协议，停止拨款并收回未用于项目的资金。"


def _work(terms: Terms) -> list[str]:
    said = [f"项目名称：{terms.project}（项目编号 {terms.project_no}）。"]
    if terms.period:
        first, last = (clock.chinese_day(day) for day in terms.period)
        said.append(f"实施期限：{first}至{last}。")
    if terms.communities:
        said.append(f"实施地点：{'、'.join(terms.communities)}。")
    if terms.group:
        said.append(f"实施团队：{terms.group}（备案社区社会组织），由乙方管理并对其使用的资金负责。")
    if terms.direct:
        said.append(f"直接受益人数：不少于{terms.direct}人。")
    if terms.goals:
        said.append(f"项目目标：{'；'.join(terms.goals)}。")
    return [f"（{ordinal(place)}）{each}" for place, each in enumerate(said, start=1)]


def _amount(terms: Terms) -> list[str]:
    said = [f"甲方资助乙方实施本项目{yuan(terms.contracted)}。"]
    if terms.contracted != terms.approved:
        said.append(f"本项目核定金额为人民币{money.text(terms.approved)}元，各方同意按前款金额签订。")
    return said


def _parts(terms: Terms) -> list[str]:
    said = [
        f"{part.name}：{_CONDITIONS[part.condition]}{part.days}个工作日内，拨付{yuan(part.amount)}。"
        for part in terms.parts
    ]
    said.append("资金拨入乙方登记并经核对的对公账户，户名与乙方名称一致；账户变更须书面提出并经核对。")
    return [f"（{ordinal(place)}）{each}" for place, each in enumerate(said, start=1)]


def _duties(terms: Terms) -> list[str]:
    said = [
        "甲方按约定拨付资金，对项目实施和资金使用进行指导、检查、评估和审计。",
        "乙方按申报书和经认可的计划、预算实施项目，专款专用、单独核算，保存凭证和活动记录备查。",
        "乙方按时提交中期和末期报告，接受评估和审计；结余资金按结算结果退回甲方。",
        "受资助的场所、物资和宣传材料按规定标明资金来源；服务对象的个人信息依法保护。",
    ]
    if terms.third:
        said.append("丙方协助项目落地，提供场地和人员便利，不收取乙方任何费用。")
    return [f"（{ordinal(place)}）{each}" for place, each in enumerate(said, start=1)]


def _annexes(terms: Terms) -> list[str]:
    return [f"{place}. {each}" for place, each in enumerate(terms.annexes, start=1)]


def _budget(terms: Terms) -> list[Block]:
    if not terms.budget:
        return []
    rows = [
        [str(place), head, content, money.text(fen)]
        for place, (head, content, fen) in enumerate(terms.budget, start=1)
    ]
    total = sum(fen for _head, _content, fen in terms.budget)
    return [
        ("page", ""),
        ("title", "项目预算（优化后）"),
        ("right", "单位：元"),
        table(
            ["序号", "科目", "内容", "金额"],
            [*rows, ["", "合计", "", money.text(total)]],
            [1, 3, 6, 3],
        ),
        ("text", f"合计{yuan(total)}。"),
    ]


def _signed(parties: Sequence[str], signatory: str) -> list[Block]:
    made: list[Block] = []
    for place, party in enumerate(parties):
        made += [
            ("text", f"{party}（盖章）：{BLANK}"),
            ("text", f"代表（签字）：{BLANK}" + (f"（{signatory}）" if place == 1 and signatory else "")),
            ("text", "日期：　　　　年　　月　　日"),
        ]
    return made


# --- what amends it ---


def amendment(
    *,
    number: str,
    agreement_no: str,
    round: str,
    bureau: str,
    organization: str,
    third: Sequence[str],
    project: str,
    effective_on: date,
    reason: str,
    changes: Sequence[Sequence[str]],
    signatory: str,
) -> list[Block]:
    """补充协议: what the agreement says from now on, both values side by side."""
    return [
        ("title", f"{round}\n项目补充协议"),
        ("right", f"协议编号：{number}"),
        ("text", f"甲方（资助方）：{bureau or '（民政局）'}"),
        ("text", f"乙方（承接单位）：{organization}"),
        *(("text", f"丙方：{name}") for name in third),
        (
            "text",
            f"各方就“{project}”项目签订的协议（编号 {agreement_no}），因{reason.rstrip('。')}，作如下变更，"
            f"自{clock.chinese_day(effective_on)}起生效。",
        ),
        table(
            ["序号", "变更事项", "原约定", "变更后"],
            [[str(place), *row] for place, row in enumerate(changes, start=1)],
            [1, 3, 5, 5],
        ),
        ("text", "原协议的其他约定不变。本补充协议与原协议具有同等效力，各方各执一份。"),
        *_signed(["甲方", "乙方", *("丙方" for _each in third)], signatory),
    ]


# --- the papers of a signing day ---


@dataclass(frozen=True)
class Row:
    """One agreement on the lists of a signing day."""

    number: str
    project: str
    organization: str
    signatory: str
    copies: int
    signed_on: date | None = None


def sign_in(round: str, rows: Sequence[Row]) -> list[Block]:
    """签约签到表."""
    lines = [
        [str(place), row.number, row.project, row.organization, row.signatory, "", "", ""]
        for place, row in enumerate(rows, start=1)
    ]
    heads = ["序号", "协议编号", "项目名称", "单位", "签约代表", "实到人", "电话", "签名"]
    return [
        ("title", f"{round}签约签到表"),
        ("text", f"日期：{BLANK}　地点：{BLANK}"),
        table(heads, lines, [1, 4, 5, 5, 3, 3, 4, 4]),
    ]


def seal_register(round: str, rows: Sequence[Row]) -> list[Block]:
    """用印登记表: what is sealed, how many copies; who asked, who approved and who sealed is written by hand."""
    lines = [
        [str(place), row.number, f"{row.project}\n{row.organization}", str(row.copies), "", "", "", ""]
        for place, row in enumerate(rows, start=1)
    ]
    total = sum(row.copies for row in rows)
    heads = ["序号", "文件编号", "文件名称", "份数", "用印日期", "经办人", "批准人", "盖章人"]
    return [
        ("title", f"{round}协议用印登记表"),
        table(heads, [*lines, ["", "", "合计", str(total), "", "", "", ""]], [1, 4, 7, 1, 3, 3, 3, 3]),
    ]


def missing_scans(round: str, rows: Sequence[Row]) -> list[Block]:
    """未收扫描件清单: signed or not yet, whose signed copy has not been scanned."""
    lines = [
        [
            str(place),
            row.number,
            row.project,
            row.organization,
            row.signed_on.isoformat() if row.signed_on else "未签",
            "",
        ]
        for place, row in enumerate(rows, start=1)
    ]
    heads = ["序号", "协议编号", "项目名称", "单位", "签订日期", "收到日期"]
    said = f"共{len(rows)}份未收到扫描件。" if rows else "扫描件已全部收齐。"
    return [
        ("title", f"{round}协议未收扫描件清单"),
        ("text", said),
        *([table(heads, lines, [1, 4, 6, 6, 3, 3])] if rows else []),
    ]
