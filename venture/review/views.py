"""Pages of the stage `review`."""

from flask import Blueprint

from venture.review import models

bp = Blueprint("review", __name__)
__all__ = ["bp", "models"]
