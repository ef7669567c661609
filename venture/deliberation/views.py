"""Pages of the stage `deliberation`."""

from flask import Blueprint

from venture.deliberation import models

bp = Blueprint("deliberation", __name__)
__all__ = ["bp", "models"]
