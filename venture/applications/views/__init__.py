"""Pages of the stage `applications`: the form, its prints, the officer's desk, more time, audit firms."""

from venture.applications.views import desk, draft, prints, scope, time
from venture.applications.views.shared import bp

__all__ = ["bp", "desk", "draft", "prints", "scope", "time"]
