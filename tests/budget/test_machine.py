"""The money's verbs in any order against a plain model: what fits is done, what doesn't is refused, all sums agree."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from budget import scene
from client import save
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from venture import trail
from venture.budget import actions, queries
from venture.budget.models import Award, DecisionLine, Notice
from venture.db import db
from venture.refusal import Refused
from venture.rounds import actions as rounds
from venture.rounds.models import Condition

ASKED = {"1": (0, 4000000), "2": (0, 3000000), "3": (1, 3000000)}
EARMARKS = [6000000, 4000000]
CONDITIONS = [Condition.SIGNED, Condition.MIDTERM, Condition.CLOSING]
NAMES = st.sampled_from(sorted(ASKED))
PARTS = st.integers(0, 2)
SUMS = st.sampled_from([1, 500000, 1200000, 2000000, 4500000])


@dataclass
class Part:
    """An instalment: what is payable, how far it is, in which order it was asked for."""

    planned: int
    payable: int
    state: str = "none"
    turn: int = 0
    paid_at: int = 0
    held: int = 0


@dataclass
class Plain:
    """An award as one would keep it on paper."""

    theme: int
    amount: int
    parts: list[Part]
    live: bool = True
    signed: bool = False
    met: set[int] = field(default_factory=set)
    freed: int = 0
    settled: int = 0
    claims: list[dict[str, int]] = field(default_factory=list)

    @property
    def paid(self) -> int:
        return sum(part.held for part in self.parts)

    @property
    def pending(self) -> int:
        return sum(part.payable for part in self.parts if part.state in ("asked", "checked", "released"))

    @property
    def claimed(self) -> int:
        return sum(each["open"] for each in self.claims)

    @property
    def unpaid(self) -> int:
        return self.amount - self.paid - self.pending - self.freed


class Money(RuleBasedStateMachine):
    """Each rule asks the model first, then the verb: both refuse or both do it."""

    def __init__(self) -> None:
        super().__init__()
        self.of = STAGE["of"]
        self.notice: Notice = db.session.get_one(Notice, STAGE["notice"])
        self.awards: dict[str, Plain] = {}
        self.earmarks = list(EARMARKS)
        self.turn = 0

    def teardown(self) -> None:
        trail.forget(db.session())
        db.session.rollback()

    @property
    def at(self) -> datetime:
        return scene.SIGNED_AT + timedelta(minutes=self.turn)

    def row(self, name: str) -> Award:
        return db.session.query(Award).filter_by(application_id=self.of.projects[name].id).one()

    def committed(self, theme: int) -> int:
        return sum(each.amount - each.freed for each in self.awards.values() if each.theme == theme)

    def fits(self, theme: int, amount: int) -> bool:
        return self.committed(theme) + amount <= self.earmarks[theme]

    def act(self, allowed: bool, verb: Callable[..., Any], **given: Any) -> Any:
        """Do it in a savepoint; what is refused leaves nothing behind."""
        self.turn += 1
        trial = db.session.begin_nested()
        try:
            done = verb(**given, at=self.at)
        except Refused as refused:
            trial.rollback()
            db.session.expire_all()
            assert not allowed, refused
            return None
        trial.commit()
        assert allowed, f"{verb.__name__} should have been refused"
        return done

    def near(self, name: str) -> tuple[str, Plain]:
        """The award of this name, or one that there is."""
        name = name if name in self.awards else min(self.awards)
        return name, self.awards[name]

    @initialize(paid=st.integers(0, 2))
    def begun(self, paid: int) -> None:
        """Two awards, signed, with so many instalments paid: from there the interesting orders are near."""
        for name in ("1", "3"):
            self.award(name)
            self.sign(name)
            for number in (1, 2):
                self.meet(name, number)
            for number in range(paid):
                self.request(name, number)
                for step in ("check", "release", "pay"):
                    self.move_on(name, number, step)

    @rule(name=NAMES, number=PARTS)
    def next_step(self, name: str, number: int) -> None:
        """What would come next for an instalment."""
        steps = {"none": "", "asked": "check", "checked": "release", "released": "pay", "paid": "bounce"}
        if step := steps[self.near(name)[1].parts[number].state]:
            self.move_on(name, number, step)
        else:
            self.request(name, number)

    @rule(name=NAMES)
    def award(self, name: str) -> None:
        theme, amount = ASKED[name]
        line = db.session.query(DecisionLine).filter_by(application_id=self.of.projects[name].id).one()
        allowed = name not in self.awards and self.fits(theme, amount)
        made = self.act(allowed, actions.award_list, notice=self.notice, lines=[line], by=self.of.officer)
        if made:
            shares = [amount * weight // 100 for weight in (50, 30, 20)]
            self.awards[name] = Plain(theme, amount, [Part(share, share) for share in shares])

    @rule(name=NAMES)
    def sign(self, name: str) -> None:
        name, one = self.near(name)
        signing = actions.Signing(self.row(name), f"虚构{name}", date(2018, 9, 20))
        allowed = one.live and not one.signed
        self.act(allowed, actions.sign, signings=[signing], by=self.of.officer)
        if allowed:
            one.signed = True
            one.met.add(0)

    @rule(name=NAMES, number=st.integers(1, 2))
    def meet(self, name: str, number: int) -> None:
        name, one = self.near(name)
        given = {"condition": CONDITIONS[number], "on": date(2018, 9, 20), "note": "虚构"}
        self.act(one.live, actions.meet_conditions, awards=[self.row(name)], by=self.of.officer, **given)
        if one.live:
            one.met.add(number)

    @rule(name=NAMES, number=PARTS)
    def request(self, name: str, number: int) -> None:
        name, one = self.near(name)
        part, row = one.parts[number], self.row(name)
        allowed = one.live and number in one.met and part.state == "none" and part.payable > 0
        key = f"{name}-{number}-{self.turn}"
        given = {"round": self.of.round, "instalments": [row.instalments[number]], "key": key}
        self.act(allowed, actions.request, by=self.of.officer, **given)
        if allowed:
            part.state, part.turn = "asked", self.turn

    def payment(self, name: str, number: int) -> Any:
        parts = self.row(name).instalments
        db.session.expire(parts[number], ["payments"])
        return max(parts[number].payments, key=lambda each: each.id, default=None)

    @rule(name=NAMES, number=PARTS, step=st.sampled_from(["check", "release", "pay", "back", "bounce"]))
    def move_on(self, name: str, number: int, step: str) -> None:
        """审核, 负责人, 已拨; sent back; bounced."""
        name, one = self.near(name)
        if (payment := self.payment(name, number)) is None:
            return
        part, of = one.parts[number], self.of
        if step == "check":
            allowed = part.state == "asked" and one.live
            self.act(allowed, actions.check, payments=[payment], by=of.finance)
            part.state = "checked" if allowed else part.state
        elif step == "release":
            allowed = part.state == "checked" and one.live
            self.act(allowed, actions.release, payments=[payment], by=of.approver)
            part.state = "released" if allowed else part.state
        elif step == "pay":
            allowed = part.state == "released" and one.live
            voucher = actions.Voucher(payment, "虚构", date(2018, 9, 21))
            self.act(allowed, actions.record_paid, vouchers=[voucher], by=of.finance)
            if allowed:
                part.state, part.held, part.paid_at = "paid", part.payable, self.turn
        elif step == "back":
            allowed = part.state in ("asked", "checked", "released")
            given = {"payments": [payment], "reasons": {payment.id: "虚构"}}
            self.act(allowed, actions.send_back, by=of.finance, **given)
            part.state = "none" if allowed else part.state
        else:
            whole = part.held == part.payable and one.paid - one.claimed >= part.payable
            allowed = part.state == "paid" and one.live and whole
            self.act(allowed, actions.take_back, payment=payment, reason="虚构", by=of.finance)
            if allowed:
                part.state, part.held = "none", 0

    @rule(name=NAMES)
    def cancel(self, name: str) -> None:
        name, one = self.near(name)
        allowed = one.live and all(part.state != "released" for part in one.parts)
        self.act(allowed, actions.cancel, award=self.row(name), reason="虚构", by=self.of.approver)
        if allowed:
            for part in one.parts:
                part.state = "none" if part.state in ("asked", "checked") else part.state
            one.live, one.freed = False, one.freed + one.unpaid

    @rule(name=NAMES, accepted=SUMS)
    def settle(self, name: str, accepted: int) -> None:
        name, one = self.near(name)
        allowed = not one.settled and not one.pending
        given = {"accepted": accepted, "reason": "虚构", "due_on": date(2018, 12, 1)}
        done = self.act(allowed, actions.settle, award=self.row(name), by=self.of.approver, **given)
        if done is None:
            return
        limit = one.amount - one.freed
        final, refund = max(0, min(limit, accepted) - one.paid), max(0, one.paid - accepted)
        assert (done.final, done.freed) == (final, one.unpaid - final)
        one.freed, kept, one.settled = one.freed + one.unpaid - final, final, self.turn
        for part in reversed(one.parts):
            if part.state == "none":
                part.payable = min(part.payable, kept)
                kept -= part.payable
        if refund > one.claimed:
            assert done.claim is not None
            one.claims.append(self.owed(done.claim.id, refund - one.claimed))

    def owed(self, row: int, amount: int) -> dict[str, int]:
        return {"id": row, "open": amount, "received": 0, "withdrawn": 0, "turn": self.turn}

    @rule(name=NAMES)
    def unsettle(self, name: str) -> None:
        name, one = self.near(name)
        since = [each for each in one.claims if each["turn"] >= one.settled and each["open"]]
        back = sum(part.planned - part.payable for part in one.parts) if one.live else 0
        allowed = bool(
            one.settled
            and not one.pending
            and not any(part.state == "paid" and part.paid_at > one.settled for part in one.parts)
            and not any(each["received"] for each in since)
            and self.fits(one.theme, back)
        )
        self.act(allowed, actions.unsettle, award=self.row(name), reason="虚构", by=self.of.approver)
        if allowed:
            one.settled, one.freed = 0, one.freed - back
            for each in since:
                each["open"], each["withdrawn"] = 0, 1
            for part in one.parts if one.live else []:
                part.payable = part.planned

    @rule(name=NAMES, amount=SUMS)
    def claim(self, name: str, amount: int) -> None:
        name, one = self.near(name)
        allowed = one.claimed + amount <= one.paid
        given = {"amount": amount, "reason": "虚构", "due_on": date(2018, 12, 1), "key": f"k{self.turn}"}
        made = self.act(allowed, actions.claim_back, award=self.row(name), by=self.of.officer, **given)
        if made is not None:
            one.claims.append(self.owed(made.id, amount))

    @rule(name=NAMES)
    def withdraw(self, name: str) -> None:
        name, one = self.near(name)
        if not one.claims:
            return
        last, row = one.claims[-1], queries.claims_of(self.row(name))[-1]
        allowed = last["open"] > 0
        self.act(allowed, actions.withdraw_claim, claim=row, reason="虚构", by=self.of.officer)
        if allowed:
            last["open"], last["withdrawn"] = 0, 1

    @rule(name=NAMES, amount=SUMS)
    def refund(self, name: str, amount: int) -> None:
        name, one = self.near(name)
        if not one.claims:
            return
        last, row = one.claims[-1], queries.claims_of(self.row(name))[-1]
        allowed = amount <= last["open"]
        given = {"amount": amount, "received_on": date(2018, 9, 21), "voucher_no": "虚构"}
        self.act(allowed, actions.receive_refund, claim=row, key=f"r{self.turn}", by=self.of.finance, **given)
        if allowed:
            last["open"], last["received"] = last["open"] - amount, last["received"] + amount
            one.freed += amount
            for part in sorted(one.parts, key=lambda each: -each.turn):
                taken = min(part.held, amount)
                part.held, amount = part.held - taken, amount - taken

    @rule(name=NAMES)
    def undo_refund(self, name: str) -> None:
        """The newest receipt did not come: its parts go back to the payments they were taken from."""
        name, one = self.near(name)
        rows = [each for each in queries.claims_of(self.row(name))[-1:] if each.refunds]
        if not rows:
            return
        last, refund = one.claims[-1], rows[0].refunds[-1]
        room = self.fits(one.theme, refund.amount)
        allowed = refund.undone_at is None and not last["withdrawn"] and room
        before = {payment.id: held for payment, held in queries.held_of(self.row(name))}
        self.act(allowed, actions.undo_refund, refund=refund, reason="虚构", by=self.of.finance)
        if allowed:
            last["open"], last["received"] = last["open"] + refund.amount, last["received"] - refund.amount
            one.freed -= refund.amount
            for payment, held in queries.held_of(self.row(name)):
                part = one.parts[payment.instalment.number - 1]
                part.held += held - before.get(payment.id, 0)

    @rule(source=st.integers(0, 1), amount=SUMS)
    def transfer(self, source: int, amount: int) -> None:
        themes, target = self.of.round.themes, 1 - source
        allowed = self.committed(source) + amount <= self.earmarks[source]
        given = {"source": themes[source], "target": themes[target], "amount": amount, "reason": "虚构"}
        move = self.act(allowed, rounds.propose_move, by=self.of.officer, **given)
        if move is not None:
            self.act(True, rounds.approve_move, move=move, by=self.of.approver)
            self.earmarks[source] -= amount
            self.earmarks[target] += amount

    @invariant()
    def all_sums_agree(self) -> None:
        db.session.flush()
        assert queries.broken_invariants() == []
        for name, one in self.awards.items():
            row = self.row(name)
            db.session.refresh(row)
            assert (row.paid, row.pending, row.freed, row.claimed, row.unpaid) == (
                one.paid,
                one.pending,
                one.freed,
                one.claimed,
                one.unpaid,
            )
            assert min(one.paid, one.pending, one.freed, one.claimed, one.unpaid) >= 0
        for place, balance in enumerate(queries.balances(self.of.round)):
            mine = [each for each in self.awards.values() if each.theme == place]
            assert (balance.left, balance.committed, balance.pending, balance.paid) == (
                self.earmarks[place] - self.committed(place),
                sum(each.unpaid for each in mine),
                sum(each.pending for each in mine),
                sum(each.paid for each in mine),
            )


STAGE: dict[str, Any] = {}
"""The scene that every example starts from; each is rolled back at its end."""


def test_any_order_of_verbs_keeps_every_sum(app: Any, request: pytest.FixtureRequest) -> None:
    of = scene.cast()
    for (name, (theme, amount)), score in zip(ASKED.items(), (9000, 8000, 7500), strict=True):
        scene.project(of, name, theme, amount, score)
    notice = scene.noticed(of)
    for theme, earmark in zip(of.round.themes, EARMARKS, strict=True):
        theme.earmark = earmark
    of.round.total, of.round.allotted = sum(EARMARKS), sum(EARMARKS)
    save()
    STAGE.update(of=of, notice=notice.id)
    long = request.config.getoption("--long")
    run_state_machine_as_test(  # type: ignore[no-untyped-call]  # hypothesis' own
        Money,
        settings=settings(
            max_examples=1000 if long else 12,
            stateful_step_count=50 if long else 40,
            deadline=None,
            phases=[Phase.generate, Phase.shrink] if long else [Phase.generate],
            suppress_health_check=list(HealthCheck),
            derandomize=not long,
        ),
    )
