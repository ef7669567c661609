"""Settings, frozen, read once from the environment; a bad one stops the start in one sentence."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
"""The folder that holds templates/ and migrations/ beside the package."""

WEAK = {"", "secret", "changeme", "change-me", "dev", "test", "password", "venture"}


class BadSetting(Exception):
    """A setting that the product refuses to start with."""


@dataclass(frozen=True)
class Settings:
    """Where state lies and how the outside is met. All state is under `data`; sizes are bytes."""

    data: Path
    database_url: str
    secret: str
    base_url: str
    demo: bool = False
    upload_limit: int = 20 * 1024 * 1024
    form_limit: int = 4 * 1024 * 1024
    form_parts: int = 5000

    @property
    def uploads(self) -> Path:
        return self.data / "files"

    @property
    def sqlite_path(self) -> Path | None:
        """The database file, when the database is SQLite."""
        prefix = "sqlite:///"
        return Path(self.database_url[len(prefix) :]) if self.database_url.startswith(prefix) else None


def from_environment() -> Settings:
    """Read VENTURE_DATA, DATABASE_URL, VENTURE_SECRET, VENTURE_BASE_URL and VENTURE_DEMO.

    Raises BadSetting for a weak secret, an unknown kind of database or a base address that is none.
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
    )


def _secret(data: Path) -> str:
    """The signing secret: given, or made once and kept beside the data, readable by its owner only."""
    given = os.environ.get("VENTURE_SECRET")
    if given is not None:
        if given.lower() in WEAK or len(given) < 32:
            raise BadSetting("VENTURE_SECRET must have 32 characters or more and be made by chance")
        return given
    path = data / "secret"
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as fresh:
            fresh.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text()
