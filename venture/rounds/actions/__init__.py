"""The verbs on rounds: make, copy, set up, open, close, finish, correct; move money between themes."""

from venture.rounds.actions.asking import answer, ask, correct_answer, decline, merge, take_up_again
from venture.rounds.actions.briefing import change_briefing, hold_briefing, save_attendance
from venture.rounds.actions.carrying import (
    approve_carry_over,
    propose_carry_over,
    withdraw_carry_over,
)
from venture.rounds.actions.days import complete_year, enter_workday, remove_workday
from venture.rounds.actions.life import (
    close_round,
    correct,
    finish_round,
    move_closing,
    open_round,
    publish,
    reopen_round,
    resume_round,
)
from venture.rounds.actions.making import copy_from, create
from venture.rounds.actions.moving import (
    approve_move,
    check_move_paper,
    enter_move_paper,
    propose_move,
    withdraw_move,
)
from venture.rounds.actions.needing import Choice, change_need, choose_topics, propose_need
from venture.rounds.actions.publishing import digest, publish_call
from venture.rounds.actions.setting import (
    add_theme,
    remove_theme,
    save_fields,
    save_goals,
    save_papers,
    save_plan,
    save_rules,
    save_set_asides,
    save_settings,
    save_sheet,
    save_sources,
    save_theme,
    take_usual_sheet,
)

__all__ = [
    "Choice",
    "add_theme",
    "answer",
    "approve_carry_over",
    "approve_move",
    "ask",
    "change_briefing",
    "change_need",
    "check_move_paper",
    "choose_topics",
    "close_round",
    "complete_year",
    "copy_from",
    "correct",
    "correct_answer",
    "create",
    "decline",
    "digest",
    "enter_move_paper",
    "enter_workday",
    "finish_round",
    "hold_briefing",
    "merge",
    "move_closing",
    "open_round",
    "propose_carry_over",
    "propose_move",
    "propose_need",
    "publish",
    "publish_call",
    "remove_theme",
    "remove_workday",
    "reopen_round",
    "resume_round",
    "save_attendance",
    "save_fields",
    "save_goals",
    "save_papers",
    "save_plan",
    "save_rules",
    "save_set_asides",
    "save_settings",
    "save_sheet",
    "save_sources",
    "save_theme",
    "take_up_again",
    "take_usual_sheet",
    "withdraw_carry_over",
    "withdraw_move",
]
