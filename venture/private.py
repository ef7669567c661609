"""Numbers that no published text may hold: mobile, identity and account numbers, however they are typed."""

import re
import unicodedata

_RUNS = re.compile(
    r"(?<!\d)(?:"
    r"1[3-9]\d(?:[ -]?\d{4}){2}"  # mobile, also in its usual groups
    r"|\d{6}[ -]?\d{8}[ -]?\d{3}[\dXx]"  # identity card
    r"|\d{15,19}"  # account, or an identity card of the old kind
    r"|\d{4}(?:[ -]\d{4}){3}(?:[ -]?\d{1,3})?"  # account in groups of four
    r")(?!\d)"
)


def number_in(text: str) -> bool:
    """Whether the text holds such a number; full-width digits count as digits."""
    return _RUNS.search(unicodedata.normalize("NFKC", text)) is not None
