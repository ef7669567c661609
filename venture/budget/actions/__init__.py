"""The verbs on a round's money: decide, publish, award, sign, and pay in four acts."""

from venture.budget.actions.award import (
    Signing,
    award_blockers,
    cancel,
    correct_agreement,
    meet_condition,
    meet_conditions,
    reopen_condition,
    sign,
)
from venture.budget.actions.award import award as award_list
from venture.budget.actions.decision import (
    Choice,
    approve,
    check_approval,
    decision_blockers,
    enter_approval,
    propose,
    withdraw,
)
from venture.budget.actions.merging import merge_organizations, unmerge_organizations
from venture.budget.actions.notice import answer, content_of, extend, object_to, publish, strike, term_of
from venture.budget.actions.payment import (
    Voucher,
    check,
    check_release,
    correct_voucher,
    enter_release,
    record_paid,
    release,
    request,
    send_back,
    take_back,
)

__all__ = [
    "Choice",
    "Signing",
    "Voucher",
    "answer",
    "approve",
    "award_blockers",
    "award_list",
    "cancel",
    "check",
    "check_approval",
    "check_release",
    "content_of",
    "correct_agreement",
    "correct_voucher",
    "decision_blockers",
    "enter_approval",
    "enter_release",
    "extend",
    "meet_condition",
    "meet_conditions",
    "merge_organizations",
    "object_to",
    "propose",
    "publish",
    "record_paid",
    "release",
    "reopen_condition",
    "request",
    "send_back",
    "sign",
    "strike",
    "take_back",
    "term_of",
    "unmerge_organizations",
    "withdraw",
]
