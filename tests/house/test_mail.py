"""Every kind of message that a verb posts has its words."""

import re

from venture.config import ROOT


def test_every_message_has_its_words() -> None:
    posted = set()
    for path in (ROOT / "venture").rglob("*.py"):
        posted |= set(
            re.findall(r'(?:outbox\.post|tell)\(\s*(?:\w+,\s*)?"([a-z_]+\.[a-z_]+)"', path.read_text())
        )
    assert len(posted) >= 8
    missing = [
        kind
        for kind in posted
        if not (ROOT / "templates" / "mail" / f"{kind.replace('.', '/')}.txt").exists()
    ]
    assert not missing
