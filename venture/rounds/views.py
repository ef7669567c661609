"""Pages of the stage `rounds`."""

from flask import Blueprint

from venture.rounds import models

bp = Blueprint("rounds", __name__)
__all__ = ["bp", "models"]
