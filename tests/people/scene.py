"""What the tests of signing in share: quick hashes, an authenticator, a browser that signs in through the pages."""

from typing import Any

import make
from argon2 import PasswordHasher
from client import Browser, save

from venture import clock
from venture.db import db
from venture.people import proofs
from venture.people.models import Authenticator, Person
from venture.roles import Role

PASSWORD = "Right-Horse-7"
NEW = "Other-Cattle-9"
SECRET = "a secret that is long enough for tests only"
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
"""A real hash that is quick to check, for tests that sign in often."""
ENGLISH = {"headers": {"Accept-Language": "en"}}


def member(*roles: Role, device: bool = False, **more: Any) -> Person:
    """Somebody who can sign in with `PASSWORD`, and the authenticator of `SEED` where asked."""
    person = make.person(*roles, **{"password_hash": HASH, **more})
    if device:
        sealed = proofs.seal(SECRET, SEED)
        db.session.add(
            Authenticator(person_id=person.id, seed=sealed, next_seed=None, confirmed_at=make.NOON)
        )
    save()
    return person


def code() -> str:
    """What the authenticator shows now."""
    return proofs.code_at(SEED, clock.now())


def sign_in(browser: Browser, login: str | None, password: str = PASSWORD, **more: Any) -> Any:
    """Sign in through the page."""
    browser.get("/sign-in")
    return browser.post("/sign-in", {"login": login, "password": password}, **more)


def is_in(browser: Browser) -> bool:
    """Whether the browser is signed in."""
    return bool(browser.get("/me").status_code == 200)
