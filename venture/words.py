"""Closed lists of words: a member is the text that is stored and carries the English label for people."""

from enum import StrEnum
from typing import Self


def N_(msgid: str) -> str:
    """The same text; marks it for extraction, so that it is translated where it is shown."""
    return msgid


class Verbatim(str):
    """A text that a person wrote where others are msgids: shown as it is, never translated."""


class Word(StrEnum):
    """A member of a closed list: `NAME = "value", N_("English label")`.

    `value` is what columns and forms hold, `label` the msgid of what people read; str() gives the value.
    """

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member
