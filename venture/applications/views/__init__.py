"""Pages of the stage `applications`: the form, also in Word, its prints, own questions, the officer's desk, more time,
audit firms, answers to questions."""

from venture.applications.views import (
    answers,
    archive,
    asking,
    comparing,
    desk,
    draft,
    exchange,
    papers,
    prints,
    reuse,
    scope,
    supplements,
    time,
)
from venture.applications.views.shared import bp

__all__ = [
    "answers",
    "archive",
    "asking",
    "bp",
    "comparing",
    "desk",
    "draft",
    "exchange",
    "papers",
    "prints",
    "reuse",
    "scope",
    "supplements",
    "time",
]
