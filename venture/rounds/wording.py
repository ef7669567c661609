"""What a call for proposals says (征集公告): from a round's settings to sections, and from those to plain text.

The call is a document of the bureau and so always Chinese, whatever language a page is read in. Nothing but what the
settings hold goes into it: no person, no account, no address of anybody.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypedDict

from venture import clock, money

if TYPE_CHECKING:
    from venture.rounds.models import Briefing, Need, PaperKind, Round, Source

_CONDITIONS = {
    "signed": "协议签订后",
    "report": "中期报告审核通过后",
    "midterm": "中期评估合格后",
    "audit": "审计通过后",
    "closing": "末期评估和审计通过后",
}
_MONEY = {"lottery": "福利彩票公益金", "general": "财政预算资金"}
_SET_ASIDE = {
    "operator": "承办服务费",
    "evaluation": "评估费",
    "audit": "审计费",
    "experts": "专家评审费",
    "other": "其他费用",
}
_DIGITS = "零一二三四五六七八九"


Line = tuple[str, str]
"""One line of a document: title, centre, heading, text or right, and what it says."""


class Section(TypedDict):
    """One numbered part of a call: its heading without the number, and its paragraphs."""

    heading: str
    lines: list[str]


class Wording(TypedDict):
    """A whole call; `signed` is who issues it."""

    title: str
    opening: str
    sections: list[Section]
    signed: str


def call(
    round: "Round", topics: Sequence["Need"], briefings: Sequence["Briefing"], *, address: str
) -> Wording:
    """The call of a round as its settings stand; `address` is the round's public page."""
    written = [
        ("资金安排", _money(round)),
        ("申报对象和条件", _numbered(rule.text for rule in round.rules)),
        ("服务领域", ["、".join(field.name for field in round.fields) + "。"] if round.fields else []),
        ("选题", _topics(round, topics)),
        ("申报时间", _window(round)),
        ("申报方式和数量", _ways(round, address)),
        ("申报材料", _numbered(_paper(each) for each in round.papers)),
        ("项目周期和经费要求", _costs(round)),
        ("评审和公示", _review(round)),
        ("拨款", _plan(round)),
        ("说明会", [_briefing(each) for each in briefings]),
        ("其他事项", _numbered(line.strip() for line in round.clauses.splitlines() if line.strip())),
        ("联系方式", [line.strip() for line in round.contact.splitlines() if line.strip()]),
    ]
    return {
        "title": f"{round.name}项目征集公告",
        "opening": f"现就{round.name}面向社会组织公开征集项目，有关事项公告如下。",
        "sections": [{"heading": heading, "lines": lines} for heading, lines in written if lines],
        "signed": round.issuer,
    }


def lines(wording: Wording, *, day: str, document_no: str = "") -> list[Line]:
    """The call line by line; `day` as documents write it."""
    made: list[Line] = [("title", wording["title"])]
    made += [("centre", document_no)] if document_no else []
    made.append(("text", wording["opening"]))
    for number, section in enumerate(wording["sections"], start=1):
        made.append(("heading", f"{ordinal(number)}、{section['heading']}"))
        made += [("text", line) for line in section["lines"]]
    return [*made, ("right", wording["signed"]), ("right", day)]


def plain(lines: Iterable[Line]) -> str:
    """Lines as plain text, ready to be pasted: a blank line before each part."""
    text, before = list[str](), ""
    for kind, line in lines:
        if (
            kind == "heading"
            or (before and kind != before and "right" in (kind, before))
            or (kind == "text" and before in ("title", "centre"))
        ):
            text.append("")
        text.append(line)
        before = kind
    return "\n".join(text)


def changes(old: Wording, new: Wording) -> list[tuple[str, str, str]]:
    """What a supplement changes: heading, text before and after, section by section; empty texts for none."""
    before = {"标题": old["title"], **{each["heading"]: "\n".join(each["lines"]) for each in old["sections"]}}
    after = {"标题": new["title"], **{each["heading"]: "\n".join(each["lines"]) for each in new["sections"]}}
    before["发布单位"], after["发布单位"] = old["signed"], new["signed"]
    return [
        (heading, before.get(heading, ""), after.get(heading, ""))
        for heading in dict.fromkeys([*after, *before])
        if before.get(heading, "") != after.get(heading, "")
    ]


