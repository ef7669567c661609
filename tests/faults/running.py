"""The product as it runs in earnest: gunicorn and its workers on either engine, and people who press buttons there."""

import contextlib
import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from client import Browser
from werkzeug.datastructures import FileStorage
from werkzeug.test import stream_encode_multipart

from venture import config
from venture.people.models import Person
from venture.web import Venture

PATIENCE = 60.0
"""Seconds after which somebody who gets no answer gives up."""


@dataclass
class Answer:
    """What came back: the status, where it leads, the page."""

    status: int
    location: str
    text: str
    headers: Mapping[str, str]


class Running:
    """One application server with its workers, on a port of its own."""

    def __init__(self, app: Venture, *, workers: int = 2, threads: int = 4, **environment: str) -> None:
        settings = app.settings
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.environment = {
            **os.environ,
            "VENTURE_DATA": str(settings.data),
            "DATABASE_URL": settings.database_url,
            "VENTURE_SECRET": settings.secret,
            "VENTURE_DISK_RESERVE": "0",
            "VENTURE_BASE_URL": settings.base_url,
            "PYTHONPATH": os.pathsep.join([str(config.ROOT), str(config.ROOT / "tests")]),
            **environment,
        }
        self.options = ["--workers", str(workers), "--threads", str(threads), "--preload"]
        self.made_by = "faults.ahead:create_app()" if "SECONDS_AHEAD" in environment else "venture:serve()"
        self.log = settings.data.parent / f"server-{self.port}.log"
        self.master: subprocess.Popen[bytes] | None = None
        self.kills = 0

    def start(self) -> None:
        command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{self.port}", *self.options]
        command += ["--no-control-socket", "--log-level", "warning", "--graceful-timeout", "25", self.made_by]
        with self.log.open("ab") as log:
            self.master = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
        for _ in range(600):
            assert self.master.poll() is None, self.log.read_text()[-3000:]
            with contextlib.suppress(OSError, http.client.HTTPException):
                if get(self, "/health").status == 200:
                    return
            time.sleep(0.1)
        raise AssertionError("the server does not answer: " + self.log.read_text()[-3000:])

    def stop(self, how: signal.Signals = signal.SIGTERM) -> float:
        """End it; the seconds it took."""
        assert self.master is not None
        began = time.monotonic()
        self.master.send_signal(how)
        self.master.wait(60)
        return time.monotonic() - began

    def workers(self) -> list[int]:
        """The process ids of the workers that live."""
        assert self.master is not None
        children = Path(f"/proc/{self.master.pid}/task/{self.master.pid}/children").read_text().split()
        return [int(child) for child in children]

    def kill_worker(self, chance: random.Random) -> None:
        """kill -9 of one worker; its master starts another."""
        if living := self.workers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(living), signal.SIGKILL)
                self.kills += 1


@contextlib.contextmanager
def running(app: Venture, **more: Any) -> Iterator[Running]:
    """A server for the length of a block."""
    server = Running(app, **more)
    server.start()
    try:
        yield server
    finally:
        if server.master is not None and server.master.poll() is None:
            server.stop()


@dataclass
class Visitor:
    """Somebody signed in: the cookies of their browser and the token of its pages."""

    cookies: str
    token: str

    @classmethod
    def of(cls, app: Venture, person: Person) -> "Visitor":
        browser = Browser(app).enter(person)
        return cls(f"session={browser.client.get_cookie('session').value}", browser.token)


def _call(server: Running, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    try:
        connection.request(method, path, body, {"Host": "localhost", **headers})
        response = connection.getresponse()
        text = response.read().decode(errors="replace")
        return Answer(response.status, response.headers.get("Location", ""), text, dict(response.headers))
    finally:
        connection.close()


def get(server: Running, path: str, visitor: Visitor | None = None) -> Answer:
    """Ask for a page. Raises OSError or HTTPException when the connection breaks."""
    return _call(server, "GET", path, {"Cookie": visitor.cookies} if visitor else {}, None)


def post(
    server: Running,
    path: str,
    visitor: Visitor,
    fields: Mapping[str, Any],
    *,
    upload: tuple[str, str, bytes] | None = None,
) -> Answer:
    """Press a button, perhaps with a file (field, name, content).

    Raises OSError or HTTPException when the connection breaks: then nobody knows.
    """
    sent: dict[str, Any] = {"csrf_token": visitor.token, **fields}
    body, kind = urlencode(sent, doseq=True).encode(), "application/x-www-form-urlencoded"
    if upload is not None:
        sent[upload[0]] = FileStorage(BytesIO(upload[2]), upload[1])
        stream, _length, boundary = stream_encode_multipart(sent)
        body, kind = stream.read(), f"multipart/form-data; boundary={boundary}"
    headers = {"Cookie": visitor.cookies, "Content-Type": kind}
    return _call(server, "POST", path, headers, body)


@dataclass
class Press:
    """One button to press, again and again with the same key until it is answered; `answers` in order."""

    path: str
    visitor: Visitor
    fields: Mapping[str, Any]
    answers: list[Answer] = field(default_factory=list)
    broken: int = 0

    def until_answered(self, server: Running, *, patience: float = PATIENCE) -> None:
        """Press; press again when the connection broke or the answer was 503."""
        ends = time.monotonic() + patience
        while time.monotonic() < ends:
            if self.once(server):
                return
            time.sleep(0.05)
        raise AssertionError(f"{self.path} was never answered")

    def once(self, server: Running) -> bool:
        """Press once; whether it was answered for good."""
        try:
            answer = post(server, self.path, self.visitor, self.fields)
        except (OSError, http.client.HTTPException):
            self.broken += 1
            return False
        self.answers.append(answer)
        return answer.status != 503

    @property
    def confirmed(self) -> bool:
        """Whether it was answered that the act is done."""
        return any(answer.status == 303 for answer in self.answers)

    @property
    def receipt(self) -> str:
        return next(answer.location for answer in self.answers if answer.status == 303)


def press_all(
    presses: Sequence[Press],
    server: Running,
    *,
    hands: int = 4,
    meanwhile: Callable[[threading.Event], None] | None = None,
) -> None:
    """Press all buttons by several hands at once, while something else happens until they are done."""
    over = threading.Event()
    other = threading.Thread(target=meanwhile, args=(over,)) if meanwhile else None
    if other:
        other.start()
    try:
        with ThreadPoolExecutor(hands) as pool:
            for done in [pool.submit(press.until_answered, server) for press in presses]:
                done.result()
    finally:
        over.set()
        if other:
            other.join()


def killing(server: Running, presses: Sequence[Press], seed: int) -> Callable[[threading.Event], None]:
    """Kill a worker, and another after a few more answers have come, whatever the machine's pace."""
    chance = random.Random(seed)

    def kill(over: threading.Event) -> None:
        while not over.is_set():
            awaited = sum(len(press.answers) for press in presses) + chance.randint(1, 5)
            while sum(len(press.answers) for press in presses) < awaited and not over.wait(0.01):
                pass
            over.wait(chance.uniform(0, 0.1))
            server.kill_worker(chance)

    return kill
