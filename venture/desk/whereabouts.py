"""Where an application stands, whose turn it is, since when and until when: told to its own people, and nothing more.

Before the notice nothing here may depend on what was decided: what is not published yet is told as «in review», and only
from facts that are the same for every application of the round.
"""

from dataclasses import dataclass
from datetime import date, datetime

from venture import clock
from venture.applications.lifecycle import State, applicant_view
from venture.words import N_, Word


class Step(Word):
    """The way of an application, in order."""

    SENDING = "sending", N_("Applying")
    CHECK = "check", N_("Eligibility check")
    REVIEW = "review", N_("Review by experts")
    DECISION = "decision", N_("Decision of the bureau")
    NOTICE = "notice", N_("Public notice")
    AGREEMENT = "agreement", N_("Signing the agreement")
    PROJECT = "project", N_("Project and instalments")
    CLOSING = "closing", N_("Closing")


class Holder(Word):
    """Whose turn it is; an office or a group, never a person."""

    YOU = "you", N_("You")
    OFFICE = "office", N_("The office of the civil-affairs bureau")
    EXPERTS = "experts", N_("The experts")
    BUREAU = "bureau", N_("The civil-affairs bureau, which decides")
    PUBLIC = "public", N_("The public: anybody may object")
    FINANCE = "finance", N_("Finance of the civil-affairs bureau")
    NOBODY = "nobody", N_("Nobody")


@dataclass(frozen=True)
class Facts:
    """What is known of an application and may be told: nothing of lists, scores or persons.

    `limit` is until when it can be sent, `list_at` when the bureau last took up its list for the whole round,
    `notice` first and last day of the notice that is out, `due` the day on which the condition of an unpaid instalment
    was met and the day it is due, `moved_at` the last step into the state it has.
    """

    state: State
    published: bool
    passed_over: bool
    now: datetime
    limit: datetime
    begun_at: datetime
    sent_at: datetime | None = None
    returned_on: date | None = None
    decided_at: datetime | None = None
    review_at: datetime | None = None
    list_at: datetime | None = None
    notice: tuple[date, date] | None = None
    awarded_at: datetime | None = None
    signed_on: date | None = None
    due: tuple[date, date] | None = None
    moved_at: datetime | None = None


@dataclass(frozen=True)
class Whereabouts:
    """The step, who has it since which day, and the moment from which it would be late; `code` names the sentences."""

    code: str
    step: Step
    holder: Holder
    since: date | None = None
    by: datetime | None = None

    @property
    def way(self) -> list[Step]:
        """All steps, in order."""
        return list(Step)

    @property
    def ended(self) -> bool:
        """Whether nobody has to do anything any more."""
        return self.holder is Holder.NOBODY


def whereabouts(facts: Facts) -> Whereabouts:
    """The one answer for every state that there is."""
    state = applicant_view(facts.state, published=facts.published, passed_over=facts.passed_over)
    over = facts.now >= facts.limit
    if state is State.SHORTLISTED:
        state = State.IN_REVIEW
    if state is State.DRAFT:
        begun = clock.beijing_day(facts.begun_at)
        if over:
            return Whereabouts("draft_over", Step.SENDING, Holder.NOBODY, clock.beijing_day(facts.limit))
        return Whereabouts("draft", Step.SENDING, Holder.YOU, begun, facts.limit)
    if state is State.RETURNED:
        if over:
            return Whereabouts("returned_over", Step.CHECK, Holder.OFFICE, clock.beijing_day(facts.limit))
        return Whereabouts("returned", Step.CHECK, Holder.YOU, facts.returned_on, facts.limit)
    if state is State.SUBMITTED:
        sent = _day(facts.sent_at)
        if over:
            return Whereabouts("submitted", Step.CHECK, Holder.OFFICE, sent)
        return Whereabouts("submitted_open", Step.CHECK, Holder.OFFICE, sent, facts.limit)
    if state is State.IN_REVIEW:
        if facts.list_at is not None:
            return Whereabouts("deciding", Step.DECISION, Holder.BUREAU, _day(facts.list_at))
        return Whereabouts("in_review", Step.REVIEW, Holder.EXPERTS, _day(facts.review_at))
    if state is State.ON_NOTICE:
        return _on_notice(facts)
    if state in (State.CONTRACTED, State.RUNNING) and facts.due is not None:
        met_on, due_on = facts.due
        return Whereabouts("paying", Step.PROJECT, Holder.FINANCE, met_on, clock.end_of_day(due_on))
    step, holder = _PLACES[state]
    since = {
        State.ELIGIBLE: _day(facts.decided_at),
        State.INELIGIBLE: _day(facts.decided_at),
        State.NOT_SHORTLISTED: facts.notice[0] if facts.notice else None,
        State.AWARDED: _day(facts.awarded_at),
        State.CONTRACTED: facts.signed_on,
    }
    return Whereabouts(state.value, step, holder, since.get(state, _day(facts.moved_at)))


_PLACES = {
    State.ELIGIBLE: (Step.REVIEW, Holder.OFFICE),
    State.INELIGIBLE: (Step.CHECK, Holder.NOBODY),
    State.NOT_SHORTLISTED: (Step.DECISION, Holder.NOBODY),
    State.AWARDED: (Step.AGREEMENT, Holder.YOU),
    State.CANCELLED: (Step.NOTICE, Holder.NOBODY),
    State.REVISING: (Step.AGREEMENT, Holder.YOU),
    State.CONTRACTED: (Step.PROJECT, Holder.YOU),
    State.RUNNING: (Step.PROJECT, Holder.YOU),
    State.SUSPENDED: (Step.PROJECT, Holder.YOU),
    State.MIDTERM: (Step.PROJECT, Holder.OFFICE),
    State.FINAL: (Step.CLOSING, Holder.OFFICE),
    State.AUDITING: (Step.CLOSING, Holder.OFFICE),
    State.CLOSED: (Step.CLOSING, Holder.NOBODY),
    State.TERMINATED: (Step.PROJECT, Holder.NOBODY),
    State.WITHDRAWN: (Step.SENDING, Holder.NOBODY),
}
"""Where the states stand that need no further fact."""


def _on_notice(facts: Facts) -> Whereabouts:
    if facts.notice is None:
        return Whereabouts("on_notice", Step.NOTICE, Holder.PUBLIC)
    first, last = facts.notice
    ends_at = clock.end_of_day(last)
    if facts.now >= ends_at:
        return Whereabouts("notice_over", Step.NOTICE, Holder.BUREAU, clock.beijing_day(ends_at))
    return Whereabouts("on_notice", Step.NOTICE, Holder.PUBLIC, first, ends_at)


def _day(at: datetime | None) -> date | None:
    return clock.beijing_day(at) if at is not None else None
