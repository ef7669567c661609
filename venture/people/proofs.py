"""What proves who somebody is: passwords and their weakness, an authenticator's codes, recovery and one-time codes."""

import base64
import hashlib
import hmac
import re
import secrets
import unicodedata
from datetime import datetime
from functools import cache
from pathlib import Path

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

STEP = 30
"""Seconds for which an authenticator shows one code (RFC 6238)."""
_CLEAR = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_LEET = str.maketrans("@4301!57$", "aaeolists")
_hasher = PasswordHasher()
_nobodys = _hasher.hash(secrets.token_hex())
MOBILE, EMAIL = re.compile(r"1[3-9][0-9]{9}"), re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
"""What one signs in with."""


def normal_login(typed: str) -> str:
    """A mobile number or e-mail as it is stored: half-width, without blanks, in small letters."""
    return "".join(unicodedata.normalize("NFKC", typed).split()).lower()


# --- passwords ---


def weigh(memory: int) -> None:
    """Set how much memory (KiB) it takes to compute a password's hash, which is what guessing costs."""
    global _hasher, _nobodys
    _hasher = PasswordHasher(memory_cost=memory)
    _nobodys = _hasher.hash(secrets.token_hex())


def hash_of(password: str) -> str:
    """The argon2 hash of a password; slow on purpose, so call it before the transaction."""
    return _hasher.hash(password)


def fits(password_hash: str | None, typed: str) -> bool:
    """Whether the password has this hash; takes as long where there is none."""
    try:
        return _hasher.verify(password_hash or _nobodys, typed) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _common() -> frozenset[str]:
    return frozenset(Path(__file__).with_name("common_passwords.txt").read_text(encoding="utf-8").split())


def weakness(password: str, *known: str) -> str | None:
    """Why a password is not good enough: short, common, known (holds a name or login of `known`); None when it is.

    Good: 10 characters or more of three kinds (small letters, capitals, digits, other signs), which is 等保 level 2.
    """
    kinds = {
        "a" if sign.islower() else "A" if sign.isupper() else "0" if sign.isdigit() else "-"
        for sign in password
    }
    if len(password) < 10 or len(kinds) < 3:
        return "short"
    small = password.casefold()
    # There is one way only to read this pattern: others take a minute for a text of some thousand signs.
    lettered = re.search(r"[a-z](?:.*[a-z])?", small, re.DOTALL)
    core = lettered[0].translate(_LEET) if lettered else ""
    bare = re.sub(r"[^a-z0-9]+", "", small)
    if {small, bare, core, bare.rstrip("0123456789")} & _common() or len(set(small)) < 5:
        return "common"
    parts = [part for text in known for part in re.split(r"[@.\s]", text.casefold()) if len(part) >= 4]
    return "known" if any(part in small for part in parts) else None


# --- an authenticator (TOTP) ---


def new_seed() -> str:
    """A fresh seed, in the letters that people can type into an authenticator."""
    return pyotp.random_base32()


def address_of(seed: str, *, name: str, issuer: str) -> str:
    """What an authenticator scans."""
    return pyotp.TOTP(seed).provisioning_uri(name=name, issuer_name=issuer)


def code_at(seed: str, at: datetime) -> str:
    """The six digits that the authenticator shows at this moment."""
    return pyotp.TOTP(seed).generate_otp(int(at.timestamp()) // STEP)


def counter_of(seed: str, typed: str, *, at: datetime, after: int) -> int | None:
    """Which counter the typed code is of: now or one step beside it, later than `after`; None when it doesn't fit."""
    now, digits = int(at.timestamp()) // STEP, code_signs(typed)
    for counter in (now, now - 1, now + 1):
        if counter > after and same(pyotp.TOTP(seed).generate_otp(counter), digits):
            return counter
    return None


def seal(secret: str, text: str, purpose: str = "authenticator") -> str:
    """A text as the database keeps it: readable only with the app's secret, and for the same purpose."""
    return _fernet(secret, purpose).encrypt(text.encode()).decode()


def unseal(secret: str, sealed: str | None, purpose: str = "authenticator") -> str | None:
    """The text again; None where there is none, or where the app's secret is another by now."""
    try:
        return _fernet(secret, purpose).decrypt(sealed.encode()).decode() if sealed else None
    except InvalidToken:
        return None


@cache
def _fernet(secret: str, purpose: str) -> Fernet:
    derived = HKDF(SHA256(), 32, salt=None, info=f"venture {purpose} 1".encode()).derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))


# --- codes on paper, by telephone, by message ---


def code_signs(typed: str) -> str:
    """A typed code without blanks and strokes, half-width, in capitals; only signs that a code can have."""
    return re.sub(r"[^A-Z0-9]", "", unicodedata.normalize("NFKC", typed).upper())


def recovery_codes() -> list[str]:
    """Ten codes to write down, 80 bits each: any one replaces the authenticator once."""
    return ["-".join("".join(secrets.choice(_CLEAR) for _ in range(4)) for _ in range(4)) for _ in range(10)]


def same(one: str, other: str) -> bool:
    """Whether two codes are the same, in a time that does not tell how much of them is."""
    return hmac.compare_digest(one.encode(), other.encode())


def _mark(secret: str, what: str, id: int) -> bytes:
    return hmac.digest(secret.encode(), f"venture {what} {id}".encode(), hashlib.sha256)


def one_time_code(secret: str, id: int) -> str:
    """The eight digits of reset `id`: derived, so that no table holds them."""
    return f"{int.from_bytes(_mark(secret, 'code of reset', id)) % 10**8:08d}"


def link_token(secret: str, id: int) -> str:
    """What the link of reset `id` carries: derived, so that no table and no outbox holds it."""
    return f"{id}-{_mark(secret, 'link of reset', id).hex()[:40]}"


def id_of_link(secret: str, token: str) -> int | None:
    """The reset that a link names, if the link is ours."""
    number = token.partition("-")[0]
    ours = number.isascii() and number.isdigit() and len(number) < 19
    return int(number) if ours and same(link_token(secret, int(number)), token) else None
