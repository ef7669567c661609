"""The verbs on applications: begin, save, attach, submit, withdraw; check, decide, send back, set right."""

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
from venture.applications.actions.lateness import give_time
from venture.applications.actions.scoping import assign_audit
from venture.applications.actions.sending import submit, withdraw
from venture.applications.actions.step import move
from venture.applications.actions.verifying import verify
from venture.applications.actions.writing import attach, detach, fingerprint, restore_part, save_part, start

__all__ = [
    "OUTCOMES",
    "Ruling",
    "Ticked",
    "assign_audit",
    "attach",
    "check",
    "decide",
    "detach",
    "extend",
    "fingerprint",
    "give_time",
    "move",
    "restore_part",
    "save_part",
    "send_back",
    "set_right",
    "start",
    "submit",
    "verify",
    "withdraw",
]
