"""Pages of the stage `applications`: the form, its prints, own questions, the officer's desk, more time, audit firms,
answers to questions."""

from venture.applications.views import (
    answers,
    asking,
    desk,
    draft,
    papers,
    prints,
    scope,
    supplements,
    time,
)
from venture.applications.views.shared import bp

__all__ = ["answers", "asking", "bp", "desk", "draft", "papers", "prints", "scope", "supplements", "time"]
