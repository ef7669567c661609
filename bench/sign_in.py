"""How long sign-in and reset take for known, shut and unknown accounts, in 200 interleaved rounds.

Run as `python bench/sign_in.py [rounds]`: prints the medians and their difference in per cent of the
median, which is to stay under ten.
"""

import statistics
import sys
import time
from typing import Any

import _place
import make
from client import Browser, save
from sqlalchemy import delete

from venture.db import db
from venture.people.models import FailedTry, Reset
from venture.people.proofs import hash_of
from venture.roles import Role

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


if __name__ == "__main__":
    with _place.made() as app:
        measured(app, int(sys.argv[1]) if len(sys.argv) > 1 else 200)
