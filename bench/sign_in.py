"""How long sign-in and reset take for known, shut and unknown accounts, in 200 interleaved rounds.

Run as `python bench/sign_in.py [rounds]`: prints the medians and their difference in per cent of the
median, which is to stay under ten.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

import make  # noqa: E402
from client import Browser, save  # noqa: E402
from flask_migrate import upgrade  # noqa: E402
from sqlalchemy import delete  # noqa: E402

from venture import config, create_app  # noqa: E402
from venture.db import db  # noqa: E402
from venture.people.models import FailedTry, Reset  # noqa: E402
from venture.people.proofs import hash_of  # noqa: E402
from venture.roles import Role  # noqa: E402

NEW = "Other-Cattle-9"
PAGES: dict[str, dict[str, str]] = {
    "/sign-in": {"password": "Wrong-Horse-8"},
    "/reset": {},
    "/reset/code": {"one_time_code": "12345678", "password": NEW, "again": NEW},
}


def measured(app: Any, rounds: int) -> None:
    """Print the medians for each page and account."""
    password_hash = hash_of("Right-Horse-7")
    known = make.person(Role.OFFICER, password_hash=password_hash)
    shut = make.person(Role.OFFICER, password_hash=password_hash, active=False)
    logins = {"known": known.email, "shut": shut.email, "unknown": "nobody@example.invalid"}
    save()
    browser = Browser(app)
    for address, more in PAGES.items():
        times: dict[str, list[float]] = {kind: [] for kind in logins}
        browser.get(address)
        for number in range(rounds):
            order = list(logins)[number % 3 :] + list(logins)[: number % 3]
            for kind in order:
                db.session.execute(delete(FailedTry))
                db.session.execute(delete(Reset))
                db.session.commit()
                begun = time.perf_counter()
                browser.client.post(
                    address, data={"csrf_token": browser.token, "login": logins[kind], **more}
                )
                times[kind].append(time.perf_counter() - begun)
        medians = {kind: statistics.median(each) * 1000 for kind, each in times.items()}
        apart = (max(medians.values()) - min(medians.values())) / statistics.median(medians.values()) * 100
        print(address, {kind: f"{each:.1f} ms" for kind, each in medians.items()}, f"apart {apart:.1f} %")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(
            config.Settings(
                data=Path(folder),
                database_url=f"sqlite:///{folder}/venture.db",
                secret="a secret that is long enough for tests only",
                base_url="http://localhost",
            )
        )
        with app.app_context():
            upgrade()
            measured(app, int(sys.argv[1]) if len(sys.argv) > 1 else 200)
            db.session.remove()
            db.engine.dispose()


if __name__ == "__main__":
    main()
