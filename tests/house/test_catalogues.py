"""Both languages are complete: every marked string, every placeholder, nothing stale."""

import re
from typing import Any

import pytest
from babel.messages.pofile import read_po

from venture.cli import extracted
from venture.config import ROOT

PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%%")


@pytest.mark.parametrize("locale", ["zh_Hans_CN", "en"])
def test_the_catalogue_is_filled(locale: str) -> None:
    with (ROOT / "venture" / "translations" / locale / "LC_MESSAGES" / "messages.po").open("rb") as opened:
        catalogue = read_po(opened, locale=locale)
    wanted = {message.id for message in extracted() if message.id}
    assert {message.id for message in catalogue if message.id} == wanted
    for message in catalogue:
        if not message.id:
            continue
        said: Any = message.string if message.pluralizable else (message.string,)
        asked = message.id[-1] if message.pluralizable else message.id
        for text in said:
            assert text, message.id
            assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(asked)), message.id


HALF_WIDTH = re.compile(r"[\u4e00-\u9fff”」』）][,;:!?(]|[,;:!?)][\u4e00-\u9fff]")


def test_chinese_is_set_with_chinese_punctuation() -> None:
    with (ROOT / "venture" / "translations" / "zh_Hans_CN" / "LC_MESSAGES" / "messages.po").open(
        "rb"
    ) as opened:
        catalogue = read_po(opened)
    said = [
        text
        for message in catalogue
        for text in ([message.string] if isinstance(message.string, str) else message.string)
    ]
    assert [text for text in said if HALF_WIDTH.search(PLACEHOLDER.sub("", text))] == []
