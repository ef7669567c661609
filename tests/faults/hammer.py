"""The hammer: several processes award and request money of one theme at the same moment, run after run.

In each run more is decided than the theme holds, and every instalment is requested by two people at once. Whatever
the order, a theme never commits more than its earmark and an award never promises more than its amount.
"""

import multiprocessing
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import make
from client import save
from sqlalchemy import select

from venture import config, create_app, invariants, trail
from venture.budget import actions
from venture.budget.models import Award, Decision, DecisionLine, DecisionState, Instalment, Notice
from venture.db import Trouble, db, trouble
from venture.people.models import Person
from venture.refusal import Refused
from venture.roles import Role
from venture.rounds.models import Round, Theme
from venture.web import RUNS

LINES = 6
ASKED = 4_000_000
EARMARK = 15_000_000
"""Room for three of six lines of 40,000 yuan, and 30,000 that no whole line fits into."""
AT = datetime(2018, 7, 2, 2, tzinfo=make.UTC)


@dataclass
class Struck:
    """What came of all runs: answers by code, faults in words, and how often a transaction was run again."""

    answers: Counter[str]
    faults: list[str]
    again: int


def _scene(officer: Person, approver: Person, finance: Person, year: int) -> tuple[int, list[int]]:
    """A round whose notice is over: six lines that do not all fit; its notice and its lines by id."""
    round = make.round_(officer, year, total=EARMARK + 40_000_000, allotted=EARMARK + 40_000_000)
    round.themes[0].earmark, round.themes[0].ceiling = EARMARK, EARMARK
    decision = make._add(
        Decision(
            round=round,
            number=1,
            rules={},
            state=DecisionState.APPROVED,
            held_on=date(2018, 6, 20),
            minutes_no="虚构纪要",
            proposed_at=AT,
            proposed_by_id=officer.id,
            approved_at=AT,
            approved_by_id=approver.id,
        )
    )
    lines = []
    for place in range(LINES):
        application = make.application(
            round, theme=round.themes[0], by=finance, state=make.State.ON_NOTICE, asked=ASKED
        )
        lines.append(
            make._add(
                DecisionLine(
                    decision=decision,
                    application=application,
                    theme_id=round.themes[0].id,
                    position=place,
                    rank=place + 1,
                    score=8000,
                    asked=ASKED,
                    recommended=ASKED,
                    computed=ASKED,
                    outcome="funded",
                    decided=ASKED,
                )
            )
        )
    days = {"starts_on": date(2018, 6, 22), "ends_on": date(2018, 6, 28)}
    notice = make._add(Notice(decision=decision, published_at=AT, published_by_id=officer.id, **days))
    for line in lines:
        line.application.listed_on = notice.starts_on
    save()
    return notice.id, [line.id for line in lines]


def _award(notice_id: int, line_id: int, officer_id: int) -> str:
    notice = db.session.get_one(Notice, notice_id)
    line, officer = db.session.get_one(DecisionLine, line_id), db.session.get_one(Person, officer_id)
    actions.award_list(notice=notice, lines=[line], by=officer, at=AT)
    return "awarded"


def _request(instalment_id: int, key: str, officer_id: int) -> str:
    part, officer = db.session.get_one(Instalment, instalment_id), db.session.get_one(Person, officer_id)
    round = db.session.get_one(Round, part.award.application.round_id)
    actions.request(round=round, instalments=[part], key=key, by=officer, at=AT + timedelta(days=90))
    return "requested"


_VERBS = {"award": _award, "request": _request}


def _striker(folder: Path, url: str, start: Barrier, orders: Connection) -> None:
    """A process: takes its share of each run, waits for the others, strikes, and tells."""
    app = create_app(
        config.Settings(
            data=folder,
            database_url=url,
            secret="a secret that is long enough for tests only",
            base_url="http://localhost",
        )
    )
    with app.app_context():
        while (share := orders.recv()) is not None:
            start.wait(120)
            orders.send([_strike(verb, given) for verb, given in share])
        db.session.remove()
        db.engine.dispose()


def _strike(verb: str, given: Sequence[Any]) -> tuple[str, int]:
    """One act as the web's dispatch runs it: the answer's code, and how often it was run again."""
    for run in range(RUNS):
        try:
            said = _VERBS[verb](*given)
            save()
            return said, run
        except Refused as refused:
            said = refused.blockers[0].code
            _undo()
            return said, run
        except Exception as error:
            _undo()
            if trouble(error) is not Trouble.CLASH:
                return f"error {type(error).__name__}: {error}"[:300], run
        finally:
            db.session.remove()
    return "busy", RUNS


