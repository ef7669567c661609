"""The verbs of the review."""

from venture.review.actions.day import draw_running_order, save_day
from venture.review.actions.freezing import (
    approve_unfreezing,
    correct_case,
    freeze,
    propose_unfreezing,
    take_back_unfreezing,
)
from venture.review.actions.papers import check, correct, key_in, reopen
from venture.review.actions.seats import (
    begin,
    declare_tie,
    dismiss_tie,
    give,
    record_found,
    seat,
    unseat,
    wish,
)
from venture.review.actions.settling import approve_rule, propose_rule, record_draw, take_back_rule
from venture.review.actions.sheets import Filled, hand_in, save, sheet_blockers
from venture.review.actions.workbook import Taken, key_in_workbook

__all__ = [
    "Filled",
    "Taken",
    "approve_rule",
    "approve_unfreezing",
    "begin",
    "check",
    "correct",
    "correct_case",
    "declare_tie",
    "dismiss_tie",
    "draw_running_order",
    "freeze",
    "give",
    "hand_in",
    "key_in",
    "key_in_workbook",
    "propose_rule",
    "propose_unfreezing",
    "record_draw",
    "record_found",
    "reopen",
    "save",
    "save_day",
    "seat",
    "sheet_blockers",
    "take_back_rule",
    "take_back_unfreezing",
    "unseat",
    "wish",
]
