"""The verbs of running projects."""

from venture.delivery.actions.activities import (
    Sent,
    add_file,
    correct,
    decide_plan,
    last_day_to_record,
    mark_children,
    record,
    remove_file,
    send_plan,
    strike,
)
from venture.delivery.actions.requests import OPEN, ask, decide, decide_blockers, recommend, withdraw
from venture.delivery.actions.spending import (
    correct_spending,
    decide_move,
    move,
    spend,
    strike_spending,
    withdraw_move,
)
from venture.delivery.queries import Came, Planned, Told

__all__ = [
    "OPEN",
    "Came",
    "Planned",
    "Sent",
    "Told",
    "add_file",
    "ask",
    "correct",
    "correct_spending",
    "decide",
    "decide_blockers",
    "decide_move",
    "decide_plan",
    "last_day_to_record",
    "mark_children",
    "move",
    "recommend",
    "record",
    "remove_file",
    "send_plan",
    "spend",
    "strike",
    "strike_spending",
    "withdraw",
    "withdraw_move",
]