def _undo() -> None:
    trail.forget(db.session())
    db.session.rollback()


class Strikers:
    """Processes that live through all runs."""

    def __init__(self, folder: Path, url: str, processes: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.start = context.Barrier(processes)  # kept: it goes with its last reference
        self.pipes, self.processes = [], []
        for _ in range(processes):
            here, there = context.Pipe()
            process = context.Process(target=_striker, args=(folder, url, self.start, there), daemon=True)
            process.start()
            self.pipes.append(here)
            self.processes.append(process)

    def strike(self, acts: Sequence[tuple[str, tuple[Any, ...]]]) -> list[tuple[str, int]]:
        """Deal the acts out like cards; all processes begin at the same moment."""
        for place, pipe in enumerate(self.pipes):
            pipe.send(acts[place :: len(self.pipes)])
        told = []
        for pipe in self.pipes:
            assert pipe.poll(180), "a process does not answer"
            told += pipe.recv()
        return told

    def rest(self) -> None:
        for pipe in self.pipes:
            pipe.send(None)
        for process in self.processes:
            process.join(30)


def hammer(app: Any, runs: int, *, processes: int = 4, first: int = 2018) -> Struck:
    """Strike `runs` times; every run has a round (a year) of its own in the same database."""
    officer, approver, finance = (make.person(role) for role in (Role.OFFICER, Role.APPROVER, Role.FINANCE))
    officers = [officer.id, make.person(Role.OFFICER).id]
    save()
    struck = Struck(Counter(), [], 0)
    strikers = Strikers(app.settings.data, app.settings.database_url, processes)
    try:
        for year in range(first, first + runs):
            notice, lines = _scene(officer, approver, finance, year)
            acts = [("award", (notice, line, who)) for line in lines for who in officers]
            _count(struck, strikers.strike(acts))
            parts = _met(year)
            keys = [("request", (part, f"{part}-{who}", who)) for part in parts for who in officers]
            _count(struck, strikers.strike(keys))
            struck.faults += _faults(year)
    finally:
        strikers.rest()
    db.session.rollback()
    db.session.expire_all()
    struck.faults += invariants.broken(app.settings)
    return struck


def _count(struck: Struck, told: Sequence[tuple[str, int]]) -> None:
    for said, again in told:
        struck.answers[said] += 1
        struck.again += again
        if said.startswith("error"):
            struck.faults.append(said)


def _met(year: int) -> list[int]:
    """Signs all awards of the year's round and notes that their first instalments are due; their ids."""
    db.session.rollback()
    db.session.expire_all()
    parts = []
    for award in _awards(year):
        award.agreement_no, award.signed_on = f"{year}-{award.id}", date(2018, 9, 20)
        award.application.state = make.State.CONTRACTED
        first = award.instalments[0]
        first.met_on, first.due_on = date(2018, 9, 20), date(2018, 10, 15)
        parts.append(first.id)
    save()
    return parts


def _awards(year: int) -> list[Award]:
    return list(
        db.session.scalars(
            select(Award).join(Award.theme).join(Theme.round).where(Round.year == year).order_by(Award.id)
        )
    )


def _faults(year: int) -> list[str]:
    """What one run must leave: exactly the three awards that fit, one payment under way for each."""
    db.session.rollback()
    db.session.expire_all()
    awards = _awards(year)
    found = []
    if [award.amount for award in awards] != [ASKED] * (EARMARK // ASKED):
        found.append(f"{year}: {len(awards)} awards of {EARMARK // ASKED} that fit")
    for theme in {award.theme for award in awards}:
        if theme.committed != sum(award.amount for award in awards) or theme.committed > theme.earmark:
            found.append(f"{year}: committed {theme.committed} of {theme.earmark}")
    for award in awards:
        if award.pending != award.instalments[0].amount or award.paid:
            found.append(f"{year}: award {award.id} has {award.pending} pending")
        if len(award.instalments[0].payments) != 1:
            found.append(f"{year}: award {award.id} has {len(award.instalments[0].payments)} payments")
    db.session.rollback()
    return found