def supplement(
    title: str, note: str, changed: Sequence[Sequence[str]], *, signed: str, day: str, document_no: str = ""
) -> list[Line]:
    """A supplement line by line: what it says, and each changed part as it now reads."""
    made: list[Line] = [("title", title)]
    made += [("centre", document_no)] if document_no else []
    made += [("text", line) for line in note.splitlines() if line.strip()]
    for heading, _before, after in changed:
        made.append(("heading", f"“{heading}”更正为："))
        made += [("text", line) for line in (after or "（删去）").split("\n")]
    made += [("heading", "其他内容不变。")] if changed else []
    return [*made, ("right", signed), ("right", day)]


def supplement_title(round_name: str, number: int) -> str:
    """What the supplement of this number among the round's announcements is called; the call is number 1."""
    return f"{round_name}项目征集补充公告（第{number - 1}号）"


def ordinal(number: int) -> str:
    """The number in Chinese, as headings count: 1 → 一, 12 → 十二 (below 100)."""
    tens, ones = divmod(number, 10)
    return ("" if tens < 2 else _DIGITS[tens]) + "十" * bool(tens) + _DIGITS[ones] * bool(ones)


def yuan(fen: int) -> str:
    """An amount in figures and in capitals: «200,000.00元（大写：人民币贰拾万元整）»."""
    return f"{money.text(fen)}元（大写：人民币{money.capitals(fen)}）"


def moment(at: datetime) -> str:
    """A moment of Beijing as documents write it: «2018年5月25日17:00:00»."""
    return f"{clock.chinese_day(clock.beijing_day(at))}{clock.beijing(at):%H:%M:%S}"


def _numbered(texts: Iterable[str]) -> list[str]:
    given = [text.rstrip("。；") for text in texts]
    return [
        f"（{ordinal(number)}）{text}{'。' if number == len(given) else '；'}"
        for number, text in enumerate(given, start=1)
    ]


def _money(round: "Round") -> list[str]:
    total = f"本届项目资金总额{yuan(round.total)}"
    kinds = list(dict.fromkeys(_MONEY[row.kind.value] for row in round.sources))
    said = [f"{total}，来源为{'、'.join(kinds)}。" if kinds else f"{total}。"]
    if round.sources:
        said.append("资金来源：" + "；".join(_source(row) for row in round.sources) + "。")
    if round.set_asides:
        beside = "；".join(
            f"{_SET_ASIDE[row.kind.value]}{money.text(row.amount)}元" for row in round.set_asides
        )
        said.append(f"项目资金之外另列{yuan(round.set_aside)}：{beside}。以下比例均为占项目资金总额的比例。")
    for number, theme in enumerate(round.themes, start=1):
        share = money.percent(theme.earmark, round.total)
        said.append(
            f"（{ordinal(number)}）{theme.name}：专题资金{yuan(theme.earmark)}，"
            + (f"约占项目资金总额的{share}%，" if share is not None else "")
            + f"单个项目申请金额不超过{yuan(theme.ceiling)}；"
        )
    return [*said[:-1], said[-1].rstrip("；") + "。"] if round.themes else said


def _source(source: "Source") -> str:
    said = f"{_MONEY[source.kind.value]}{money.text(source.amount)}元（{source.document_no}"
    if source.expires_on is not None:
        said += f"，{clock.chinese_day(source.expires_on)}前使用"
    return said + "）"


def _topics(round: "Round", topics: Sequence["Need"]) -> list[str]:
    if not topics:
        return []
    asked = "每份申报书须选定一个选题。" if round.topic_required else "申报书可选定一个选题，也可自拟。"
    return [
        f"经社区（村）申报，公布以下选题。{asked}",
        *(
            f"选题{each.number}　{each.community.name}：{_sentence(each.problem)}涉及人群：{_sentence(each.concerns)}期望：{_sentence(each.wish)}"
            for each in topics
        ),
    ]


def _sentence(text: str) -> str:
    joined = " ".join(text.split())
    return joined if joined.endswith(("。", "！", "？")) else f"{joined}。"


