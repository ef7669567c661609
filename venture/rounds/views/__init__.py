"""Pages of rounds: the list, one round, its settings part by part, its life, moves of money; the working days."""

from venture.rounds.views import briefings, call, carrying, days, life, moving, needs, questions, setting
from venture.rounds.views.shared import bp

__all__ = ["bp", "briefings", "call", "carrying", "days", "life", "moving", "needs", "questions", "setting"]
