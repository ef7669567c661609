"""X19: the mail server down, slow, rejecting, or taking a message and then failing; each goes out once per key."""

import contextlib
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email import message_from_string
from email.message import Message as Mail
from email.policy import default
from types import SimpleNamespace
from typing import Any

import make
import pytest
import time_machine
from client import save
from faults import scenes
from faults.running import running

from venture import outbox, web
from venture.db import db
from venture.desk import post
from venture.outbox import Message, Progress
from venture.people.models import Person
from venture.roles import Role
from venture.web import Venture

pytestmark = pytest.mark.faults


@dataclass
class Box:
    """What a mail server took, and how it behaves: «well», «later» (4xx), «never» (5xx), «lost» (takes, then breaks)."""

    mode: str = "well"
    port: int = 0
    taken: list[Mail] = field(default_factory=list)


@contextlib.contextmanager
def server(box: Box) -> Iterator[Box]:
    """A mail server on the loopback."""

    class Talk(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def handle(self) -> None:
            if box.mode == "silent":
                time.sleep(1.5)
                return
            self.say("220 here")
            while line := self.rfile.readline().decode().strip():
                verb = line.split()[0].upper()
                if verb == "RCPT" and box.mode in ("later", "never"):
                    self.say("451 try later" if box.mode == "later" else "550 nobody here")
                elif verb == "DATA":
                    self.say("354 go on")
                    lines = list(iter(lambda: self.rfile.readline().decode(), ".\r\n"))
                    box.taken.append(message_from_string("".join(lines), policy=default))
                    if box.mode == "lost":
                        return
                    self.say("250 taken")
                elif verb == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 well")

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address, daemon_threads, block_on_close = True, True, False

    with Server(("127.0.0.1", 0), Talk) as listening:
        box.port = listening.server_address[1]
        threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield box
        finally:
            listening.shutdown()


def settings(app: Venture, box: Box) -> Any:
    return replace(app.settings, smtp=f"smtp://127.0.0.1:{box.port}", mail_from="bureau@example.invalid")


def send(app: Venture, box: Box) -> tuple[int, int]:
    with app.test_request_context(base_url="http://localhost"):
        went = []
        for outcome in post.send_due(settings(app, box)):
            web.commit()
            went.append(outcome)
        web.commit()
        return went.count(True), went.count(False)


@pytest.fixture
def officer(app: Venture) -> Person:
    made: Person = make.person(Role.OFFICER)
    save()
    return made


def released(officer: Person, **to: Any) -> Message:
    """A message that a person has let go."""
    about = {"id": None, "name": "虚构人", "address": "someone@example.invalid", **to}
    made = outbox.post(
        "people.password_changed", to=SimpleNamespace(**about), about=officer, held=False, at="2026"
    )
    save()
    return made


def test_it_goes_out_once_in_the_words_of_its_kind(
    app: Venture, officer: Person, settled: Callable[[], None]
) -> None:
    message = released(officer)
    with server(Box()) as box:
        assert send(app, box) == (1, 0)
        assert send(app, box) == (0, 0)
    (mail,) = box.taken
    assert mail["To"] == "someone@example.invalid" and mail["From"] == "bureau@example.invalid"
    assert mail["Subject"] == post_words(app, message)[0]
    assert message.progress is Progress.SENT and message.sent_at is not None
    settled()


def post_words(app: Venture, message: Message) -> tuple[str, str]:
    with app.test_request_context(base_url="http://localhost"):
        return post.words(message)


def test_a_server_that_is_down_is_tried_again_later(app: Venture, officer: Person) -> None:
    """The act that posted it is not touched; 1, 2, 4 minutes later it is tried again, then it goes out."""
    with time_machine.travel(make.NOON, tick=False) as now:
        message = released(officer)
        gone = Box(port=1)
        for minutes in (1, 2, 4):
            assert send(app, gone) == (0, 1)
            assert message.progress is Progress.RETRIED and "refused" in message.answer.lower()
            now.shift(timedelta(minutes=minutes) - timedelta(seconds=1))
            assert send(app, gone) == (0, 0), "not before its time"
            now.shift(timedelta(seconds=1))
        with server(Box()) as box:
            assert send(app, box) == (1, 0)
        assert message.progress is Progress.SENT and len(box.taken) == 1


def test_a_server_that_says_nothing_holds_nobody_up(
    app: Venture, officer: Person, monkeypatch: pytest.MonkeyPatch, settled: Callable[[], None]
) -> None:
    """While the server is silent no transaction is open: a submission goes through meanwhile."""
    monkeypatch.setattr(post, "WAIT", 1)
    message = released(officer)
    press = scenes.drafts(app, 1)[0]
    with server(Box("silent")) as box:
        sending = threading.Thread(target=lambda: results.append(_alone(app, box)))
        results: list[tuple[int, int]] = []
        sending.start()
        with running(app, workers=1) as site:
            began = time.monotonic()
            press.until_answered(site)
            assert press.confirmed and time.monotonic() - began < 10
        sending.join()
    assert results == [(0, 1)]
    settled()
    db.session.refresh(message)
    assert message.progress is Progress.RETRIED and "timed out" in message.answer


def _alone(app: Venture, box: Box) -> tuple[int, int]:
    with app.app_context():
        try:
            return send(app, box)
        finally:
            db.session.remove()


@pytest.mark.parametrize(("mode", "progress"), [("later", Progress.RETRIED), ("never", Progress.REFUSED)])
def test_a_refused_recipient(app: Venture, officer: Person, mode: str, progress: Progress) -> None:
    message = released(officer)
    with server(Box(mode)) as box:
        assert send(app, box) == (0, 1)
        assert message.progress is progress
        assert message.answer == ("451 try later" if mode == "later" else "550 nobody here")
        assert send(app, box) == (0, 0)
    assert not box.taken


def test_taken_and_then_lost_goes_again_under_the_same_key(app: Venture, officer: Person) -> None:
    """Nobody knows whether it arrived: the second copy carries the Message-ID of the first."""
    with time_machine.travel(make.NOON, tick=False) as now:
        message = released(officer)
        with server(Box("lost")) as box:
            assert send(app, box) == (0, 1)
            box.mode = "well"
            now.shift(timedelta(minutes=1))
            assert send(app, box) == (1, 0)
        first, second = box.taken
        assert first["Message-ID"] == second["Message-ID"] and str(message.id) in first["Message-ID"]


def test_who_dies_while_sending_leaves_it_to_the_next_after_the_lease(app: Venture, officer: Person) -> None:
    with time_machine.travel(make.NOON, tick=False) as now, server(Box()) as box:
        released(officer)
        assert outbox.take(make.NOON) is not None
        save()
        assert send(app, box) == (0, 0)
        now.shift(outbox.LEASE)
        assert send(app, box) == (1, 0)


def test_nobody_to_reach_is_refused_and_sent_again_by_a_person(
    app: Venture, officer: Person, enter: Any
) -> None:
    message = released(officer, address="")
    with server(Box()) as box:
        assert send(app, box) == (0, 1)
        assert message.progress is Progress.REFUSED
        browser = enter(officer)
        assert "无法发送" in browser.get("/outbox").page.words
        assert browser.post("/outbox/resend", {"message": message.id}).status_code == 200
        assert browser.post("/outbox/resend", {"message": message.id, "confirmed": "1"}).status_code == 303
        db.session.expire_all()
        assert message.progress is Progress.QUEUED
        message.address = "later@example.invalid"
        save()
        assert send(app, box) == (1, 0)
    assert box.taken[0]["To"] == "later@example.invalid"
    assert scenes.said("outbox.resend") == 1


def test_what_is_held_or_withdrawn_is_not_sent(app: Venture, officer: Person) -> None:
    outbox.post(
        "people.password_changed",
        to=SimpleNamespace(id=None, name="x", address="x@example.invalid"),
        about=officer,
        at="2026",
    )
    released(officer)
    outbox.withdraw(about=officer)
    save()
    with server(Box()) as box:
        assert send(app, box) == (0, 0)
    assert not box.taken


def test_a_subject_cannot_add_a_header(app: Venture, officer: Person) -> None:
    message = released(officer)
    message.subject, message.text = "一行\r\nBcc: all@example.invalid", "正文"
    save()
    with server(Box()) as box:
        assert send(app, box) == (1, 0)
    (mail,) = box.taken
    assert mail["Bcc"] is None and "\n" not in mail["Subject"]
