"""What experts see of an application: all that was sent or, in a blind review, what does not say who applied."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from venture.applications import access, parts
from venture.applications import queries as applications
from venture.applications.models import Application, Attachment
from venture.applications.parts import Kind, Part
from venture.applications.queries import Answer
from venture.people.models import Organization
from venture.review.blinding import mask

_OWN = ("group_name", "group_filing", "group_lead", "lead_name", "lead_phone", "lead_email")
"""Answers that name the applicant or its people wherever else they stand."""


def is_blind(application: Application) -> bool:
    """Whether the experts must not learn who applied; then every page shows of it only what this file gives."""
    return not access.is_named(application)


def title_of(application: Application) -> str:
    """The project's title as experts see it."""
    return masked(application, application.title)


def body_of(application: Application) -> str:
    """The organization's name as experts see it; nothing in a blind review."""
    return "" if is_blind(application) else application.organization.name


def masked(application: Application, text: str) -> str:
    """A short text about the application as experts see it. No statement where its organization is loaded."""
    if not is_blind(application):
        return text
    return mask(text, [*_of_body(application.organization), *_of_people(application.answers)])


def document_of(application: Application) -> list[tuple[Part, list[Answer]]]:
    """The whole form for reading, never with how to reach people. Blind: without the organization's part, without names,
    and with the names of organization and people taken out of every text.
    """
    whole = applications.document(application, contacts=False)
    if not is_blind(application):
        return whole
    names = list(_names(application))
    shown = []
    for part, answers in whole:
        told = [
            _blind(answer, names)
            for answer in answers
            if not answer.field.names and answer.field.kind is not Kind.FILE
        ]
        if told and part is not parts.ORGANIZATION:
            shown.append((part, told))
    return shown


def _blind(answer: Answer, names: list[str]) -> Answer:
    if answer.field.kind is Kind.MANY:
        return answer
    if isinstance(answer.raw, str):
        return Answer(answer.field, mask(answer.raw, names))
    columns = tuple(column for column in answer.field.columns if not column.names)
    kept = {column.key for column in columns}
    rows: list[parts.Row] = [
        {key: mask(text, names) for key, text in row.items() if key in kept}
        for row in answer.raw
        if isinstance(row, dict)
    ]
    return Answer(replace(answer.field, columns=columns), rows)


@dataclass(frozen=True)
class Shown:
    """One file as an expert finds it: `number` is its place on the page, `name` what it is called there."""

    number: int
    attachment: Attachment
    name: str


def files_of(application: Application) -> list[Shown]:
    """The files for the experts. Blind: those of the kinds that are shown so, called by the application's number and
    their kind's; what cannot be given without what programs wrote beside the content is not among them.
    """
    sent = applications.sent_files(application)
    if not is_blind(application):
        return [Shown(place, each, each.file.name) for place, each in enumerate(sent, start=1)]
    told = [each for each in sent if each.kind is not None and each.kind.shown_blind and each.file.is_plain]
    return [
        Shown(place, each, f"{application.number}-{place}.{each.file.ending}")
        for place, each in enumerate(told, start=1)
    ]


def withheld(application: Application) -> int:
    """How many files a blind review does not show."""
    return len(applications.sent_files(application)) - len(files_of(application))


def _names(application: Application) -> Iterator[str]:
    """Whatever names the applicant, in any version and under any name of its records."""
    for record in application.organization.family:
        yield from _of_body(record)
    yield from _of_people(application.answers)
    for version in application.versions:
        yield from _of_people(applications.content(version).get("form", {}))


def _of_body(body: Organization) -> Iterator[str]:
    """An organization's name, code, place, account, and how to reach it."""
    yield from (body.name, body.credit_code, body.account_name, body.account_no, body.address)
    yield from (body.legal_representative, body.representative_phone, body.representative_email)


def _of_people(form: Mapping[str, Any]) -> Iterator[str]:
    """The people and the filed group that a form names, and how to reach them."""
    yield from (str(form.get(key) or "") for key in _OWN)
    members = form.get("team")
    for row in members if isinstance(members, list) else []:
        if isinstance(row, dict):
            yield str(row.get("name") or "")
