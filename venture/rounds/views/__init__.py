"""Pages of rounds: the list, one round, its settings part by part, its life, moves of money; the working days."""

from venture.rounds.views import days, life, moving, setting
from venture.rounds.views.shared import bp

__all__ = ["bp", "days", "life", "moving", "setting"]
