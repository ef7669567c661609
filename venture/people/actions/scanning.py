"""What the virus scanner found, written down; a quarantined file's sender is told."""

from datetime import datetime

from venture import files, outbox, trail
from venture.db import db, locked
from venture.files import File, Scan
from venture.people.models import Person
from venture.scanner import Verdict


def note_scan(*, sha256: str, verdict: Verdict, at: datetime) -> list[File]:
    """Judge every file of this content that was not judged yet; those that are quarantined by it.

    Each sender of a quarantined file is told by a message that needs no release.
    """
    caught = []
    for file in files.unscanned(sha256):
        if locked(file).scan is not Scan.NOT_SCANNED:
            continue
        file.scan = Scan.CLEAN if verdict.clean else Scan.QUARANTINED
        file.scanned_at, file.scan_said = at, verdict.said
        trail.say(None, "files.scan", file, scan=file.scan, said=verdict.said)
        if not verdict.clean:
            caught.append(file)
            sender = db.session.get(Person, file.uploaded_by_id)
            if sender is not None:
                outbox.post("people.quarantined", to=sender, about=file, held=False, file=file.name)
    return caught
