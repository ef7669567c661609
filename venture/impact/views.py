"""Pages of the stage `impact`."""

from flask import Blueprint

from venture.impact import models

bp = Blueprint("impact", __name__)
__all__ = ["bp", "models"]
