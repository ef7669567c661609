"""Uploaded files: staged and hashed before the transaction, kept under their hash, named as people named them."""

import hashlib
import os
import re
import shutil
import stat
import unicodedata
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, BinaryIO

from sqlalchemy import CheckConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column

from venture.db import Base, choice, db
from venture.refusal import Refused
from venture.words import N_, Word

CHUNK = 1 << 20
TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
DATA = "application/json"
"""A file of data, taken in only where a view says that it reads such."""
MOST_PARTS, MOST_UNPACKED, MOST_TIMES = 5000, 100 << 20, 200
"""Of an office file, which is a zip: its parts, its unpacked bytes, and how often larger than packed it may be."""
_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How the office files of before 2007 begin, and those of today under a password."""
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]')


class Scan(Word):
    """What the virus scanner has found so far."""

    NOT_SCANNED = "not_scanned", N_("not scanned for viruses")
    CLEAN = "clean", N_("scanned: no virus found")
    QUARANTINED = "quarantined", N_("quarantined: nobody can open it")


class File(Base):
    """One uploaded file: its SHA-256 is its place on disk; `name` is what the person called it; size in bytes.

    `scan_said` is the scanner's own word: the name of what it found. An officer who knows it for a false alarm
    releases the file (`released_at`), with a reason.
    """

    __tablename__ = "file"
    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str]
    name: Mapped[str]
    type: Mapped[str]
    size: Mapped[int]
    uploaded_by_id: Mapped[int]
    uploaded_at: Mapped[datetime]
    scan: Mapped[Scan] = mapped_column(choice(Scan), default=Scan.NOT_SCANNED, server_default="not_scanned")
    scanned_at: Mapped[datetime | None]
    scan_said: Mapped[str] = mapped_column(default="", server_default="")
    released_at: Mapped[datetime | None]
    released_by_id: Mapped[int | None]
    release_reason: Mapped[str] = mapped_column(default="", server_default="")
    __table_args__ = (
        CheckConstraint("released_at IS NULL OR scan = 'quarantined'", name="released_at"),
        CheckConstraint("(released_by_id IS NULL) = (release_reason = '')", name="release_reason"),
        CheckConstraint("size > 0", name="size"),
        CheckConstraint("length(sha256) = 64", name="sha256"),
        CheckConstraint("(scan = 'not_scanned') = (scanned_at IS NULL)", name="scanned_at"),
    )

    @property
    def is_shut(self) -> bool:
        """Whether nobody may open it."""
        return self.scan is Scan.QUARANTINED and self.released_at is None

    @property
    def is_picture(self) -> bool:
        return self.type in {TYPES["jpg"], TYPES["png"]}

    @property
    def is_plain(self) -> bool:
        """Whether what stands beside its content can be taken out: a picture or a PDF."""
        return self.is_picture or self.type == TYPES["pdf"]

    @property
    def ending(self) -> str:
        """What the name of a file of this type ends in."""
        return next(ending for ending, kind in TYPES.items() if kind == self.type)


@dataclass(frozen=True)
class Staged:
    """A received file, already safe on disk under its hash, not yet owned by any row."""

    sha256: str
    name: str
    type: str
    size: int


def clean_name(name: str) -> str:
    """The name as shown: Chinese kept, path parts and signs that file systems or headers misread taken out."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    name = _UNSAFE.sub("", name).strip(" .") or "file"
    stem, dot, ending = name.rpartition(".")
    return f"{stem[:150]}{dot}{ending[:10]}" if dot else name[:160]


def path_of(root: Path, sha256: str) -> Path:
    """Where the content with this hash lies under the upload folder."""
    return root / sha256[:2] / sha256


