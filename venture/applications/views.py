"""Pages of the stage `applications`."""

from flask import Blueprint

from venture.applications import models

bp = Blueprint("applications", __name__)
__all__ = ["bp", "models"]
