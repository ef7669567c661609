"""The verbs on applications: begin, save, attach, submit, withdraw; check, decide, send back, set right; ask."""

from venture.applications.actions.answering import answer_question, correct_answer
from venture.applications.actions.asking import (
    amend_question,
    correct,
    move_question,
    put_question,
    remove_question,
)
from venture.applications.actions.comparing import Looked, compare, judge_pairs
from venture.applications.actions.judging import (
    OUTCOMES,
    Ruling,
    Ticked,
    check,
    decide,
    extend,
    send_back,
    set_right,
)
from venture.applications.actions.lateness import admit_papers, give_time, may_admit_papers
from venture.applications.actions.papers import attach, detach, enter_code, room_for
from venture.applications.actions.scoping import assign_audit
from venture.applications.actions.sending import submit, withdraw
from venture.applications.actions.step import move, record_end
from venture.applications.actions.verifying import verify
from venture.applications.actions.writing import (
    fingerprint,
    restore_part,
    save_part,
    start,
    take_in,
    take_over,
)

__all__ = [
    "OUTCOMES",
    "Looked",
    "Ruling",
    "Ticked",
    "admit_papers",
    "amend_question",
    "answer_question",
    "assign_audit",
    "attach",
    "check",
    "compare",
    "correct",
    "correct_answer",
    "decide",
    "detach",
    "enter_code",
    "extend",
    "fingerprint",
    "give_time",
    "judge_pairs",
    "may_admit_papers",
    "move",
    "move_question",
    "put_question",
    "record_end",
    "remove_question",
    "restore_part",
    "room_for",
    "save_part",
    "send_back",
    "set_right",
    "start",
    "submit",
    "take_in",
    "take_over",
    "verify",
    "withdraw",
]
