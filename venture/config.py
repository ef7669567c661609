"""Settings, frozen, read once from the environment; a bad one stops the start in one sentence."""

import os
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
"""The folder that holds templates/ and migrations/ beside the package."""

WEAK = {"", "secret", "changeme", "change-me", "dev", "test", "password", "venture"}


class BadSetting(Exception):
    """A setting that the product refuses to start with."""


@dataclass(frozen=True)
class Settings:
    """Where state lies and how the outside is met. All state is under `data`; sizes are bytes.

    Somebody idle for `idle_staff` or `idle_others` is signed out, and everybody `signed_in` after signing in. For acts
    on money, roles and rankings a password or code counts for `proof`.
    `sms_command` sends one text message: the number is its last argument, the text its input. `proxies` is how many
    proxies in front are trusted to say where a request came from. With a `backup_key` backups are encrypted.
    `password_memory` (KiB) is what the hash of a password costs. `clamd` is where a virus scanner listens: a socket's
    path or host:port. Uploads leave `disk_reserve` bytes of the disk to the database. `fonts` is the folder of the
    fonts of printed documents (Noto CJK). `smtp` is the mail server, as smtp:// (plain), smtp+tls:// or smtps:// with
    user, password, host and port; mail comes from `mail_from`. Numbers of projects and matters begin
    with `letters`, which stand for the place.
    """

    data: Path
    database_url: str
    secret: str
    base_url: str
    demo: bool = False
    upload_limit: int = 20 * 1024 * 1024
    form_limit: int = 4 * 1024 * 1024
    form_parts: int = 5000
    idle_staff: timedelta = timedelta(minutes=60)
    idle_others: timedelta = timedelta(minutes=120)
    signed_in: timedelta = timedelta(hours=12)
    proof: timedelta = timedelta(minutes=15)
    sms_command: str = ""
    proxies: int = 0
    password_memory: int = 64 * 1024
    given_trail_key: str = ""
    given_checkpoints: Path | None = None
    backup_key: str = ""
    pg_bin: Path | None = None
    clamd: str = ""
    disk_reserve: int = 0
    smtp: str = ""
    mail_from: str = ""
    letters: str = "HM"
    fonts: Path = Path("/usr/share/fonts/opentype/noto")

    @property
    def trail_key(self) -> bytes:
        """The key that signs checkpoints of the trail: given, or made once; never inside the database."""
        return (self.given_trail_key or _made_once(self.data / "trail.key")).encode()

    @property
    def checkpoints(self) -> Path:
        """The file that checkpoints are appended to, outside the database."""
        return self.given_checkpoints or self.data / "checkpoints.jsonl"

    @property
    def uploads(self) -> Path:
        return self.data / "files"

    @property
    def sqlite_path(self) -> Path | None:
        """The database file, when the database is SQLite."""
        prefix = "sqlite:///"
        return Path(self.database_url[len(prefix) :]) if self.database_url.startswith(prefix) else None