def stage(
    stream: BinaryIO,
    name: str,
    *,
    root: Path,
    limit: int,
    reserve: int = 0,
    sha256: str = "",
    data: bool = False,
) -> Staged:
    """Take in a file: hash while writing, sync, rename to the hash's name. Nothing of it stays when refused.

    `reserve` bytes of the disk stay free for the database; `sha256` is the hash that was announced, if one was;
    `data`: a file of data is taken too. Raises Refused: files.empty, files.too_large (limit in bytes), files.no_room,
    files.broken, files.packed, files.old, files.type.
    """
    root.mkdir(parents=True, exist_ok=True)
    hashed, size = hashlib.sha256(), 0
    with NamedTemporaryFile(dir=root, prefix=".incoming-", delete=False) as part:
        try:
            while chunk := stream.read(CHUNK):
                size += len(chunk)
                if size > limit:
                    raise Refused("files.too_large", name=clean_name(name), limit=limit)
                roomy(root, reserve, name)
                hashed.update(chunk)
                part.write(chunk)
            if sha256 and hashed.hexdigest() != sha256:
                raise Refused("files.broken", name=clean_name(name))
            if not size:
                raise Refused("files.empty", name=clean_name(name))
            part.flush()
            os.fsync(part.fileno())
            if not unpacks_well(Path(part.name)):
                raise Refused("files.packed", name=clean_name(name))
            kind = sniff(Path(part.name))
            if kind is None and data and _is_data(Path(part.name)):
                kind = DATA
            if kind is None:
                old = Path(part.name).read_bytes()[:8] == _OLD
                raise Refused("files.old" if old else "files.type", name=clean_name(name))
        except BaseException:
            os.unlink(part.name)
            raise
    sha256 = hashed.hexdigest()
    target = path_of(root, sha256)
    target.parent.mkdir(exist_ok=True)
    os.replace(part.name, target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return Staged(sha256, clean_name(name), kind, size)


def roomy(root: Path, reserve: int, name: str) -> None:
    """Raises Refused(files.no_room) when less than `reserve` bytes of the disk are free."""
    if reserve and shutil.disk_usage(root).free < reserve:
        raise Refused("files.no_room", name=clean_name(name))


def sweep(root: Path, *, before: datetime) -> list[str]:
    """Take away what no row owns and was last received before this moment: of acts that were never finished, and of
    uploads cut off by a crash; the names. Ask for two days or more: a page may carry a file on for one.
    """
    old = [path for path in sorted(root.rglob("*")) if path.is_file() and _received(path) < before]
    owned = set(db.session.scalars(select(File.sha256).distinct()))
    gone = []
    for path in old:
        if path.name in owned:
            continue
        aside = path.with_name(f".swept-{path.name}")
        os.rename(path, aside)
        if _received(aside) < before:
            aside.unlink()
            gone.append(path.name)
        else:  # the same content came again at this very moment
            os.rename(aside, path)
    return gone


def _received(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def unpacks_well(path: Path) -> bool:
    """Whether a zip keeps within the limits and leads nowhere else, by its directory alone; true of any other file."""
    if not zipfile.is_zipfile(path):
        return True
    try:
        with zipfile.ZipFile(path) as packed:
            parts = packed.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return False
    unpacked = sum(part.file_size for part in parts)
    return (
        len(parts) <= MOST_PARTS
        and unpacked <= min(MOST_UNPACKED, path.stat().st_size * MOST_TIMES)
        and len({part.filename for part in parts})
        == len({part.header_offset for part in parts})
        == len(parts)
        and not any(_leads_away(part) for part in parts)
    )


def _leads_away(part: zipfile.ZipInfo) -> bool:
    """Whether a part of a zip is a link, or named to lie outside its folder, or locked by a password."""
    steps = part.filename.replace("\\", "/").split("/")
    return (
        ".." in steps
        or steps[0] == ""
        or ":" in steps[0]
        or stat.S_ISLNK(part.external_attr >> 16)
        or bool(part.flag_bits & 1)
    )


def sniff(path: Path) -> str | None:
    """The media type by content, from a short list of allowed kinds; None for anything else.

    Office files are opened far enough to tell Word from Excel and to turn away macros.
    """
    with path.open("rb") as opened:
        head = opened.read(8)
    if head.startswith(b"%PDF-"):
        return TYPES["pdf"]
    if head.startswith(b"\xff\xd8\xff"):
        return TYPES["jpg"]
    if head == b"\x89PNG\r\n\x1a\n":
        return TYPES["png"]
    if not head.startswith(b"PK\x03\x04") or not zipfile.is_zipfile(path) or not unpacks_well(path):
        return None
    with zipfile.ZipFile(path) as packed:
        names = packed.namelist()
    if any(name.endswith("vbaProject.bin") for name in names):
        return None
    for ending, part in (("docx", "word/document.xml"), ("xlsx", "xl/workbook.xml")):
        if part in names and "[Content_Types].xml" in names:
            return TYPES[ending]
    return None


def _is_data(path: Path) -> bool:
    """Whether the file is text that begins as JSON does; whether it is JSON is seen by whoever reads it."""
    content = path.read_bytes()
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


def keep(staged: Staged, *, by: Any, at: datetime) -> File:
    """Give a staged file its row; `by` is the person who sent it."""
    kept = File(
        sha256=staged.sha256,
        name=staged.name,
        type=staged.type,
        size=staged.size,
        uploaded_by_id=by.id,
        uploaded_at=at,
        scan=Scan.NOT_SCANNED,
    )
    db.session.add(kept)
    db.session.flush()
    return kept


def waiting(*, again: bool = False) -> Sequence[str]:
    """The contents, by hash, that no scanner has judged yet, oldest first; `again`: every content."""
    chosen = select(File.sha256) if again else select(File.sha256).where(File.scan == Scan.NOT_SCANNED)
    return db.session.scalars(chosen.group_by(File.sha256).order_by(func.min(File.id))).all()


def of_content(sha256: str) -> Sequence[File]:
    """The rows of this content, in the order in which they are locked."""
    return db.session.scalars(select(File).where(File.sha256 == sha256).order_by(File.id)).all()
