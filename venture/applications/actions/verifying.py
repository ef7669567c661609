"""Anybody asks whether a receipt code was given out here: the answer is yes or no, and nothing else."""

import re
import unicodedata
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from venture.applications.models import Application, Verification, Version
from venture.db import db
from venture.refusal import Refused

ASKED, WITHIN = 30, timedelta(hours=1)
"""How many codes one network address may ask about within a while."""
_CODE = re.compile(r"(?:(\d{4}-\d+)\s*[/·]\D{0,20}(\d{1,6})\D{0,20}[/·]\s*)?([A-Z2-7]{12})", re.ASCII)


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
    found = _CODE.fullmatch(re.sub(r"\s", "", unicodedata.normalize("NFKC", typed)).upper())
    number, version, receipt = found.groups() if found else (None, None, "")
    known = db.session.execute(
        select(Application.number, Version.number).join(Version.application).where(Version.receipt == receipt)
    ).one_or_none()
    return known is not None and (number is None or (number, version) == (known[0], str(known[1])))
