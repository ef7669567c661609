"""Pages of the stage `applications`: the form, also in Word, prints, the eligibility desk, more time, audit firms."""

from venture.applications.views import archive, desk, draft, exchange, prints, reuse, scope, time
from venture.applications.views.shared import bp

__all__ = ["archive", "bp", "desk", "draft", "exchange", "prints", "reuse", "scope", "time"]
