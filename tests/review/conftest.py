"""Both engines for the races of the review."""

from budget.conftest import both

__all__ = ["both"]
