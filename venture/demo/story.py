"""A round told through the product's own verbs, act by act, until the stage it is to stand at."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import select

from venture import clock, outbox
from venture.applications import actions as applications
from venture.applications import codes, parts
from venture.applications import queries as application_queries
from venture.applications.eligibility import Result
from venture.applications.likeness import Verdict, alike
from venture.applications.models import Application
from venture.applications.printing import fixed_words
from venture.budget import actions as budget
from venture.budget import queries as budget_queries
from venture.budget.models import Award, InvoiceKind, OutcomeKind
from venture.db import db
from venture.demo import content, evidence
from venture.demo.cast import Cast
from venture.demo.content import Project
from venture.outbox import Message
from venture.people import actions as people
from venture.people.models import Organization, Person
from venture.review import actions as review
from venture.review import drawing
from venture.review import queries as review_queries
from venture.review.conflicts import Ground
from venture.review.defaults import PLEDGE, OtherFee
from venture.review.models import Title
from venture.review.queries import ranking
from venture.rounds import actions as rounds
from venture.rounds.defaults import RuleLine, SignedIn, SourceLine
from venture.rounds.models import (
    Blindness,
    Channel,
    Condition,
    Due,
    MarksSeen,
    MoneyKind,
    Phase,
    Round,
    ThirdParty,
)
from venture.rounds.questions import Question, QuestionKind

STAGES = ("call", "review", "notice", "payment", "closing")
"""Where the present round may stand, in order."""

FIRST_TOLD = 2018
"""The year of the first round told, in which plan and budget were not revised yet."""

INSURANCE = 30_000
"""What a revised budget moves to the insurance of volunteers, in fen."""

OWN_QUESTIONS = (
    Question(
        "",
        QuestionKind.CHOICE,
        "项目是否有本地志愿者参加",
        "本届关注居民自己动手。",
        choices=(("c1", "有"), ("c2", "没有")),
    ),
    Question("", QuestionKind.NUMBER, "参加的志愿者人数", least=100, most=5_000, after="q1", answer="c1"),
)
"""What the present round asks beyond the usual form."""


def ordinal(number: int) -> str:
    """The number of a round in Chinese, up to nineteen: 3 → 三, 11 → 十一."""
    tens, ones = divmod(number, 10)
    return "十" * tens + "零一二三四五六七八九"[ones] * bool(ones)


def moment(day: date, hour: int = 10, minute: int = 0, second: int = 0) -> datetime:
    """A moment of office hours in Beijing."""
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=clock.BEIJING)


@dataclass
class Story:
    """One round: when it closed, who applied with what, and how far it has come."""

    cast: Cast
    root: Path
    year: int
    ordinal: int
    closes_on: date
    bids: Sequence[tuple[Project, Organization, Person]]
    document_no: str
    suffix: str = ""
    blind: bool = False  # the review is blind, and the experts never see each other's marks
    asks: bool = False  # the round has own questions, one of which is widened while it is open
    presents: bool = False  # projects are presented on the panel day, for a fifth of the score
    manner: int = 0

    def day(self, after: int) -> date:
        """The day so many days after the closing; none lies on a weekend."""
        return _workday(self.closes_on + timedelta(days=after))

    def at(self, after: int, hour: int = 10, minute: int = 0) -> datetime:
        return moment(self.day(after), hour, minute)

    def call(self) -> Round:
        """Prepare and open the round; everybody drafts."""
        officer, at = self.cast["officer"], moment(self.closes_on - timedelta(days=30))
        with clock.told(at):
            round = rounds.create(
                year=self.year,
                ordinal=self.ordinal,
                name=f"{self.year}年第{ordinal(self.ordinal)}届公益创投（演示）",
                total=60_000_000,
                opens_at=moment(self.closes_on - timedelta(days=20), 9),
                closes_at=moment(self.closes_on, 17),
                by=officer,
                at=at,
            )
            sources = [
                SourceLine(
                    self.document_no, MoneyKind.LOTTERY, self.year, 40_000_000, date(self.year + 1, 12, 31)
                ),
                SourceLine(f"虚构财预〔{self.year}〕3号", MoneyKind.GENERAL, self.year, 24_000_000),
            ]
            rounds.save_sources(round=round, lines=sources, by=officer, at=at)
            rounds.save_set_asides(round=round, lines=content.SET_ASIDES, by=officer, at=at)
            rounds.save_goals(round=round, lines=content.GOALS, by=officer, at=at)
            kept = [
                rule
                for rule in round.rules
                if rule.code in {"legal_person", "abnormal_list", "ban", "charter"}
            ]
            lines = [RuleLine(rule.code, rule.parameter, rule.text) for rule in kept]
            rounds.save_rules(round=round, lines=lines, by=officer, at=at)
            texts = {"issuer": content.ISSUER, "contact": content.CONTACT, "clauses": content.CLAUSES}
            values = {**texts, "collects_needs": True, "releases_comments": True, "waiting_list": self.asks}
            values["asks_revision"] = self.year > FIRST_TOLD
            values |= {"agreement_pattern": "海创协〔YYYY〕##号", "agreement_third": ThirdParty.COMMUNITY}
            if self.blind:
                values |= {"blindness": Blindness.HIDDEN, "marks_seen": MarksSeen.NEVER}
            values |= {"presentation_weight": 20} if self.presents else {}
            values["monthly_plan"] = True
            rounds.save_settings(round=round, values=values, by=officer, at=at)
            self._choose_topics(round, at)
            for question in OWN_QUESTIONS if self.asks else ():
                applications.put_question(round=round, question=question, by=officer, at=at)
            rounds.open_round(round=round, by=officer, at=at)
            self._announce(round, at)
        return round

    def _choose_topics(self, round: Round, at: datetime) -> None:
        """Two villages say what they need; the bureau takes both as topics."""
        needs = [
            rounds.propose_need(
                round=round,
                community=self.cast.communities[place],
                problem=problem,
                concerns=concerns,
                wish=wish,
                by=self.cast.clerk_of(place),
                at=at,
            )
            for place, problem, concerns, wish in content.NEEDS
        ]
        choices = [rounds.Choice(need, True) for need in needs]
        rounds.choose_topics(round=round, choices=choices, by=self.cast["officer"], at=at)

    def _announce(self, round: Round, at: datetime) -> None:
        """A briefing, and the call with it."""
        officer, begins_at = self.cast["officer"], moment(self.day(-18), 14, 30)
        base = current_app.settings.base_url  # type: ignore[attr-defined]  # set by web.start
        briefing = rounds.hold_briefing(
            round=round, begins_at=begins_at, place=content.BRIEFING, note="", by=officer, at=at
        )
        rounds.publish_call(
            round=round,
            address=f"{base}/calls/{self.year}",
            document_no="",
            note="",
            by=officer,
            at=at,
        )
        came = [SignedIn(*line) for line in content.CAME]
        with clock.told(begins_at):
            rounds.save_attendance(briefing=briefing, lines=came, by=self.cast["operator"], at=begins_at)

    def ask(self, round: Round) -> None:
        """Questions about the call in its first days, each answered for all."""
        officer, at = self.cast["officer"], moment(self.day(-17), 15)
        with clock.told(at):
            for place, (channel, text, answer) in enumerate(content.QUESTIONS):
                by = self.cast["applicant"] if channel == Channel.PAGE.value else officer
                question = rounds.ask(
                    round=round,
                    text=text,
                    channel=Channel(channel),
                    key=f"demo-{self.year}-{place}",
                    by=by,
                    at=at,
                )
                applications.answer_question(
                    question=question, wording=text.removeprefix("群里问："), answer=answer, by=officer, at=at
                )

    def apply(self, round: Round, *, until: int | None = None) -> list[Application]:
        """Draft and submit, the last ones in the last hour; with `until` only the first so many are sent."""
        sent = []
        for place, (project, organization, person) in enumerate(self.bids):
            back = max(0, 12 - place)
            at = moment(self.closes_on - timedelta(days=back), 9 + place % 7, 7 * place % 60)
            with clock.told(at):
                application = self._draft(round, project, organization, person, at)
                if until is None or place < until:
                    applications.submit(
                        application=application,
                        by=person,
                        key=f"demo-{self.year}-{place}",
                        seen=application.revision,
                        at=at,
                    )
            sent.append(application)
            if self.asks and place == 2:
                self._supplement(round, at + timedelta(hours=1))
        return sent

    def _supplement(self, round: Round, at: datetime) -> None:
        """The officer widens a question that turned out too narrow, and tells those who have begun."""
        officer, question = self.cast["officer"], application_queries.own_questions(round)[-1]
        with clock.told(at):
            applications.amend_question(
                round=round,
                question=replace(question, most=10_000),
                reason="有单位反映志愿者超过 50 人，原上限偏低。",
                by=officer,
                at=at,
            )
            waiting = select(Message).where(Message.kind == "applications.supplement")
            outbox.release(db.session.scalars(waiting).all(), by=officer, at=at)

    def _draft(
        self, round: Round, project: Project, organization: Organization, person: Person, at: datetime
    ) -> Application:
        theme = next(theme for theme in round.themes if theme.code == project.theme)
        application = applications.start(
            round=round, organization=organization, theme=theme, by=person, at=at
        )
        for part in application_queries.offered(application, application_queries.sheet(application)):
            posted = self._answers(round, project, part.code)
            if posted:
                applications.save_part(
                    application=application,
                    part=part,
                    posted=posted,
                    seen=application.revision,
                    base=None,
                    by=person,
                    at=at,
                )
        for kind in round.papers:
            if kind.required and kind.due is Due.SUBMIT:
                staged = evidence.paper(kind.name, kind.code, self.root)
                applications.attach(application=application, kind=kind, staged=staged, by=person, at=at)
        return application

    def _answers(self, round: Round, project: Project, part: str) -> dict[str, parts.Raw]:
        """What the organization types into a part of the form."""
        yuan, own = project.asked, project.liking * 10 + self.ordinal * 3
        field = next(field for field in round.fields if field.code == project.field)
        topics = {topic.community_id: topic.number for topic in round.topics}
        served = [topics.get(self.cast.communities[place].id) for place in project.villages]
        title, say = project.title + self.suffix, content.MANNERS[self.manner]
        answers: dict[str, dict[str, parts.Raw]] = {
            "organization": {"experience": "连续三年在本地开展同类服务（虚构）。", "won_before": "no"},
            "basics": {
                "title": title,
                "theme": project.theme,
                "field": field.code,
                "topic": next((str(number) for number in served if number), ""),
                "starts_on": f"{self.year}-08-01",
                "ends_on": f"{self.year + 1}-04-30",
                "communities": [self.cast.communities[place].code for place in project.villages],
                "asked": str(yuan),
                "direct": str(60 + project.liking * 2),
                "indirect": str(400 + project.liking * 5),
            },
            "plan": {
                "summary": project.summary,
                "need": project.need,
                "beneficiaries_text": say["who"].format(title=title),
                "beneficiaries": [{"kind": field.name, "count": str(60 + project.liking), "note": ""}],
                "goal": say["goal"].format(title=title),
                "goals": [{"text": "服务活动", "unit": "场", "target": "24"}],
                "plan": [
                    {
                        "phase": "启动",
                        "period": "第1月",
                        "activity": say["first"].format(title=title),
                        "times": "1",
                        "output": "需求台账",
                    },
                    {
                        "phase": "实施",
                        "period": "第2至8月",
                        "activity": say["then"].format(title=title),
                        "times": "24",
                        "output": "活动记录",
                    },
                    {
                        "phase": "总结",
                        "period": "第9月",
                        "activity": say["last"].format(title=title),
                        "times": "1",
                        "output": "评估报告",
                    },
                ],
                "feature": say["feature"].format(title=title),
                "risks": say["risks"].format(title=title),
                "lasting": project.lasting,
            },
            "money": {
                "costs_grant": [
                    _line("activity", "活动物资与场地", yuan * 55 // 100 + own, 1, "项"),
                    _line("volunteer", "志愿者补贴", yuan * 25 // 1000, 10, "月"),
                    _line("expert", "专家讲课费", yuan * 12 // 100 - own, 1, "项"),
                    _line("management", "管理费", yuan * 8 // 100, 1, "项"),
                ],
            },
            "team": {
                "lead_name": "负责人（虚构）",
                "lead_position": "项目主管",
                "lead_phone": "13800000000",
                "team": [_member("甲（虚构）", "执行"), _member("乙（虚构）", "财务")],
            },
            "pledge": {"pledge": "yes"},
            "own": {"q1": "c1", "q2": str(8 + project.liking % 40)} if project.liking % 4 else {"q1": "c2"},
            "theme": {
                "council_exists": "yes",
                "steps": ["1", "2", "4", "5", "6"],
                "topic_source": "走访与居民微信群",
                "expected_matters": "5",
                "meetings": [{"kind": "council", "times": "6"}, {"kind": "talk", "times": "4"}],
                "baseline": "上年议事 2 次，定 1 项。",
            },
        }
        return answers.get(part, {})

    def check(
        self, round: Round, *, leave: int | None = None, unfit: int | None = None, owes: int | None = None
    ) -> None:
        """Close the round and decide eligibility in one act; `leave` (a bid's place) waits, `unfit` fails, `owes`
        brings no signed page while the bid after it signed an earlier draft.
        """
        officer = self.cast["officer"]
        with clock.told(self.at(1, 9)):
            rounds.close_round(round=round, by=officer, at=self.at(1, 9))
        self._late_paper(round)
        self._signed_pages(round, owes)
        at = self.at(4)
        with clock.told(at):
            for _project, organization, _person in self.bids:
                people.look_up_lists(organization=organization, on=self.day(4), by=officer, at=at)
            ticked, rulings = [], []
            for desked in application_queries.desk(round, officer, at):
                place = self._place(desked.application)
                if place == leave:
                    continue
                ticked.append(
                    applications.Ticked(
                        desked.application, "charter", Result.PASS, "章程第六条业务范围（虚构）"
                    )
                )
                ruling = applications.Ruling(desked.application, "pass", desked.version)
                if place == unfit:
                    ruling = replace(
                        ruling, outcome="fail", rule="charter", reason="只购置设备，不属于资助范围。"
                    )
                rulings.append(ruling)
            applications.decide(round=round, rulings=rulings, ticked=ticked, by=officer, at=at)

    def _late_paper(self, round: Round) -> None:
        """The first bid's audit report comes after the closing, as the officer admitted."""
        officer, (_project, _organization, person) = self.cast["officer"], self.bids[0]
        kind = next(kind for kind in round.papers if kind.code == "audit")
        rows = application_queries.desk(round, officer, self.at(1, 10))
        application = next(row.application for row in rows if self._place(row.application) == 0)
        with clock.told(self.at(1, 10)):
            applications.admit_papers(
                application=application,
                kinds=[kind],
                until=self.at(3, 17),
                reason="会计师事务所的审计报告在截止后才出具（虚构）。",
                by=officer,
                at=self.at(1, 10),
            )
        with clock.told(self.at(2)):
            staged = evidence.paper(kind.name, kind.code, self.root)
            applications.attach(application=application, kind=kind, staged=staged, by=person, at=self.at(2))

    def _signed_pages(self, round: Round, owes: int | None) -> None:
        """The stamped pledges come as scans, each with the code of the version that was signed."""
        kind, at = next(kind for kind in round.papers if kind.coded), self.at(2, 11)
        scan = evidence.paper(kind.name, kind.code, self.root)
        with clock.told(at):
            for row in application_queries.desk(round, self.cast["officer"], at):
                application, place = row.application, self._place(row.application)
                if place == owes:
                    continue
                earlier = codes.of_draft(application.id, application.revision - 1)
                signed = application.versions[-1].receipt if place - 1 != owes else earlier
                given: dict[str, Any] = {"application": application, "by": self.bids[place][2], "at": at}
                attached = applications.attach(kind=kind, staged=scan, **given)
                applications.enter_code(attachment=attached, typed=signed, **given)

    def compare(self, round: Round, *, explained: str = "") -> None:
        """Hold the proposals against each other and the earlier ones; with `explained` say so of every pair."""
        officer, at = self.cast["officer"], self.at(2)
        with clock.told(at):
            proposals, among = application_queries.comparable(round)
            found = alike(proposals, fixed_words(round), among)
            applications.compare(round=round, found=found, among=among, by=officer, at=at)
            if explained and (pairs := application_queries.pairs(round, officer).items):
                applications.judge_pairs(
                    looked=[applications.Looked(pair, pair.seen) for pair in pairs],
                    verdict=Verdict.EXPLAINED,
                    reason=explained,
                    by=officer,
                    at=at,
                )

    def send_back(self, round: Round, place: int, on: date) -> None:
        """Return one bid for completion; its organization has begun to answer and stopped in mid-sentence."""
        officer, at = self.cast["officer"], moment(on, 16)
        application = next(
            desked.application
            for desked in application_queries.desk(round, officer, at)
            if self._place(desked.application) == place
        )
        with clock.told(at):
            applications.send_back(
                application=application,
                missing="请补充需求分析中的调查数据，并说明与村理事会如何分工。",
                days=3,
                by=officer,
                at=at,
            )
        begun = moment(on, 20, 41)
        with clock.told(begun):
            applications.save_part(
                application=application,
                part=parts.PLAN,
                posted={"need": self.bids[place][0].need + "补充：11月又走访了 42 户，其中 31 户提到"},
                seen=application.revision,
                base=None,
                by=self.bids[place][2],
                at=begun,
            )

    def _place(self, application: Application) -> int:
        return next(place for place, bid in enumerate(self.bids) if bid[1].id == application.organization_id)

    def review(self, round: Round, *, whole: bool = True, drawn: bool = False) -> None:
        """Seat five experts, or draw them, and let them score; unless `whole`, the first has most still to do."""
        officer = self.cast["officer"]
        if drawn:
            self._draw(round)
        else:
            with clock.told(self.at(5)):
                review.seat(round=round, people=self.cast.experts, by=officer, at=self.at(5))
        with clock.told(self.at(6)):
            begun = review.begin(round=round, by=officer, at=self.at(6))
        self.panel_day(round)
        for number, expert in enumerate(self.cast.experts, start=1):
            for place, application in enumerate(begun):
                if not whole and ((number == 1 and place >= 3) or (number == 5 and place % 3 == 0)):
                    continue
                at = self.at(7 if number < 4 else 8, 19, place)
                with clock.told(at):
                    filled = _filled(application, self.bids[self._place(application)][0].liking, number)
                    review.hand_in(application=application, filled=filled, seen=0, by=expert, at=at)
        if self.presents:
            self._present(begun)

    def _present(self, begun: Sequence[Application]) -> None:
        """Each expert marks each presentation on the panel day; a good speech is worth a little more than its papers."""
        for number, expert in enumerate(self.cast.experts, start=1):
            for place, application in enumerate(begun):
                at = self.at(9, 9, place)
                with clock.told(at):
                    liking = self.bids[self._place(application)][0].liking + place % 3 * 4 - 4
                    filled = _filled(application, liking, number, Phase.PRESENTATION)
                    review.hand_in(
                        application=application,
                        phase=Phase.PRESENTATION,
                        filled=filled,
                        seen=0,
                        by=expert,
                        at=at,
                    )

    def fees(self, round: Round) -> None:
        """Rates, the list with one exception, and who has signed; one expert's account, sealed."""
        officer, finance = self.cast["officer"], self.cast["finance"]
        with clock.told(self.at(9)):
            amounts = {Title(title): yuan * 100 for title, yuan in content.RATES.items()}
            review.set_rates(round=round, amounts=amounts, by=officer, at=self.at(9))
            exceptions = {4: OtherFee(240_000, "另主持答辩半天（虚构）")}
            made = review.set_fees(round=round, exceptions=exceptions, by=officer, at=self.at(9))
        with clock.told(self.at(10)):
            review.note_receipts(fees=made[:4], signed_on=self.day(10), by=finance, at=self.at(10))
            review.enter_account(
                person=self.cast["expert3"],
                identity=content.IDENTITY,
                bank="虚构银行海门支行",
                card="6222000000000000003",
                secret=current_app.settings.secret,  # type: ignore[attr-defined]  # set by web.start
                by=finance,
                at=self.at(10),
            )

    def _draw(self, round: Round) -> None:
        """Draw five experts; one declines, the next in order takes the place; one more is asked directly.

        The story needs the five with whom it goes on, so the seed is sought that draws them: here, and only here.
        """
        officer, at, experts = self.cast["officer"], self.at(3), self.cast.experts
        declines, last = self.cast["expert6"], experts[-1]
        conditions = drawing.Conditions(5, finance=1, per_employer=2)
        with clock.told(at):
            candidates = review_queries.drawable_experts(round, (), 1)
            names = {one.name: one.number for one in candidates}
            wanted = {names[person.name] for person in [*experts[:-1], declines]}
            seed = next(
                str(seed)
                for seed in count(1)
                if set((found := drawing.draw(candidates, conditions, str(seed))).chosen) == wanted
                and found.substitutes[0] == names[last.name]
            )
            review.draw_experts(
                round=round,
                conditions=conditions,
                fields=(),
                seed=seed,
                answer_by_on=self.day(5),
                pledge=PLEDGE,
                by=officer,
                at=at,
            )
        with clock.told(self.at(3, 15)):
            asked = {row.person_id: row for row in review_queries.invitations(round)}
            no = asked[declines.id]
            review.decline(invitation=no, reason="当周出差，无法参加。", by=declines, at=self.at(3, 15))
            asked[last.id] = review.replace(
                invitation=no, answer_by_on=self.day(5), by=officer, at=self.at(3, 15)
            )
        for expert in experts:
            with clock.told(self.at(4, 20)):
                review.accept(invitation=asked[expert.id], interests={}, by=expert, at=self.at(4, 20))
        with clock.told(self.at(5)):
            review.invite(
                round=round,
                people=[self.cast["expert7"]],
                answer_by_on=self.day(40),
                pledge=PLEDGE,
                by=officer,
                at=self.at(5),
            )

    def panel_day(self, round: Round) -> None:
        """Draw the running order and write down where the panel meets, the day after the review has begun."""
        operator, at = self.cast["operator"], self.at(6, 15)
        with clock.told(at):
            review.draw_running_order(round=round, seed=self.year * 1000 + 612, reason="", by=operator, at=at)
            review.save_day(
                round=round,
                held_on=self.day(9 if self.presents else 7),
                hours="09:00—16:30",
                place="民政局三楼会议室（虚构）",
                chair="主持人（虚构）",
                recorder="记录人（虚构）",
                present=range(1, len(self.cast.experts) + 1),
                observers="派驻纪检组　监督员（虚构）\n财务科　观察员（虚构）",
                remarks="汇报每项 8 分钟，提问 5 分钟，当场打分。",
                seen=0,
                by=operator,
                at=at,
            )

    def tie(self, place: int, number: int, on: date) -> None:
        """An expert steps back from one proposal, having advised it."""
        expert, at = self.cast.experts[number - 1], moment(on, 20)
        title = self.bids[place][0].title + self.suffix
        application = db.session.scalars(select(Application).where(Application.title == title)).one()
        with clock.told(at):
            review.declare_tie(
                application=application,
                person=expert,
                ground=Ground.DECLARED,
                note="去年曾为该项目授课。",
                by=expert,
                at=at,
            )

    def object(self, round: Round, on: date) -> None:
        """A resident objects to the newest notice."""
        at = moment(on, 21)
        with clock.told(at):
            budget.object_to(
                notice=budget_queries.notices_of(round)[0],
                place=1,
                name="李居民（虚构）",
                contact="0513-80000001",
                text="项目实施地点与公示的社区不一致，请核实。",
                key=f"demo-objection-{self.year}",
                at=at,
            )

    def decide(
        self,
        round: Round,
        *,
        on: date | None = None,
        publish_on: date | None = None,
        later: str = "",
        number: int = 7,
    ) -> None:
        """Propose, approve with the minutes, publish the notice; the project titled `later` has to wait."""
        officer, approver = self.cast["officer"], self.cast["approver"]
        proposed = moment(on or self.day(12))
        approved = moment(_workday(proposed.date() + timedelta(days=1)), 15)
        published = moment(publish_on or _workday(approved.date() + timedelta(days=1)), 9)
        choices = {
            line.application_id: budget.Choice(0, "场地证明待补充，另行研究。")
            for theme in ranking(round)
            for line in theme.lines
            if line.title == later
        }
        with clock.told(proposed):
            decision = budget.propose(round=round, choices=choices, by=officer, at=proposed)
        with clock.told(approved):
            budget.approve(
                decision=decision,
                held_on=approved.date(),
                minutes_no=f"海民纪〔{self.year}〕{number}号（虚构）",
                scan=evidence.paper("评审会纪要", "minutes", self.root),
                by=approver,
                at=approved,
            )
        with clock.told(published):
            notice = budget.publish(decision=decision, starts_on=published.date(), by=officer, at=published)
        with clock.told(moment(published.date(), 11)):
            budget.post_up(
                notice=notice,
                outcome=None,
                address="www.example.org/gongshi（虚构）",
                posted_on=published.date(),
                picture=evidence.paper("网页截图", "screenshot of the notice", self.root),
                by=officer,
                at=moment(published.date(), 11),
            )

    def award(self, round: Round) -> list[Award]:
        """After the notice: award the whole list, draw the agreements up, enter them as signed with their scans."""
        officer = self.cast["officer"]
        notice = next(one for one in budget_queries.notices_of(round))
        on = notice.ends_on + timedelta(days=1)
        with clock.told(moment(on, 9)):
            budget.publish_outcome(
                notice=notice, kind=OutcomeKind.RESULT, note="", by=officer, at=moment(on, 9)
            )
        with clock.told(moment(on, 10)):
            lines = [line for line in notice.decision.lines if line.decided]
            made = budget.award_list(notice=notice, lines=lines, by=officer, at=moment(on, 10))
        if round.asks_revision:
            self._revise(round, on + timedelta(days=1))
        drawn, signed = on + timedelta(days=2), on + timedelta(days=5)
        with clock.told(moment(drawn, 15)):
            numbers = budget_queries.offered(round, made)
            drafts = [
                budget.Draft(award, numbers[award.id], award.application.organization.legal_representative)
                for award in made
            ]
            budget.draw_up(round=round, drafts=drafts, by=officer, at=moment(drawn, 15))
        with clock.told(moment(signed, 15)):
            signings = [budget.Signing(award, numbers[award.id], signed) for award in made]
            budget.sign(signings=signings, by=officer, at=moment(signed, 15))
        with clock.told(moment(signed, 17)):
            scans = {
                award: evidence.paper(f"协议{award.project_no}", award.project_no, self.root)
                for award in made[:-1]
            }
            budget.keep_scans(agreements=scans, amendments={}, by=officer, at=moment(signed, 17))
        return list(made)

    def _revise(self, round: Round, on: date) -> None:
        """Each organization brings its budget to what was approved; the office accepts the list."""
        officer = self.cast["officer"]
        rows = budget_queries.revisions(round, officer)
        with clock.told(moment(on, 10)):
            for row in rows:
                award = row.award
                writer = budget_queries.applicants_of(award.application.organization)[0]
                listed = parts.lines(budget_queries.applied(row), parts.CostTable.GRANT)
                less = sum(line.amount for line in listed) - award.amount + INSURANCE
                first = next(line for line in listed if line.amount > less)
                costs = [
                    _line(line.category.value, line.content, (line.amount - less) // 100, 1, "项")
                    if line is first
                    else {
                        "category": line.category.value,
                        "content": line.content,
                        "unit_price": parts.show(parts.Kind.MONEY, line.unit_price),
                        "quantity": parts.show(parts.Kind.QUANTITY, line.quantity),
                        "unit": line.unit,
                    }
                    for line in listed
                ]
                costs.append(_line("volunteer", "志愿者保险", INSURANCE // 100, 1, "项"))
                given: dict[str, Any] = {"revision": row, "by": writer, "at": moment(on, 10)}
                budget.save_revision(posted={"costs_grant": costs}, base={}, **given)
                budget.send_revision(**given)
        with clock.told(moment(on, 16)):
            budget.decide_revisions(accepted=rows, returned={}, by=officer, at=moment(on, 16))

    def amend(self, award: Award, on: date) -> None:
        """Somebody else signs for the organization from a day on; the approver agrees."""
        at = moment(on, 10)
        with clock.told(at):
            made = budget.amend(
                award=award,
                changes=[("实施地点", "虚构活动室", "社区党群服务中心（虚构）")],
                signatory="周新理事（虚构）",
                effective_on=on,
                reason="理事会换届（虚构）",
                by=self.cast["officer"],
                at=at,
            )
        with clock.told(moment(on, 16)):
            budget.approve_amendment(amendment=made, by=self.cast["approver"], at=moment(on, 16))

    def pay(self, round: Round, on: date, *, until: str = "paid") -> None:
        """Take what is due through its four acts by different people, or as far as `until`."""
        officer, finance = self.cast["officer"], self.cast["finance"]
        at = moment(on, 10)
        with clock.told(at):
            due = [row.instalment for row in budget_queries.payables(round, officer)]
            key = f"demo-{self.year}-{on.isoformat()}"
            batch = budget.request(round=round, instalments=due, by=officer, at=at, key=key)
        rows = list(batch.payments)
        with clock.told(moment(on, 14)):
            if until == "requested":
                return
            budget.check(payments=rows, by=finance, at=moment(on, 14))
        with clock.told(moment(on, 16)):
            if until == "checked":
                return
            budget.release(payments=rows, by=self.cast["approver"], at=moment(on, 16))
        paid_on = on + timedelta(days=2)
        with clock.told(moment(paid_on, 11)):
            vouchers = [
                budget.Voucher(row, f"记{on.year % 100:02d}{on.month:02d}{number:03d}", paid_on)
                for number, row in enumerate(rows, start=1)
            ]
            budget.record_paid(vouchers=vouchers, by=finance, at=moment(paid_on, 11))

    def claim(self, award: Award, amount: int, on: date, reason: str) -> None:
        """Claim money back; two thirds of it come back a week later."""
        at, came = moment(on, 10), moment(on + timedelta(days=7), 15)
        with clock.told(at):
            claim = budget.claim_back(
                award=award,
                amount=amount,
                reason=reason,
                due_on=on + timedelta(days=30),
                key=f"demo-claim-{self.year}-{award.id}",
                by=self.cast["officer"],
                at=at,
            )
        with clock.told(came):
            budget.receive_refund(
                claim=claim,
                amount=amount * 2 // 3,
                received_on=came.date(),
                voucher_no=f"收{on.year % 100:02d}{on.month:02d}001",
                key=f"demo-refund-{self.year}-{award.id}",
                by=self.cast["finance"],
                at=came,
            )

    def papers(self, award: Award, lead: Person, on: date) -> None:
        """An organization hands in the receipt of its last instalment, and asks for another account."""
        at, last = moment(on, 19), award.instalments[-1]
        with clock.told(at):
            budget.hand_in_invoice(
                instalment=last,
                kind=InvoiceKind.RECEIPT,
                number=f"虚构{self.year}0001",
                issued_on=on,
                amount=last.payable,
                scan=evidence.paper("收据", "receipt", self.root),
                by=lead,
                at=at,
            )
            budget.ask_account_change(
                organization=award.application.organization,
                account_name=award.application.organization.name,
                bank="虚构银行海门滨江支行",
                account_no="62220000009900180",
                reason="原开户行撤并（虚构）",
                proof=evidence.paper("开户证明", "account", self.root),
                by=lead,
                at=at,
            )

    def meet(self, made: Sequence[Award], condition: Condition, on: date, note: str) -> None:
        """Note that an evaluation was passed."""
        with clock.told(moment(on, 11)):
            budget.meet_conditions(
                awards=made, condition=condition, on=on, note=note, by=self.cast["officer"], at=moment(on, 11)
            )

    def step(self, made: Sequence[Award], name: str, on: date) -> None:
        """Move every project one step of its life."""
        with clock.told(moment(on, 12)):
            for award in made:
                applications.move(application=award.application, name=name, by=self.cast["officer"])


def _workday(day: date) -> date:
    """The day, or the Monday after a weekend."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def _line(category: str, text: str, price: int, quantity: int, unit: str) -> parts.Row:
    return {
        "category": category,
        "content": text,
        "unit_price": str(price),
        "quantity": str(quantity),
        "unit": unit,
    }


def _member(name: str, role: str) -> parts.Row:
    return {"name": name, "role": role, "time": "每周 20 小时", "insured": "yes", "licence": "助理社会工作师"}


def _filled(application: Application, liking: int, number: int, phase: Phase = Phase.PAPERS) -> review.Filled:
    """An expert's marks: near the panel's liking, each expert a little severe or mild, always the same."""
    chance = random.Random(f"{application.number}-{number}")
    assert application.theme is not None
    marks: dict[str, int | None] = {}
    for criterion in application.theme.sheet(phase):
        percent = min(95, max(41, liking + chance.choice((-3, -1, 0, 1, 3)) + (number - 3)))
        marks[criterion.code] = criterion.max * percent // 100 // criterion.step * criterion.step
    comment = "需求清楚，建议细化验证办法。" if liking > 75 and phase is Phase.PAPERS else ""
    return review.Filled(marks, {}, comment)
