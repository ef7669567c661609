"""What the minutes of a panel day say (评审会纪要): from the record to lines of a document.

Minutes are a document of the bureau and so always Chinese, whatever language a page is read in. Nothing but the record
goes into them; what has not been handed in or written down is said to be missing, never left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Line = tuple[str, str]
"""One line of a document: title, centre, heading, text or right, and what it says."""
_ORDINALS = "一二三四五六七八九十"
_BLANK = "____________________"


@dataclass(frozen=True)
class Expert:
    """One expert of the panel by number, and whether they came."""

    number: int
    name: str
    position: str
    present: bool

    @property
    def named(self) -> str:
        """Number, name and position, as minutes name somebody."""
        return f"专家{self.number} {self.name}" + (f"（{self.position}）" if self.position else "")


@dataclass(frozen=True)
class Recusal:
    """Who stood back from which project, each with the ground."""

    project: str
    experts: Sequence[tuple[Expert, str]]


@dataclass(frozen=True)
class Result:
    """What came out of a theme: the rule in words, the ranked (rank, project, score, below the pass line), and the
    version in which it is frozen. `final` is whether every sheet is in.
    """

    theme: str
    rule: str
    final: bool
    ranked: Sequence[tuple[int | None, str, str, bool]]
    version: str = ""


@dataclass(frozen=True)
class Minutes:
    """Everything that minutes are written from; texts are empty where nobody wrote them down."""

    round: str
    day: str
    hours: str
    place: str
    chair: str
    recorder: str
    experts: Sequence[Expert]
    observers: Sequence[str]
    draw: str
    order: Sequence[str]
    recusals: Sequence[Recusal]
    results: Sequence[Result]
    remarks: Sequence[str]


def minutes(found: Minutes) -> list[Line]:
    """The minutes line by line, with a line to sign for the chair, the taker and each expert who came."""
    made: list[Line] = [("title", f"{found.round}项目评审会纪要")]
    sections = [
        ("会议时间和地点", _when(found)),
        ("出席人员", _who(found)),
        ("汇报顺序", [found.draw, *found.order]),
        ("回避情况", _recusals(found.recusals)),
        ("评审结果", list(_results(found.results))),
        ("其他事项", list(found.remarks) or ["无。"]),
    ]
    for place, (heading, lines) in enumerate(sections):
        made.append(("heading", f"{_ORDINALS[place]}、{heading}"))
        made += [("text", line) for line in lines]
    made.append(("heading", f"{_ORDINALS[len(sections)]}、签名"))
    signing = [("主持人", found.chair), ("记录人", found.recorder)]
    signing += [(f"专家{each.number}", each.name) for each in found.experts if each.present]
    made += [("text", f"{office}　{name}　{_BLANK}") for office, name in signing]
    return [*made, ("right", "　　年　　月　　日")]


def _when(found: Minutes) -> list[str]:
    return [
        f"时间：{' '.join(filter(None, (found.day, found.hours)))}（北京时间）",
        f"地点：{found.place}",
        f"主持人：{found.chair or '未登记'}　记录人：{found.recorder or '未登记'}",
    ]


def _who(found: Minutes) -> list[str]:
    came = [each.named for each in found.experts if each.present]
    away = [each.named for each in found.experts if not each.present]
    return [
        f"到会专家（{len(came)} 名）：{'、'.join(came) or '无'}。",
        *([f"未到会专家（{len(away)} 名）：{'、'.join(away)}。"] if away else []),
        f"列席与监督人员：{'；'.join(found.observers) or '无'}。",
    ]


def _recusals(recusals: Sequence[Recusal]) -> list[str]:
    return [
        f"{each.project}：{'、'.join(f'{expert.named}，{ground}' for expert, ground in each.experts)}，"
        "评审该项目时回避，未打分。"
        for each in recusals
    ] or ["无专家需要回避。"]


def _results(results: Sequence[Result]) -> Iterator[str]:
    for each in results:
        yield f"{each.theme}：{each.rule}。"
        if not each.final:
            yield "评分表尚未全部提交，结果以评分汇总表为准。"
        else:
            for rank, project, score, below in each.ranked:
                place = f"第 {rank} 名" if rank is not None else "未排名"
                yield f"{place}　{project}　{score} 分{'（低于合格线）' if below else ''}"
            yield f"详见评分汇总表{f'，{each.version}' if each.version else ''}。"
