"""The post: what each message says, and how released ones go out, by mail or as text messages."""

import shlex
import smtplib
import subprocess
from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

import flask

from venture import clock, outbox
from venture.config import Settings

WAIT = 20
"""Seconds after which a mail server or command that says nothing has not taken the message."""


class NotSent(Exception):
    """The message was not taken; `for_good`: nor will it be when it is sent again."""

    def __init__(self, answer: str, *, for_good: bool) -> None:
        super().__init__(answer)
        self.for_good = for_good


def words(message: outbox.Message) -> tuple[str, str]:
    """A message's subject and text: as a person edited it, else from its kind's template and facts."""
    if message.subject is not None and message.text is not None:
        return " ".join(message.subject.split()), message.text
    kind = message.kind.replace(".", "/")
    made = flask.render_template(f"mail/{kind}.txt", message=message, **message.facts)
    subject, _blank, text = made.strip().partition("\n")
    return " ".join(subject.split()), text.strip()


def send_due(settings: Settings) -> Iterator[bool | None]:
    """Send what is released and due, one after another; yields wherever the caller has to commit.

    None: a message is taken and about to be sent, with no transaction open while a server is slow; one that was taken
    when the process died is tried again after its lease. Then True where it went out, False where it did not.
    """
    while (message := outbox.take(clock.now())) is not None:
        subject, text = words(message)
        yield None
        try:
            _send(message, subject, text, settings, clock.now())
        except NotSent as refusal:
            outbox.note_failed(message, str(refusal), for_good=refusal.for_good, at=clock.now())
            yield False
        else:
            outbox.note_sent(message, at=clock.now())
            yield True


def _send(message: outbox.Message, subject: str, text: str, settings: Settings, at: datetime) -> None:
    if "@" in message.address:
        _mail(message, subject, text, settings, at)
    elif message.address and settings.sms_command:
        _text_message(message.address, f"{subject}\n{text}", settings.sms_command)
    else:
        raise NotSent("no e-mail address, and no command sends text messages", for_good=True)


def _mail(message: outbox.Message, subject: str, text: str, settings: Settings, at: datetime) -> None:
    """By SMTP; the Message-ID is the same at every try, so that a second copy is known for what it is."""
    if not settings.smtp:
        raise NotSent("no mail server is set up (VENTURE_SMTP)", for_good=False)
    server = urlsplit(settings.smtp)
    mail = EmailMessage()
    try:
        mail["Subject"], mail["To"] = subject, message.address
        mail["From"], mail["Date"] = settings.mail_from, format_datetime(at)
        mail["Message-ID"] = f"<message-{message.id}@{urlsplit(settings.base_url).hostname}>"
    except ValueError as wrong:
        raise NotSent(f"not an address for mail: {wrong}", for_good=True) from wrong
    mail.set_content(text)
    kind = smtplib.SMTP_SSL if server.scheme == "smtps" else smtplib.SMTP
    try:
        with kind(server.hostname or "", server.port or 0, timeout=WAIT) as post:
            if server.scheme == "smtp+tls":
                post.starttls()
            if server.username:
                post.login(unquote(server.username), unquote(server.password or ""))
            post.send_message(mail)
    except smtplib.SMTPRecipientsRefused as refusal:
        code, answer = next(iter(refusal.recipients.values()))
        raise NotSent(f"{code} {_said(answer)}", for_good=code >= 500) from refusal
    except smtplib.SMTPResponseException as refusal:
        sure = refusal.smtp_code >= 500 and not isinstance(refusal, smtplib.SMTPAuthenticationError)
        raise NotSent(f"{refusal.smtp_code} {_said(refusal.smtp_error)}", for_good=sure) from refusal
    except (OSError, smtplib.SMTPException) as trouble:
        raise NotSent(f"{type(trouble).__name__}: {trouble}", for_good=False) from trouble


def _said(answer: bytes | str) -> str:
    return answer.decode(errors="replace") if isinstance(answer, bytes) else answer


def _text_message(number: str, text: str, command: str) -> None:
    try:
        done = subprocess.run(
            [*shlex.split(command), number],
            input=text,
            text=True,
            timeout=WAIT,
            capture_output=True,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as trouble:
        raise NotSent(f"{type(trouble).__name__}: {trouble}", for_good=False) from trouble
    if done.returncode:
        raise NotSent(done.stderr.strip()[-300:] or f"exit {done.returncode}", for_good=False)
