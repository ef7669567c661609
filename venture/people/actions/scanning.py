"""What the virus scanner found, written down; a quarantined file's sender is told; a false alarm is released."""

from datetime import datetime

from venture import files, outbox, trail
from venture.db import db, locked
from venture.files import File, Scan
from venture.people.models import Person
from venture.refusal import Refused
from venture.roles import Role
from venture.scanner import Verdict


def note_scan(*, sha256: str, verdict: Verdict, at: datetime, again: bool = False) -> list[File]:
    """Judge every file of this content that was not judged yet; those that are quarantined by it.

    `again`: those too that were judged before, where the verdict is another one now; what an officer released as a
    false alarm stays so while the scanner says the same. Each sender of a newly quarantined file is told by a message
    that needs no release.
    """
    caught = []
    found = Scan.CLEAN if verdict.clean else Scan.QUARANTINED
    for file in files.of_content(sha256):
        before = locked(file).scan
        same = (before, file.scan_said) == (found, verdict.said)
        if same or (before is not Scan.NOT_SCANNED and not again):
            continue
        file.released_at, file.released_by_id, file.release_reason = None, None, ""
        file.scan, file.scanned_at, file.scan_said = found, at, verdict.said
        trail.say(None, "files.scan", file, scan=[before, found], said=verdict.said)
        if not verdict.clean:
            caught.append(file)
            sender = db.session.get(Person, file.uploaded_by_id)
            if sender is not None:
                outbox.post("people.quarantined", to=sender, about=file, held=False, file=file.name)
    return caught


def release_file(*, file: File, reason: str, by: Person, at: datetime) -> list[File]:
    """Open a quarantined content again, known for a false alarm: every file of it, with the reason on record.

    Raises Refused: people.not_officer, people.no_release_reason, people.own_file (name), people.not_quarantined.
    """
    if not by.holds(Role.OFFICER):
        raise Refused("people.not_officer")
    if not reason.strip():
        raise Refused("people.no_release_reason", "reason")
    alike = [locked(each) for each in files.of_content(file.sha256)]
    if any(each.uploaded_by_id == by.id for each in alike):
        raise Refused("people.own_file", "", name=file.name)
    opened = [each for each in alike if each.is_shut]
    if not opened:
        raise Refused("people.not_quarantined", "", name=file.name)
    for each in opened:
        each.released_at, each.released_by_id, each.release_reason = at, by.id, reason.strip()
        trail.say(by, "files.release", each, said=each.scan_said, reason=reason.strip())
        sender = db.session.get(Person, each.uploaded_by_id)
        if sender is not None:
            outbox.post("people.released_file", to=sender, about=each, file=each.name)
    return opened
