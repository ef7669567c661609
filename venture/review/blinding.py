"""盲评: what must not be read of who applied is taken out of texts; nothing else of them changes."""

import re
from collections.abc import Iterable

HIDDEN = "〔隐去〕"
"""What stands where something was taken out."""


def mask(text: str, names: Iterable[str]) -> str:
    """The text without any of these names, however wide its signs' gaps and whatever the case.

    Names of fewer than two signs are left alone, since they are found everywhere; of two that overlap the longer goes.
    Nothing but whole names is found: a short form or a nickname stays.
    """
    known = sorted({"".join(name.split()) for name in names}, key=len, reverse=True)
    wanted = [r"\s*".join(map(re.escape, name)) for name in known if len(name) > 1]
    return re.sub("|".join(wanted), HIDDEN, text, flags=re.IGNORECASE) if wanted else text
