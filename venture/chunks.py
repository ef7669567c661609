"""A file that comes in pieces over a line that breaks: kept aside until it is whole, gone on with where it was.

A piece is written where the file stands and nowhere else. Nothing lasts that is not whole: what is not gone on with for
a day, and what one person has begun beyond `OPEN` files, is dropped when the next file begins.
"""

import fcntl
import hashlib
from dataclasses import astuple, dataclass
from pathlib import Path

from venture import clock, files
from venture.files import Staged

LASTS = 24 * 3600
"""Seconds after its last piece that an unfinished file is kept."""
OPEN = 12
"""Unfinished files of one person."""


@dataclass(frozen=True)
class Coming:
    """A file that is to come: whose (a person's id), for what, and what it will be: name, bytes, SHA-256."""

    person: int
    target: str
    name: str
    size: int
    sha256: str


class Elsewhere(Exception):
    """The piece does not begin where the file ends; `have` is where that is."""

    def __init__(self, have: int) -> None:
        super().__init__(str(have))
        self.have = have


def begin(coming: Coming, *, root: Path) -> int:
    """How many bytes of the file are here already; forgotten ones of the same person make room."""
    folder = _folder(coming, root)
    folder.mkdir(parents=True, exist_ok=True)
    path, now = _path(coming, root), clock.now().timestamp()
    others = sorted((each for each in folder.iterdir() if each != path), key=_age)
    for place, other in enumerate(reversed(others), start=1):
        if place >= OPEN or now - _age(other) > LASTS:
            other.unlink(missing_ok=True)
    return path.stat().st_size if path.exists() else 0


def add(coming: Coming, piece: bytes, *, at: int, root: Path, reserve: int = 0) -> int | Staged:
    """Write a piece that begins at byte `at`; how much is here now, or the whole file, safe on disk.

    Raises Elsewhere, and Refused as `files.stage`; what was refused when it was whole is gone.
    """
    path = _path(coming, root)
    path.parent.mkdir(parents=True, exist_ok=True)
    files.roomy(root, reserve, coming.name)
    with path.open("ab") as part:
        fcntl.flock(part, fcntl.LOCK_EX)
        have = part.tell()
        if at != have or not path.exists():  # another page of the same person was quicker
            raise Elsewhere(have if path.exists() else 0)
        if have + len(piece) > coming.size or not piece:
            raise Elsewhere(have)
        part.write(piece)
        part.flush()
        if have + len(piece) < coming.size:
            return have + len(piece)
        try:
            with path.open("rb") as whole:
                return files.stage(whole, coming.name, root=root, limit=coming.size, sha256=coming.sha256)
        finally:
            path.unlink()


def sweep(root: Path) -> int:
    """Drop what was not gone on with for a day, of everybody; how many files that were."""
    now = clock.now().timestamp()
    old = [each for each in (root / ".pieces").glob("*/*") if now - _age(each) > LASTS]
    for each in old:
        each.unlink(missing_ok=True)
    return len(old)


def _age(path: Path) -> float:
    return path.stat().st_mtime


def _folder(coming: Coming, root: Path) -> Path:
    return root / ".pieces" / str(coming.person)


def _path(coming: Coming, root: Path) -> Path:
    return _folder(coming, root) / hashlib.sha256(repr(astuple(coming)).encode()).hexdigest()
