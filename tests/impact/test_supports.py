"""Supports: claimed by the project, confirmed by the community in three ways, never above one whole."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import make
import pytest
from client import save
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from venture.budget.models import Award, AwardState
from venture.clock import start_of_day
from venture.db import db
from venture.deliberation import actions as matters
from venture.deliberation.models import WHOLE, Matter, Party
from venture.files import Staged
from venture.impact import actions, queries
from venture.impact.models import Support, SupportState, Way
from venture.outbox import Delivery, Message
from venture.people.models import Paper, Person
from venture.refusal import Refused
from venture.roles import Role
from venture.trail import Correction

AT = start_of_day(date(2018, 12, 1)) + timedelta(hours=2)


def refused(code: str) -> Any:
    return pytest.raises(Refused, match=f"^{code}$")


class Stage:
    """A round with projects of one theme, one community with its clerk, and those who act."""

    def __init__(self) -> None:
        self.officer, self.approver = make.person(Role.OFFICER), make.person(Role.APPROVER)
        self.round = make.round_(self.officer)
        self.village = make.community()
        self.clerk = make.person(Role.CLERK, community=self.village, name="虚构文书")

    def project(self, **more: Any) -> tuple[Award, Person]:
        organization = make.organization()
        lead = make.person(Role.APPLICANT, organization=organization)
        application = make.application(
            self.round,
            organization_=organization,
            by=lead,
            state=make.State.SUBMITTED,
            communities=[self.village],
            **more,
        )
        return make.award(application, officer=self.officer, approver=self.approver), lead

    def matter(self, **more: Any) -> Matter:
        given = {
            "title": f"虚构议题{next(make._numbers)}",
            "community": self.village,
            "by": self.officer,
            "at": AT,
        }
        return matters.open_matter(**{**given, **more})

    def claimed(self, matter: Matter) -> Support:
        award, lead = self.project()
        return actions.claim(award=award, number=matter.number, steps=[1, 4], by=lead, at=AT)

    def confirm(self, *supports: Support, **more: Any) -> None:
        actions.confirm(**{"supports": list(supports), "by": self.clerk, "at": AT, **more})


@pytest.fixture
def stage(app: Any) -> Stage:
    return Stage()


def exact(matter: Matter) -> list[int]:
    """The confirmed shares of a matter, whose sum is its counter."""
    save()
    db.session.expire_all()
    shares = [support.share for support in queries.confirmed_of(matter.id)]
    assert matter.credited == sum(shares) <= WHOLE
    assert queries.unbalanced() == []
    return shares


def test_a_project_claims_by_number(stage: Stage) -> None:
    award, lead = stage.project()
    matter = stage.matter()
    given: dict[str, Any] = {"award": award, "steps": [4, 1, 4], "by": lead, "at": AT}
    with refused("impact.no_matter"):
        actions.claim(**given, number="HM-2018-9999")
    with refused("impact.no_steps"):
        actions.claim(**{**given, "steps": [0, 8]}, number=matter.number)
    with refused("impact.not_yours"):
        actions.claim(**{**given, "by": stage.project()[1]}, number=matter.number)
    legacy = stage.matter()
    legacy.legacy = True
    with refused("impact.legacy"):
        actions.claim(**given, number=legacy.number)
    rejected = stage.matter()
    matters.reject(matter=rejected, closed_on=date(2018, 11, 1), reason="不受理", by=stage.clerk, at=AT)
    with refused("impact.rejected"):
        actions.claim(**given, number=rejected.number)
    support = actions.claim(**given, number=f" hm-2018-{'０００１'} ")
    assert (support.matter, support.steps, support.state) == (matter, [1, 4], SupportState.CLAIMED)
    with refused("impact.already_claimed"):
        actions.claim(**given, number=matter.number)
    assert exact(matter) == []
    assert db.session.scalars(select(Message.person_id)).all() == [stage.clerk.id]


def test_a_claim_taken_back_may_be_made_again(stage: Stage) -> None:
    support = stage.claimed(stage.matter())
    with refused("impact.not_yours"):
        actions.withdraw_claim(support=support, by=stage.clerk, at=AT)
    actions.withdraw_claim(support=support, by=support.claimed_by, at=AT)
    assert support.state is SupportState.WITHDRAWN
    assert db.session.scalars(select(Message.state)).all() == [Delivery.WITHDRAWN]
    again = actions.claim(
        award=support.award, number=support.matter.number, steps=[2], by=support.claimed_by, at=AT
    )
    assert again is support and again.steps == [2]
    support.award.state, support.award.cancel_reason = AwardState.CANCELLED, "放弃"
    actions.withdraw_claim(support=support, by=support.claimed_by, at=AT)
    with refused("impact.cancelled"):
        actions.claim(
            award=support.award, number=support.matter.number, steps=[2], by=support.claimed_by, at=AT
        )


def test_the_community_confirms_and_nobody_else(stage: Stage) -> None:
    support = stage.claimed(stage.matter())
    strangers = [
        make.person(Role.CLERK, community=make.community()),
        stage.officer,
        support.claimed_by,
    ]
    for person in strangers:
        with refused("impact.not_yours"):
            stage.confirm(support, by=person)
    with refused("impact.nothing_chosen"):
        stage.confirm()
    stage.confirm(support)
    assert exact(support.matter) == [WHOLE]
    assert (support.way, support.confirmer, support.confirmed_on) == (
        Way.ACCOUNT, "虚构文书", date(2018, 12, 1),
    )  # fmt: skip
    parties = db.session.scalars(select(Party)).all()
    assert [party.organization_id for party in parties] == [support.award.application.organization_id]
    with refused("impact.not_waiting"):
        stage.confirm(support)


def test_the_claimant_never_confirms(stage: Stage) -> None:
    """Also when the organization's lead is the clerk, and past the program: the database refuses."""
    support = stage.claimed(stage.matter())
    both = make.person(
        Role.CLERK,
        Role.APPLICANT,
        community=stage.village,
        organization=support.award.application.organization,
    )
    with refused("impact.own_claim"):
        stage.confirm(support, by=both)
    save()
    with pytest.raises(IntegrityError, match="two_people"):
        db.session.execute(
            Support.__table__.update().values(
                state="confirmed", way="account", confirmed_on=date(2018, 12, 1), confirmer="x",
                confirmed_by_id=support.claimed_by_id,
            )
        )  # fmt: skip
    db.session.rollback()


