"""Funding rounds: their calendar, themes, rules and the needs listed before the call."""
