"""A browser-like client for tests: keeps cookies, sends tokens, and reads every page while passing."""

import contextlib
import contextvars
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

from sqlalchemy import event

from venture import trail
from venture.db import db
from venture.people import actions as people
from venture.people.models import Person
from venture.web import Venture

NEVER_OVER = datetime(2999, 1, 1, tzinfo=UTC)


def save() -> None:
    """End the transaction in which a test has called verbs, as the web's dispatch would."""
    trail.append(db.session())
    db.session.commit()


WITNESSED = os.environ.get("VENTURE_WITNESS") == "1"
"""Whether every post of every test is watched for changes that leave no event."""
QUIET = frozenset({"sign_in", "kept", "verification"})
"""Tables whose rows say only that somebody is there or asked, or keep for them what they typed."""


@contextlib.contextmanager
def nothing_unsaid() -> Iterator[None]:
    """Whatever is committed inside to a table that matters is committed together with its event."""
    engine, open_, unsaid = db.engine, dict[Any, set[str]](), list[list[str]]()

    def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if found := re.match(r"(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM) \"?(\w+)", statement):
            open_.setdefault(conn.connection.dbapi_connection, set()).add(found[1])

    def committed(conn: Any) -> None:
        tables = open_.pop(conn.connection.dbapi_connection, set())
        if tables - QUIET and "event" not in tables:
            unsaid.append(sorted(tables))

    def undone(conn: Any) -> None:
        open_.pop(conn.connection.dbapi_connection, None)

    listeners = {"before_cursor_execute": note, "commit": committed, "rollback": undone}
    for name, listener in listeners.items():
        event.listen(engine, name, listener)
    try:
        yield
    finally:
        for name, listener in listeners.items():
            event.remove(engine, name, listener)
    assert not unsaid, f"changed without an event: {unsaid}"


class Page(HTMLParser):
    """A page as a browser would read it; refuses broken HTML, unlabelled fields and forms without a token."""

    VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "wbr"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.title, self.lang, self.labelled, self.fields, self.forms = "", "", set[str](), [], []
        self.text: list[str] = []
        self.feed(html)
        assert not self.open, f"never closed: {self.open}"
        assert self.title.strip(), "no title"
        assert self.lang in {"zh-Hans-CN", "zh-CN", "en"}, f"no language: {self.lang}"
        for field in self.fields:
            named = (
                field.get("aria-label") or field.get("aria-labelledby") or field.get("id") in self.labelled
            )
            assert named, f"no label: {field}"
        for form in self.forms:
            assert form["method"] != "post" or form["fields"].get("csrf_token"), f"no token: {form['action']}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        if tag == "html":
            self.lang = given.get("lang", "")
        if tag == "label" and "for" in given:
            self.labelled.add(given["for"])
        if tag == "form":
            self.forms.append(
                {
                    "method": given.get("method", "get").lower(),
                    "action": given.get("action", ""),
                    "fields": {},
                }
            )
        if tag in {"input", "select", "textarea"}:
            hidden = given.get("type") in {"hidden", "submit", "button"}
            if not hidden:
                self.fields.append(given)
            if self.forms and "form" in self.open and given.get("name"):
                self.forms[-1]["fields"][given["name"]] = given.get("value", "")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.VOID:
            return
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "title" and "svg" not in self.open:
            self.title += data
        if not {"script", "style"} & set(self.open):
            self.text.append(data)

    @property
    def words(self) -> str:
        """The page's text with single blanks."""
        return " ".join(" ".join(self.text).split())


class Browser:
    """A client that keeps cookies, sends the token of the page it came from, and reads every page while passing."""

    def __init__(self, app: Venture) -> None:
        self.client = app.test_client()
        self.token = ""
        self.last: Any = None

    def _seen(self, response: Any) -> Any:
        self.last = response
        assert response.status_code < 500, response.get_data(as_text=True)[:2000]
        if response.mimetype == "text/html" and response.status_code not in {301, 302, 303}:
            html = response.get_data(as_text=True)
            response.page = Page(html)
            if found := re.search(r'name="csrf_token"[^>]*value="([^"]+)"', html):
                self.token = found[1]
        return response

    def _call(self, method: Any, *given: Any, **more: Any) -> Any:
        """Answer the request apart from the test's own transaction and application context."""
        db.session.rollback()
        return self._seen(contextvars.Context().run(method, *given, **more))

    def get(self, address: str, **more: Any) -> Any:
        return self._call(self.client.get, address, buffered=True, **more)

    def post(
        self, address: str, data: dict[str, Any] | None = None, *, follow: bool = False, **more: Any
    ) -> Any:
        if not self.token:
            self.get("/sign-in")
        sent = {"csrf_token": self.token, **(data or {})}
        with nothing_unsaid() if WITNESSED else contextlib.nullcontext():
            response = self._call(self.client.post, address, data=sent, buffered=True, **more)
        if follow and response.status_code == 303:
            return self.get(response.headers["Location"])
        return response

    def enter(self, person: Person) -> "Browser":
        """Be signed in as the person, for as long as a test may take and wherever it sets the clock."""
        token = people.begin(person, at=NEVER_OVER)
        save()
        with self.client.session_transaction() as session:
            session["_user_id"], session["_fresh"] = token, True
            session["csrf_token"] = f"{token}.{person.id}"
        self.token = ""
        self.get("/sign-in")
        return self
