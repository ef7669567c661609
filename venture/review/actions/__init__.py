"""The verbs of the review."""

from venture.review.actions.day import draw_running_order, record_running_order, save_day
from venture.review.actions.fees import (
    Account,
    enter_account,
    note_receipts,
    read_accounts,
    set_fees,
    set_rates,
    strike_receipt,
)
from venture.review.actions.freezing import (
    approve_unfreezing,
    correct_case,
    freeze,
    propose_unfreezing,
    take_back_unfreezing,
)
from venture.review.actions.inviting import (
    accept,
    answer_on_paper,
    declare,
    decline,
    draw_experts,
    invite,
    replace,
    withdraw,
)
from venture.review.actions.jotting import jot
from venture.review.actions.papers import check, correct, key_in, reopen
from venture.review.actions.pool import enter_expert, enter_experts, save_expert, set_state, take_in
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
    "Account",
    "Filled",
    "Taken",
    "accept",
    "answer_on_paper",
    "approve_rule",
    "approve_unfreezing",
    "begin",
    "check",
    "correct",
    "correct_case",
    "declare",
    "declare_tie",
    "decline",
    "dismiss_tie",
    "draw_experts",
    "draw_running_order",
    "enter_account",
    "enter_expert",
    "enter_experts",
    "freeze",
    "give",
    "hand_in",
    "invite",
    "jot",
    "key_in",
    "key_in_workbook",
    "note_receipts",
    "propose_rule",
    "propose_unfreezing",
    "read_accounts",
    "record_draw",
    "record_found",
    "record_running_order",
    "reopen",
    "replace",
    "save",
    "save_day",
    "save_expert",
    "seat",
    "set_fees",
    "set_rates",
    "set_state",
    "sheet_blockers",
    "strike_receipt",
    "take_back_rule",
    "take_back_unfreezing",
    "take_in",
    "unseat",
    "wish",
    "withdraw",
]
