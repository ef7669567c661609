"""What one's own sheets can show: subjects, their columns, and rows put in order with the sums of their groups."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from venture.words import N_, Word


class Subject(Word):
    """What the rows of a sheet are."""

    APPLICATIONS = "applications", N_("Applications")
    AWARDS = "awards", N_("Awards")
    PAYMENTS = "payments", N_("Payments")


@dataclass(frozen=True)
class Field:
    """One column that a sheet can have: its usual heading, what its cells hold (a kind of `spreadsheets`), its width.

    `sight` names who may see it where not everybody may: account or phone.
    """

    key: str
    title: str
    kind: str = "text"
    width: int = 14
    sight: str = ""


_NO = Field("no", "序号", "number", 6)
_PROJECT = (
    Field("title", "项目名称", width=26),
    Field("organization", "申报单位", width=26),
    Field("code", "统一社会信用代码", "code", 21),
    Field("kind", "机构类型"),
    Field("theme", "专题", width=16),
    Field("field", "服务领域"),
    Field("communities", "实施社区", width=20),
    Field("towns", "所属镇街"),
    Field("year", "年度", "number", 7),
    Field("state", "状态", width=12),
)
_REACH = (
    Field("representative", "法定代表人", width=11),
    Field("phone", "联系电话", "code", 14, "phone"),
)
_ACCOUNT = (
    Field("account_name", "户名", width=26, sight="account"),
    Field("bank", "开户行", width=20, sight="account"),
    Field("account", "账号", "code", 22, "account"),
)
FIELDS: dict[Subject, tuple[Field, ...]] = {
    Subject.APPLICATIONS: (
        _NO,
        Field("number", "申报编号", "code"),
        *_PROJECT,
        Field("asked", "申请金额", "money"),
        Field("submitted_on", "提交日期", "day", 12),
        *_REACH,
        *_ACCOUNT,
    ),
    Subject.AWARDS: (
        _NO,
        Field("project_no", "项目编号", "code"),
        *_PROJECT,
        Field("asked", "申请金额", "money"),
        Field("recommended", "建议金额", "money"),
        Field("amount", "立项金额", "money"),
        Field("paid", "累计已拨", "money"),
        Field("pending", "在途金额", "money"),
        Field("left", "未拨余额", "money"),
        Field("agreement_no", "协议编号", "code"),
        Field("signed_on", "签约日期", "day", 12),
        Field("awarded_on", "立项日期", "day", 12),
        *_REACH,
        *_ACCOUNT,
    ),
    Subject.PAYMENTS: (
        _NO,
        Field("project_no", "项目编号", "code"),
        *_PROJECT,
        Field("amount", "立项金额", "money"),
        Field("batch", "拨款批次", "number", 8),
        Field("instalment", "拨款期次"),
        Field("sum", "本次拨付金额", "money"),
        Field("paid", "累计已拨", "money"),
        Field("left", "未拨余额", "money"),
        Field("voucher", "凭证号", "code"),
        Field("paid_on", "拨付日期", "day", 12),
        *_ACCOUNT,
    ),
}
"""The columns of each subject, in their usual order."""
UNSUMMED = {Subject.PAYMENTS: frozenset({"amount", "paid", "left"})}
"""Amounts that would count one award more than once if they were added up."""
GROUPS = ("theme", "field", "kind", "towns", "organization", "state", "year")
"""The columns by which rows can be grouped, each group with its sum."""
FILTERS = ("year", "theme", "field", "kind", "town", "state")
"""What rows can be chosen by."""


@dataclass(frozen=True)
class Spec:
    """One's own sheet: the columns in their order, each with its heading, which rows, and by what they are grouped."""

    subject: Subject
    columns: Sequence[tuple[str, str]]
    filters: Mapping[str, str] = field(default_factory=dict)
    group: str = ""

    @property
    def fields(self) -> list[tuple[Field, str]]:
        """The columns with their headings; what the product no longer has is left out."""
        known = {each.key: each for each in FIELDS[self.subject]}
        return [(known[key], heading or known[key].title) for key, heading in self.columns if key in known]

    def seen_with(self, sights: frozenset[str]) -> "Spec":
        """The sheet without the columns that need another sight than these."""
        kept = [(each.key, heading) for each, heading in self.fields if each.sight in sights | {""}]
        return Spec(self.subject, kept, self.filters, self.group)

    @property
    def confidential(self) -> list[str]:
        """The headings of the columns that not everybody may see."""
        return [heading for each, heading in self.fields if each.sight]

    @property
    def summed(self) -> list[str]:
        """The columns whose amounts are added up."""
        left = UNSUMMED.get(self.subject, frozenset())
        return [each.key for each, _heading in self.fields if each.kind == "money" and each.key not in left]


@dataclass(frozen=True)
class Line:
    """One line of a sheet: a row or, with `sum`, the label and sums of rows; cells in the order of the columns."""

    cells: list[Any]
    sum: bool = False


def arranged(rows: Sequence[Mapping[str, Any]], spec: Spec) -> Iterator[Line]:
    """The rows numbered from 1 in their order, groups one after another as they first appear, each with its 小计, and at
    the end 合计; the amounts are fen.
    """
    keys, summed = [each.key for each, _heading in spec.fields], spec.summed
    groups: dict[Any, list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row.get(spec.group) if spec.group else None, []).append(row)
    number = 0
    for value, held in groups.items():
        for row in held:
            number += 1
            yield Line([number if key == "no" else row.get(key) for key in keys])
        if spec.group:
            yield Line(_sums(f"{value or '未分类'} 小计", held, keys, summed), sum=True)
    yield Line(_sums("合计", rows, keys, summed), sum=True)


def _sums(
    label: str, rows: Sequence[Mapping[str, Any]], keys: Sequence[str], summed: Sequence[str]
) -> list[Any]:
    totals: list[Any] = [sum(row.get(key) or 0 for row in rows) if key in summed else None for key in keys]
    totals[0] = label
    return totals
