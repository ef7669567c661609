"""Pages of the stage `budget`."""

from flask import Blueprint

from venture.budget import actions, models

bp = Blueprint("budget", __name__)
__all__ = ["actions", "bp", "models"]
