"""Scenes for the tests of money: a scored round, and how far its list has come, all by the real verbs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import make
from client import save

from venture.applications.lifecycle import State
from venture.applications.models import Application
from venture.budget import actions
from venture.budget.models import Award, Batch, Decision, Notice
from venture.people.models import Person
from venture.roles import Role
from venture.rounds.models import Condition, Round

PROPOSED_AT = datetime(2018, 6, 20, 2, tzinfo=UTC)
PUBLISHED_AT = datetime(2018, 6, 22, 2, tzinfo=UTC)
AWARDED_AT = datetime(2018, 7, 2, 2, tzinfo=UTC)
SIGNED_AT = datetime(2018, 9, 21, 2, tzinfo=UTC)
MEETING = {"held_on": date(2018, 6, 20), "minutes_no": "虚构纪要〔2018〕6号"}


@dataclass
class Cast:
    """The people of a round and its applications by a short name."""

    officer: Person
    approver: Person
    finance: Person
    auditor: Person
    operator: Person
    round: Round
    experts: list[Any]
    projects: dict[str, Application] = field(default_factory=dict)


def cast(year: int = 2018, **more: Any) -> Cast:
    """A round in review with its panel (of five) and nobody's application yet."""
    officer = make.person(Role.OFFICER, name="经办人甲")
    round = make.round_(officer, year, **more)
    made = Cast(
        officer,
        make.person(Role.APPROVER, name="负责人乙"),
        make.person(Role.FINANCE, name="审核人丙"),
        make.person(Role.AUDITOR, name="审计丁"),
        make.person(Role.OPERATOR, name="承办戊"),
        round,
        make.panel(round, round.panel_size),
    )
    save()
    return made


def marks(application: Application, total: int, effect: int | None = None) -> list[int]:
    """Marks (hundredths) that sum to `total`; `effect` fixes the criterion that decides ties first."""
    assert application.theme is not None
    given, left = {}, total
    criteria = sorted(application.theme.criteria, key=lambda criterion: criterion.code != "effect")
    for criterion in criteria:
        mark = effect if criterion.code == "effect" and effect is not None else min(left, criterion.max)
        given[criterion.id], left = mark, left - mark
    assert left == 0, "the total does not fit the sheet"
    return [given[criterion.id] for criterion in application.theme.criteria]


def project(
    of: Cast, name: str, theme: int, asked: int, score: int | None, effect: int | None = None, **more: Any
) -> Application:
    """An application in review (`theme`: 0 consultation, 1 general), scored alike by all five experts."""
    made = make.application(
        of.round,
        theme=of.round.themes[theme],
        by=of.officer,
        state=State.IN_REVIEW,
        asked=asked,
        title=f"虚构项目{name}",
        **more,
    )
    for expert in of.experts:
        make.reader(made, expert.person)
        if score is not None:
            make.sheet(made, expert, marks(made, score, effect))
    save()
    of.projects[name] = made
    return made


def proposed(
    of: Cast, amounts: Mapping[str, int] | None = None, reason: str = "会议决定(虚构)", **more: Any
) -> Decision:
    """The list as computed, with the given amounts by project name."""
    choices = {
        of.projects[name].id: actions.Choice(amount, reason) for name, amount in (amounts or {}).items()
    }
    made = actions.propose(
        round=of.round, choices=choices, by=more.get("by", of.officer), at=more.get("at", PROPOSED_AT)
    )
    save()
    return made


def approved(of: Cast, amounts: Mapping[str, int] | None = None) -> Decision:
    """The list, approved at a meeting."""
    made = proposed(of, amounts)
    actions.approve(decision=made, **MEETING, by=of.approver, at=PROPOSED_AT)
    save()
    return made


def noticed(of: Cast, amounts: Mapping[str, int] | None = None) -> Notice:
    """The list on public notice from 22 to 28 June 2018."""
    made = actions.publish(
        decision=approved(of, amounts), starts_on=date(2018, 6, 22), by=of.officer, at=PUBLISHED_AT
    )
    save()
    return made


def awarded(of: Cast, amounts: Mapping[str, int] | None = None) -> list[Award]:
    """All projects of the list awarded after the notice."""
    notice = noticed(of, amounts)
    lines = [line for line in notice.decision.lines if line.decided]
    made = actions.award_list(notice=notice, lines=lines, by=of.officer, at=AWARDED_AT)
    save()
    return made


def signed(of: Cast, amounts: Mapping[str, int] | None = None) -> list[Award]:
    """All agreements signed on 20 September 2018."""
    made = awarded(of, amounts)
    sign(of, made)
    return made


def sign(of: Cast, awards: Sequence[Award]) -> None:
    actions.sign(
        signings=[
            actions.Signing(award, f"虚构协议{award.project_no}", date(2018, 9, 20)) for award in awards
        ],
        by=of.officer,
        at=SIGNED_AT,
    )
    save()


def requested(of: Cast, awards: Sequence[Award], number: int = 1, key: str = "batch-key") -> Batch:
    """One instalment of each award requested."""
    made = actions.request(
        round=of.round,
        instalments=[award.instalments[number - 1] for award in awards],
        key=key,
        by=of.officer,
        at=SIGNED_AT,
    )
    save()
    return made


def paid(of: Cast, awards: Sequence[Award], number: int = 1, key: str = "batch-key") -> Batch:
    """One instalment of each award brought through all four acts."""
    batch = requested(of, awards, number, key)
    rows = list(batch.payments)
    actions.check(payments=rows, by=of.finance, at=SIGNED_AT)
    actions.release(payments=rows, by=of.approver, at=SIGNED_AT)
    vouchers = [actions.Voucher(row, f"虚构凭证{row.id}", date(2018, 9, 21)) for row in rows]
    actions.record_paid(vouchers=vouchers, by=of.finance, at=SIGNED_AT)
    save()
    return batch


def met(of: Cast, awards: Sequence[Award], condition: Condition = Condition.MIDTERM) -> None:
    actions.meet_conditions(
        awards=awards,
        condition=condition,
        on=date(2018, 9, 20),
        note="虚构评估结论",
        by=of.officer,
        at=SIGNED_AT,
    )
    save()
