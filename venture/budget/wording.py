"""What the documents of an award say (公示, 项目协议书, 补充协议, a signing day's lists): values in, blocks out.

They are documents of the bureau and so always Chinese, whatever language a page is read in. A block is a style and its
text, or a table, as `documents` sets them.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
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
    made += _signed(bureau, terms.organization, terms.third, terms.signatory)
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


_HEADS = {
    "activity": "业务活动费",
    "staff": "人员费用",
    "volunteer": "志愿者补贴",
    "expert": "讲课（专家）费",
    "management": "管理费用",
    "tax": "税费",
}


def _budget(terms: Terms) -> list[Block]:
    if not terms.budget:
        return []
    rows = [
        [str(place), _HEADS[head], content, money.text(fen)]
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


def _signed(bureau: str, organization: str, third: Sequence[str], signatory: str) -> list[Block]:
    made: list[Block] = []
    parties = [("甲方", bureau), ("乙方", organization), *(("丙方", name) for name in third)]
    for party, name in parties:
        signs = f"（{signatory}）" if party == "乙方" and signatory else ""
        made += [
            ("text", f"{party}（盖章）：{name}"),
            ("text", f"代表（签字）：{BLANK}{signs}"),
            ("text", "日期：　　　　年　　月　　日"),
        ]
    return made


# --- the notice and what came of it ---


HEADS = ("序号", "项目名称", "申报单位", "专题", "实施社区", "资助金额（元）")
"""The columns of 立项公示表: no code, no account, no person."""


def notice(
    content: Mapping[str, Any], *, first: date, last: date, contact: Sequence[str], address: str, signed: str
) -> list[Block]:
    """拟立项公示 as offices publish it on their own site, from the published list and nothing else."""
    rows = content["rows"]
    marked = [row for row in rows if row["outside"]]
    made: list[Block] = [
        ("title", f"{content['round']}\n拟立项项目公示"),
        (
            "text",
            f"经评审和研究，现将{content['round']}拟立项的{len(rows)}个项目予以公示。公示期自"
            f"{clock.chinese_day(first)}起，至{clock.chinese_day(last)}24时止。",
        ),
        _list(rows, [_title(row) for row in rows]),
    ]
    if marked:
        said = "；".join(
            f"“{row['title']}”：{row['reason']}" if row["reason"] else f"“{row['title']}”" for row in marked
        )
        made.append(("text", f"带*的项目由会议另行决定并经另一人批准。{said}。"))
    made.append(
        (
            "text",
            f"对公示内容有异议的，请在公示期内通过网页 {address} 提出，或者向本单位书面反映，写明姓名、联系方式和事实。",
        )
    )
    made += [("text", line) for line in contact]
    return [*made, ("right", signed), ("right", clock.chinese_day(first))]


def _title(row: Mapping[str, Any]) -> str:
    return f"{row['title']}*" if row["outside"] else str(row["title"])


def _list(rows: Sequence[Mapping[str, Any]], titles: Sequence[str]) -> Block:
    lines = [
        [
            str(row["place"]),
            title,
            row["organization"],
            row["theme"],
            "、".join(row["communities"]),
            money.text(row["amount"]),
        ]
        for row, title in zip(rows, titles, strict=True)
    ]
    total = ["", "合计", "", "", "", money.text(sum(row["amount"] for row in rows))]
    return table(HEADS, [*lines, total], [1, 5, 5, 4, 4, 3])


def changed(
    before: Sequence[Mapping[str, Any]],
    rows: Sequence[Mapping[str, Any]],
    corrected: Sequence[tuple[str, int]],
) -> list[str]:
    """What a list says otherwise than the one before: projects taken off it, and rankings corrected (theme, version)."""
    stood = {row["place"] for row in before if not row.get("cancelled")}
    said = [
        f"第{row['place']}项“{row['title']}”取消立项，资助金额{money.text(row['amount'])}元不再执行。"
        for row in rows
        if row["cancelled"] and row["place"] in stood
    ]
    return said + [
        f"经核实，对“{theme}”的评分予以更正，排名第{version}版已重新冻结。" for theme, version in corrected
    ]


def outcome(content: Mapping[str, Any], *, kind: str, number: int, signed: str, day: date) -> list[Block]:
    """结果公告、更正公告: how the notice ended, what changed, and the list as it now stands."""
    first, last = (clock.chinese_day(date.fromisoformat(content[name])) for name in ("starts_on", "ends_on"))
    name = "公示结果公告" if kind == "result" else "公示更正公告"
    standing = [row for row in content["rows"] if not row["cancelled"]]
    made: list[Block] = [
        ("title", f"{content['round']}\n{name}（第{number}号）"),
        ("text", f"{content['round']}拟立项项目自{first}起至{last}公示。{_objections(content)}"),
    ]
    made += [("text", line) for line in content["changes"]]
    made += [("text", line) for line in content["note"].splitlines() if line.strip()]
    if standing:
        made += [
            ("text", f"现予公布的项目共{len(standing)}个："),
            _list(standing, [_title(row) for row in standing]),
        ]
    return [*made, ("right", signed), ("right", clock.chinese_day(day))]


def _objections(content: Mapping[str, Any]) -> str:
    if not content["objections"]:
        return "公示期间未收到异议。"
    return f"期间共收到异议{content['objections']}件，经核实成立{content['upheld']}件，均已答复。"


def pasted(blocks: Sequence[Block]) -> str:
    """A document as plain text to be pasted: tables with tabs between their cells."""
    said: list[str] = []
    for style, what in blocks:
        if style == "table":
            said += ["\t".join(row) for row in (what["heads"], *what["rows"])]
        else:
            said.append(what)
    return "\n".join(said)


def html(blocks: Sequence[Block]) -> str:
    """The same as HTML for another site's editor; it brings no style, script or address of its own."""
    said: list[str] = []
    for style, what in blocks:
        if style == "table":
            rows = "".join(f"<tr>{_cells('td', row)}</tr>" for row in what["rows"])
            said.append(f'<table border="1"><tr>{_cells("th", what["heads"])}</tr>{rows}</table>')
        elif style == "title":
            said.append(f"<h1>{escape(what).replace(chr(10), '<br>')}</h1>")
        else:
            said.append(f"<p>{escape(what)}</p>")
    return "\n".join(said)


def _cells(tag: str, row: Sequence[str]) -> str:
    return "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in row)


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
        *_signed(bureau or "（民政局）", organization, third, signatory),
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
