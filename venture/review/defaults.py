"""What a new invitation says unless the officer writes otherwise; what is typed of an expert."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from venture.refusal import Blocker
from venture.review.models import Affiliated, Competence, Title

PLEDGE = (
    "一、本人与本届申报单位存在任职、兼职、顾问、亲属或其他可能影响公正评审的关系的，如实申报并主动回避。\n"
    "二、独立、客观、公正评审，对本人的打分和意见负责。\n"
    "三、不与申报单位私下接触，不收受其财物和宴请。\n"
    "四、对申报材料、评审过程和结果保密，不复制、不留存、不外传，评审结果以公示为准。"
)
"""评审承诺(保密): what an expert agrees to with the acceptance."""

Lines = Sequence[tuple[str, str]]
"""Organizations or communities as they were named, by code or by their whole name, each with a note."""


class Record(NamedTuple):
    """What the pool knows of an expert; `bonds` by kind, see `Lines`."""

    title: Title
    position: str
    employer: str
    employer_name: str
    competences: frozenset[Competence]
    bonds: Mapping[Affiliated, Lines]


class Entry(NamedTuple):
    """One row of a list of experts, as it was read; `wrong` is what could not be read of it."""

    row: int
    name: str
    mobile: str
    email: str
    record: Record
    wrong: Sequence[Blocker]


class OtherFee(NamedTuple):
    """Another fee (fen before tax) than the rate, with the reason."""

    gross: int
    reason: str