def test_equal_shares_follow_the_number_of_projects(stage: Stage) -> None:
    matter = stage.matter()
    claims = [stage.claimed(matter) for _ in range(3)]
    for support, expected in zip(claims, ([WHOLE], [WHOLE // 2] * 2, [WHOLE // 3] * 3), strict=True):
        stage.confirm(support)
        assert exact(matter) == expected
    actions.undo(support=claims[1], reason="弄错了项目", by=stage.clerk, at=AT)
    assert exact(matter) == [WHOLE // 2] * 2


def test_a_given_share_needs_a_reason_and_bounds_the_others(stage: Stage) -> None:
    matter = stage.matter()
    first, second = stage.claimed(matter), stage.claimed(matter)
    with refused("impact.no_share_reason"):
        stage.confirm(first, shares={first.id: (WHOLE // 4, " ")})
    stage.confirm(first, shares={first.id: (3 * WHOLE // 4, "三步由其承担")})
    assert exact(matter) == [3 * WHOLE // 4]
    stage.confirm(second)
    assert exact(matter) == [3 * WHOLE // 4, WHOLE // 4]
    actions.set_share(support=first, share=WHOLE // 4, reason="核对后调整", by=stage.officer, at=AT)
    assert exact(matter) == [WHOLE // 4, WHOLE // 2]  # never more than an equal part; the rest is others'
    kept = db.session.scalars(select(Correction).where(Correction.field == "share")).one()
    assert (kept.old, kept.new) == (str(3 * WHOLE // 4), str(WHOLE // 4))
    actions.set_share(support=first, share=None, reason="改回均分", by=stage.officer, at=AT)
    assert exact(matter) == [WHOLE // 2] * 2


def test_the_sum_of_shares_never_passes_one(stage: Stage) -> None:
    matter = stage.matter()
    first, second, third = (stage.claimed(matter) for _ in range(3))
    stage.confirm(first, shares={first.id: (2 * WHOLE // 3, "主要承担")})
    save()
    with refused("impact.over_one"):
        stage.confirm(second, shares={second.id: (WHOLE // 2, "也是主要承担")})
    db.session.rollback()
    assert second.state is SupportState.CLAIMED
    stage.confirm(second, shares={second.id: (WHOLE // 3, "其余部分")})
    assert exact(matter) == [2 * WHOLE // 3, WHOLE // 3]
    with refused("impact.over_one"):
        stage.confirm(third)
    db.session.rollback()
    for table, values in (
        (Matter, {"credited": WHOLE + 1}),
        (Support, {"share": WHOLE + 1}),
        (Support, {"share": 0}),
    ):
        with pytest.raises(IntegrityError):
            db.session.execute(table.__table__.update().values(values))
        db.session.rollback()


def test_a_refusal_says_why(stage: Stage) -> None:
    support = stage.claimed(stage.matter())
    with refused("impact.no_reason"):
        actions.refuse(support=support, reason=" ", by=stage.clerk, at=AT)
    with refused("impact.not_yours"):
        actions.refuse(support=support, reason="x", by=stage.approver, at=AT)
    actions.refuse(support=support, reason="该项目未参与", by=stage.clerk, at=AT)
    assert (support.state, support.answer) == (SupportState.REFUSED, "该项目未参与")
    with refused("impact.not_waiting"):
        stage.confirm(support)


def test_a_link_works_once_and_for_thirty_days(stage: Stage) -> None:
    support = stage.claimed(stage.matter())
    with refused("impact.not_yours"):
        actions.make_link(support=support, by=stage.project()[1], at=AT)
    old, _ = actions.make_link(support=support, by=support.claimed_by, at=AT)
    link, token = actions.make_link(support=support, by=stage.officer, at=AT + timedelta(minutes=1))
    assert token not in link.token_hash and queries.link_of_token(token) is link

    def use(
        link: Any = link, name: str = "虚构书记", at: datetime = AT + timedelta(days=1), **more: Any
    ) -> None:
        actions.confirm_by_link(link=link, name=name, at=at, **more)

    with refused("impact.link_expired"):
        use(link=old)
    with refused("impact.link_expired"):
        use(at=AT + timedelta(days=30, minutes=1))
    with refused("impact.no_name"):
        use(name=" ")
    with refused("impact.own_claim"):
        use(name=support.claimed_by.name)
    with refused("impact.own_claim"):
        use(by=support.claimed_by)
    use(position="社区书记", at=AT + timedelta(days=29))
    assert (support.way, support.confirmer, support.confirmed_by_id) == (Way.LINK, "虚构书记(社区书记)", None)
    assert exact(support.matter) == [WHOLE]
    with refused("impact.link_used"):
        use()


def test_paper_counts_once_another_person_has_checked_it(stage: Stage, tmp_path: Path) -> None:
    support = stage.claimed(stage.matter())
    given: dict[str, Any] = {
        "support": support,
        "signed_on": date(2018, 11, 20),
        "by": stage.officer,
        "at": AT,
    }
    scan = Staged("c" * 64, "确认书.pdf", "application/pdf", 99)
    with refused("impact.not_yours"):
        actions.enter_paper(**{**given, "by": stage.clerk}, signer=stage.clerk)
    with refused("impact.no_name"):
        actions.enter_paper(**given, signer=None, name="")
    with refused("impact.own_claim"):
        actions.enter_paper(**given, signer=support.claimed_by)
    with refused("people.later_day"):
        actions.enter_paper(**{**given, "signed_on": date(2018, 12, 2)}, signer=stage.clerk)
    with refused("impact.no_paper"):
        actions.check_paper(support=support, by=stage.approver, at=AT)
    actions.enter_paper(**given, signer=None, name="虚构老书记", scan=scan)
    assert exact(support.matter) == []
    with refused("people.same_person"):
        actions.check_paper(support=support, by=stage.officer, at=AT)
    actions.check_paper(support=support, by=stage.approver, at=AT)
    assert exact(support.matter) == [WHOLE]
    assert (support.way, support.confirmer, support.confirmed_on) == (
        Way.PAPER, "虚构老书记", date(2018, 11, 20),
    )  # fmt: skip
    assert db.session.scalar(select(func.count(Paper.id))) == 1


def test_a_confirmation_is_undone_with_its_trace(stage: Stage) -> None:
    matter = stage.matter()
    first, second = stage.claimed(matter), stage.claimed(matter)
    stage.confirm(first, second)
    assert exact(matter) == [WHOLE // 2] * 2
    with refused("impact.no_reason"):
        actions.undo(support=first, reason="", by=stage.clerk, at=AT)
    with refused("impact.not_yours"):
        actions.undo(support=first, reason="x", by=first.claimed_by, at=AT)
    actions.undo(support=first, reason="确认错了项目", by=stage.officer, at=AT)
    assert exact(matter) == [WHOLE]
    kept = db.session.scalars(select(Correction).where(Correction.kind == "support")).one()
    assert (kept.field, kept.old, kept.new) == ("state", "confirmed", "claimed")
    assert db.session.scalars(select(Party.organization_id)).all() == [
        second.award.application.organization_id
    ]
    with refused("impact.not_confirmed"):
        actions.undo(support=first, reason="x", by=stage.clerk, at=AT)
    with refused("deliberation.supported"):
        matters.reject(matter=matter, closed_on=date(2018, 11, 1), reason="x", by=stage.clerk, at=AT)
    stage.confirm(first)
    assert exact(matter) == [WHOLE // 2] * 2
