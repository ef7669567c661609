"""Anybody asks whether a receipt code was given out here: the answer is yes or no, and nothing else."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from venture.applications import codes
from venture.applications.models import Application, Verification, Version
from venture.db import db
from venture.refusal import Refused

ASKED, WITHIN = 30, timedelta(hours=1)
"""How many codes one network address may ask about within a while."""


def verify(*, typed: str, address: str, at: datetime) -> bool:
    """Whether a version was given this code: the receipt alone, or number, version and receipt as printed.

    The question is counted, not what was asked. Valid or not, the same statements run, so that the time tells
    nothing either. Raises Refused(applications.asked_too_often: until).
    """
    asked = db.session.scalars(
        select(Verification.at)
        .where(Verification.address == address, Verification.at > at - WITHIN)
        .order_by(Verification.at.desc())
        .limit(ASKED)
    ).all()
    if len(asked) == ASKED:
        raise Refused("applications.asked_too_often", until=asked[-1] + WITHIN)
    db.session.execute(delete(Verification).where(Verification.at < at - timedelta(days=1)))
    db.session.add(Verification(address=address, at=at))
    written = codes.read(typed) or codes.Written("")
    known = db.session.execute(
        select(Application.number, Version.number)
        .join(Version.application)
        .where(Version.receipt == written.code)
    ).one_or_none()
    return known is not None and written.number in ("", known[0]) and written.version in ("", str(known[1]))
