"""The office's own list of the first round, taken over as it was kept in Excel."""

from datetime import date
from io import BytesIO
from pathlib import Path

from venture import clock, files, spreadsheets
from venture.demo import cast as casting
from venture.demo.story import moment
from venture.past import actions, lists
from venture.past.lists import Outcome, Terms
from venture.past.models import Source
from venture.spreadsheets import Column, Kind, Layout

ON = date(2018, 3, 12)
_HEADS = ("序号", "项目名称", "承接单位", "统一社会信用代码", "类别", "资助金额(元)", "结项情况")
_ROWS = (
    ("夕阳红手工社（虚构）", 20, "为老服务", 4_000_000, "已结项"),
    ("社区四点半课堂（虚构）", 21, "青少年服务", 3_850_000, "已结项"),
    ("残疾人出行陪伴（虚构）", None, "助残服务", 2_999_950, "已结项"),
    ("外来务工子女夏令营（虚构）", None, "青少年服务", 3_333_333, "终止"),
    ("邻里互助热线（虚构）", None, "综合服务", 2_500_000, "已结项"),
)


def take_over(cast: casting.Cast, root: Path) -> None:
    """Make the list, read it as any other, keep it."""
    rows = []
    for number, (title, place, kind, amount, ended) in enumerate(_ROWS, start=1):
        body = cast.organizations[place] if place is not None else None
        name = body.name if body else f"海门虚构助老社{number}"
        rows.append([number, title, name, body.credit_code if body else "", kind, amount, ended])
    columns = [Column(head, Kind.MONEY if "金额" in head else Kind.TEXT, 20) for head in _HEADS]
    content = spreadsheets.official(
        [("立项", Layout("2016年第一届公益创投立项汇总表（演示）", "单位:元", columns), rows)]
    )
    name = "2016年立项汇总表（演示）.xlsx"
    staged = files.stage(BytesIO(content), name, root=root, limit=1 << 20)
    grid = spreadsheets.read(files.path_of(root, staged.sha256))["立项"]
    _sheet, row = lists.found_in({"立项": grid})
    heads = lists.heads(grid, row)
    matched = {head.place: column for head in heads if (column := lists.usual(head.text))}
    officer, at = cast["officer"], moment(ON)
    with clock.told(at):
        listed = lists.from_excel(grid, row, matched, Terms(2016, "第一届", Outcome.CLOSED))
        names = {head.text: matched.get(head.place) for head in heads}
        actions.remember(matched=names, by=officer, at=at)
        actions.take_over(
            awards=listed.awards,
            source=Source.EXCEL,
            file=files.keep(staged, by=officer, at=at),
            terms={"sheet": "立项", "row": row},
            left_out=len(listed.faults),
            reason="",
            by=officer,
            at=at,
        )