def from_environment() -> Settings:
    """Read the settings: VENTURE_DATA, DATABASE_URL, VENTURE_SECRET, VENTURE_BASE_URL, VENTURE_DEMO,
    VENTURE_IDLE_STAFF, VENTURE_IDLE_OTHERS, VENTURE_SIGNED_IN, VENTURE_PROOF (minutes), VENTURE_SMS_COMMAND,
    VENTURE_PROXIES, VENTURE_PASSWORD_MEMORY, VENTURE_TRAIL_KEY, VENTURE_CHECKPOINTS, VENTURE_BACKUP_KEY, VENTURE_PG_BIN,
    VENTURE_CLAMD, VENTURE_DISK_RESERVE (MB), VENTURE_FONTS, VENTURE_SMTP, VENTURE_MAIL_FROM,
    VENTURE_LETTERS.

    Raises BadSetting for a weak secret, an unknown kind of database, a base address that is none, or no number.
    """
    data = Path(os.environ.get("VENTURE_DATA", "var")).absolute()
    data.mkdir(parents=True, exist_ok=True)
    url = os.environ.get("DATABASE_URL") or f"sqlite:///{data / 'venture.db'}"
    if not url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        raise BadSetting("DATABASE_URL must begin with postgresql:// or sqlite:///")
    base = os.environ.get("VENTURE_BASE_URL", f"http://127.0.0.1:{os.environ.get('PORT', '8000')}")
    if urlsplit(base).scheme not in {"http", "https"} or not urlsplit(base).hostname:
        raise BadSetting("VENTURE_BASE_URL must be a full address such as https://venture.example.cn")
    return Settings(
        data=data,
        database_url=url,
        secret=_secret(data),
        base_url=base.rstrip("/"),
        demo=os.environ.get("VENTURE_DEMO") == "1",
        idle_staff=timedelta(minutes=_number("VENTURE_IDLE_STAFF", 60, least=5)),
        idle_others=timedelta(minutes=_number("VENTURE_IDLE_OTHERS", 120, least=5)),
        signed_in=timedelta(minutes=_number("VENTURE_SIGNED_IN", 720, least=5)),
        proof=timedelta(minutes=_number("VENTURE_PROOF", 15, least=1)),
        sms_command=os.environ.get("VENTURE_SMS_COMMAND", "").strip(),
        proxies=_number("VENTURE_PROXIES", 0, least=0),
        password_memory=_number("VENTURE_PASSWORD_MEMORY", 64 * 1024, least=19 * 1024),
        given_trail_key=_given("VENTURE_TRAIL_KEY") or "",
        given_checkpoints=Path(at).absolute() if (at := os.environ.get("VENTURE_CHECKPOINTS")) else None,
        backup_key=_given("VENTURE_BACKUP_KEY") or "",
        pg_bin=Path(at) if (at := os.environ.get("VENTURE_PG_BIN")) else None,
        clamd=_scanner(os.environ.get("VENTURE_CLAMD", "").strip()),
        disk_reserve=_number("VENTURE_DISK_RESERVE", 200, least=0) << 20,
        smtp=(smtp := _mail_server(os.environ.get("VENTURE_SMTP", "").strip())),
        mail_from=_sender(os.environ.get("VENTURE_MAIL_FROM", "").strip(), smtp),
        letters=_letters(os.environ.get("VENTURE_LETTERS", Settings.letters).strip().upper()),
        fonts=Path(os.environ.get("VENTURE_FONTS") or Settings.fonts).absolute(),
    )


def _letters(given: str) -> str:
    """The letters of the place. Raises BadSetting unless they are one to six letters of A to Z."""
    if not re.fullmatch("[A-Z]{1,6}", given):
        raise BadSetting("VENTURE_LETTERS must be one to six letters, such as HM")
    return given


def _scanner(given: str) -> str:
    """Where the scanner listens, or nothing. Raises BadSetting for what is neither a path nor host:port."""
    host, _colon, port = given.rpartition(":")
    if given and not given.startswith("/") and not (host and port.isascii() and port.isdigit()):
        raise BadSetting("VENTURE_CLAMD must be the full path of a socket, or host:port")
    return given


def _mail_server(given: str) -> str:
    """The mail server's address, or nothing. Raises BadSetting for what is none."""
    try:
        parts = urlsplit(given)
        whole = parts.scheme in {"smtp", "smtp+tls", "smtps"} and bool(parts.hostname and parts.port)
    except ValueError:
        whole = False
    if given and not whole:
        raise BadSetting(
            "VENTURE_SMTP must be like smtp://host:25, smtp+tls://user:password@host:587 or smtps://…"
        )
    return given


def _sender(given: str, smtp: str) -> str:
    if smtp and not ("@" in given and given.isprintable()):
        raise BadSetting("VENTURE_MAIL_FROM must be the address that mail comes from")
    return given


def _number(name: str, default: int, *, least: int) -> int:
    """A whole number among the settings. Raises BadSetting for anything else or less than `least`."""
    given = os.environ.get(name, str(default))
    if not (given.isascii() and given.isdigit() and int(given) >= least):
        raise BadSetting(f"{name} must be a whole number, {least} or more")
    return int(given)


def _secret(data: Path) -> str:
    """The signing secret: given, or made once and kept beside the data, readable by its owner only."""
    return _given("VENTURE_SECRET") or _made_once(data / "secret")


def _given(name: str) -> str | None:
    """A secret from the environment; None where it is not set."""
    given = os.environ.get(name)
    if given is not None and (given.lower() in WEAK or len(given) < 32):
        raise BadSetting(f"{name} must have 32 characters or more and be made by chance")
    return given


def _made_once(path: Path) -> str:
    """The secret in this file, made at the first call; whole or absent, however many processes ask at once."""
    if not path.exists():
        fresh = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(secrets.token_urlsafe(48))
            opened.flush()
            os.fsync(opened.fileno())
        with suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text()
