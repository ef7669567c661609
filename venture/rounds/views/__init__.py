"""Pages of rounds: the list, one round, its settings part by part, its life, moves of money; the working days."""

from venture.rounds.views import call, days, life, moving, questions, setting
from venture.rounds.views.shared import bp

__all__ = ["bp", "call", "days", "life", "moving", "questions", "setting"]