def _paper(kind: "PaperKind") -> str:
    said = f"{kind.name}{'' if kind.required else '（如有）'}"
    if kind.coded:
        said += "：打印系统生成的带编码页面，签字盖章后扫描或拍照上传"
    if not kind.due_days:
        return said
    since = {"closing": "申报截止后", "notice": "仅列入公示名单的，公示首日后"}[kind.due.value]
    return f"{said}，{since}{kind.due_days}个工作日内提交"


def _window(round: "Round") -> list[str]:
    late = f"{clock.beijing(round.closes_at):%H:%M:%S}"
    return [
        f"自{moment(round.opens_at)}起，至{moment(round.closes_at)}止（北京时间，{late}起不再接收），以系统收到的时间为准。"
    ]


def _ways(round: "Round", address: str) -> list[str]:
    return [
        f"在网上填报并提交申报书，网址：{address}",
        f"每家单位（含作为依托单位）限报{round.applications_each}个项目，最多立项{round.awards_each}个。",
    ]


def _costs(round: "Round") -> list[str]:
    said = [f"项目周期{round.months}个月。"]
    for share, text in (
        (round.grant_share, "申请金额不超过项目总预算的{}%。"),
        (round.management_cap, "管理费不超过申请金额的{}%。"),
        (round.staff_cap, "人员费用不超过申请金额的{}%。"),
    ):
        if share is not None:
            said.append(text.format(share))
    return said


def _review(round: "Round") -> list[str]:
    line = _points(round.pass_line)
    return [
        f"材料需补正的，在{round.correction_days}个工作日内补正。",
        f"每个项目由专家组（{round.panel_size}人）按专题评分表打分，有效评分表不少于{round.quorum}份，合格线{line}分。",
        *(
            [
                "实行盲评：项目列入公示前，不向评审专家显示申报单位和人员；请勿在项目名称和正文中写明单位和人员名称。"
            ]
            if round.blindness.value == "hidden"
            else []
        ),
        *_marks_hidden(round),
        *_presentation(round),
        f"拟立项名单公示{round.notice_days}个工作日。",
    ]


def _marks_hidden(round: "Round") -> list[str]:
    """In which parts of the review experts never see the others' marks; nothing where they do in the end."""
    phases = {"材料评审": round.marks_seen.value}
    if round.presentation_weight:
        phases["现场答辩"] = round.marks_seen_spoken.value
    never = [name for name, seen in phases.items() if seen == "never"]
    where = "评审" if len(never) == len(phases) else never[0] if never else ""
    return [f"专家独立评分，{where}中不向专家显示其他专家的打分。"] if where else []


def _points(hundredths: int) -> str:
    return f"{hundredths // 100}" + (f".{hundredths % 100:02d}" if hundredths % 100 else "")


def _presentation(round: "Round") -> list[str]:
    """How the marks of the presentation and the bonus items come to the score; nothing where there are none."""
    said, weight = list[str](), round.presentation_weight
    bonus = any(one.bonus for theme in round.themes for one in theme.criteria)
    if weight:
        said.append(
            f"评审分材料评审和现场答辩两个环节，各为百分制。每个项目汇报不超过{round.presenting_minutes}分钟，"
            f"答辩不超过{round.answering_minutes}分钟。总分＝材料评审得分×{100 - weight}%＋现场答辩得分×{weight}%"
            f"{'＋加分' if bonus else ''}。"
        )
    if bonus:
        most = _points(round.bonus_most)
        said.append(f"加分项在百分制以外单独计列，由专家组按同一规则评定，每个专题合计不超过{most}分。")
    return said


def _plan(round: "Round") -> list[str]:
    whole = sum(part.weight for part in round.plan)
    said = list[str]()
    for number, part in enumerate(round.plan, start=1):
        last = number == len(round.plan) and number > 1
        share = money.percent_tenths(part.weight, whole)
        size = "余款" if last else f"核定金额的{f'{share:f}'.removesuffix('.0')}%"
        said.append(
            f"{part.name}：{_CONDITIONS[part.condition.value]}{part.due_days}个工作日内，"
            f"{'凭收据或发票' if part.invoice else ''}拨付{size}。"
        )
    return said


def _briefing(briefing: "Briefing") -> str:
    at = (
        f"{clock.chinese_day(clock.beijing_day(briefing.begins_at))}{clock.beijing(briefing.begins_at):%H:%M}"
    )
    return f"{at}，{briefing.place}。" + (_sentence(briefing.note) if briefing.note.strip() else "")
