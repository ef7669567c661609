"""Racers: real processes, each with its own application on the same database, that start at the same moment."""

import multiprocessing
from collections.abc import Sequence
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from threading import Thread
from typing import Any

from budget import scene
from client import save
from sqlalchemy import select

from venture import config, create_app, trail
from venture.budget import actions
from venture.budget.models import (
    AccountChange,
    Award,
    Claim,
    DecisionLine,
    Instalment,
    InvoiceKind,
    Notice,
)
from venture.db import db
from venture.people.models import Person
from venture.refusal import Refused
from venture.rounds.models import Round
from venture.web import Venture


def application(folder: Path, url: str) -> Venture:
    """The application on the database at `url`."""
    return create_app(
        config.Settings(
            data=folder,
            database_url=url,
            secret="a secret that is long enough for tests only",
            base_url="http://localhost",
        )
    )


def award(line_id: int) -> str:
    """Award one line of its notice."""
    line = db.session.get_one(DecisionLine, line_id)
    notice = db.session.scalars(select(Notice).where(Notice.decision_id == line.decision_id)).one()
    officer = db.session.get_one(Person, line.decision.proposed_by_id)
    made = actions.award_list(notice=notice, lines=[line], by=officer, at=scene.AWARDED_AT)
    return made[0].project_no


def request(instalment_ids: Sequence[int], key: str) -> str:
    """Request instalments as a batch."""
    parts = [db.session.get_one(Instalment, each) for each in instalment_ids]
    round = db.session.get_one(Round, parts[0].award.application.round_id)
    officer = db.session.get_one(Person, parts[0].award.line.decision.proposed_by_id)
    batch = actions.request(round=round, instalments=parts, key=key, by=officer, at=scene.SIGNED_AT)
    return f"batch {batch.number}"


def claim(award_id: int, amount: int, key: str) -> str:
    """Claim a sum back."""
    award = db.session.get_one(Award, award_id)
    officer = db.session.get_one(Person, award.line.decision.proposed_by_id)
    made = actions.claim_back(
        award=award,
        amount=amount,
        reason="虚构",
        due_on=scene.SIGNED_AT.date(),
        key=key,
        by=officer,
        at=scene.SIGNED_AT,
    )
    return f"claim {made.id}"


def receive(claim_id: int, amount: int, key: str, finance_id: int) -> str:
    """Record money that came back."""
    made = actions.receive_refund(
        claim=db.session.get_one(Claim, claim_id),
        amount=amount,
        received_on=scene.SIGNED_AT.date(),
        voucher_no="虚构",
        key=key,
        by=db.session.get_one(Person, finance_id),
        at=scene.SIGNED_AT,
    )
    return f"refund {made.id}"


def settle(award_id: int, accepted: int, approver_id: int) -> str:
    """Settle an award."""
    done = actions.settle(
        award=db.session.get_one(Award, award_id),
        accepted=accepted,
        reason="虚构",
        due_on=scene.SIGNED_AT.date(),
        by=db.session.get_one(Person, approver_id),
        at=scene.SIGNED_AT,
    )
    return f"freed {done.freed}"


def hand_in(instalment_id: int, number: str) -> str:
    """Hand a receipt in."""
    part = db.session.get_one(Instalment, instalment_id)
    officer = db.session.get_one(Person, part.award.line.decision.proposed_by_id)
    actions.hand_in_invoice(
        instalment=part,
        kind=InvoiceKind.RECEIPT,
        number=number,
        issued_on=scene.SIGNED_AT.date(),
        amount=part.payable,
        by=officer,
        at=scene.SIGNED_AT,
    )
    return "handed in"


def ask_or_approve(change_id: int, finance_id: int, instalment_id: int) -> str:
    """Approve a changed account, or (without one) request an instalment meanwhile."""
    if not change_id:
        return request([instalment_id], "meanwhile")
    change = db.session.get_one(AccountChange, change_id)
    finance = db.session.get_one(Person, finance_id)
    actions.approve_account_change(change=change, by=finance, at=scene.SIGNED_AT)
    return "approved"


def _act(app: Venture, verb: Any, arguments: tuple[Any, ...], told: "Queue[str]") -> None:
    with app.app_context():
        try:
            done = str(verb(*arguments))
            save()
        except Refused as refused:
            trail.forget(db.session())
            db.session.rollback()
            done = refused.blockers[0].code
        finally:
            db.session.remove()
        told.put(done)


def _racer(
    folder: Path, url: str, verb: Any, runs: Sequence[tuple[Any, ...]], start: Barrier, told: "Queue[str]"
) -> None:
    app = application(folder, url)
    with app.app_context():
        db.session.execute(select(1))
        db.session.remove()
    start.wait(60)
    threads = [Thread(target=_act, args=(app, verb, arguments, told)) for arguments in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        db.engine.dispose()


def race(app: Venture, verb: Any, runs: Sequence[Sequence[tuple[Any, ...]]]) -> list[str]:
    """Let as many processes as there are lists in `runs` call the verb, each for every one of its arguments.

    The answers, sorted: what the verb returned, or the code it refused with.
    """
    db.session.rollback()
    db.session.remove()
    db.engine.dispose()
    context = multiprocessing.get_context("spawn")
    start, told = context.Barrier(len(runs)), context.Queue()
    url = app.settings.database_url
    racers = [
        context.Process(target=_racer, args=(app.settings.data, url, verb, each, start, told))
        for each in runs
    ]
    for racer in racers:
        racer.start()
    answers = [told.get(timeout=120) for each in runs for _ in each]
    for racer in racers:
        racer.join(60)
        assert racer.exitcode == 0
    return sorted(answers)
