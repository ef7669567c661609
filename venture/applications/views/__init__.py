"""Pages of the stage `applications`: the form, its prints, the officer's desk, more time, audit firms,
answers to questions."""

from venture.applications.views import answers, desk, draft, prints, scope, time
from venture.applications.views.shared import bp

__all__ = ["answers", "bp", "desk", "draft", "prints", "scope", "time"]
