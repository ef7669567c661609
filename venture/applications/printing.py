"""申报书: an application as plain data for the printed form, in the language of the page."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _

from venture import clock, documents, money, web, workdays
from venture.applications import codes, parts, queries
from venture.applications.lifecycle import State
from venture.applications.models import Application, Version
from venture.applications.parts import PLEDGE, Field, Kind, Part, Row
from venture.rounds.models import Round
from venture.web import said

LineAmount = Callable[[Row], int | None]


def paper(
    application: Application,
    version: Version | None,
    document: Sequence[tuple[Part, Sequence[queries.Answer]]],
    communities: Mapping[str, str],
    line_amount: LineAmount,
    received: str,
) -> dict[str, Any]:
    """What the template `application` prints; without a version it is a draft and says so across each page.

    The code of the version stands in the foot of each page, as text and as QR: number, version, receipt.
    """
    title = next(
        (str(each.raw) for _part, answers in document for each in answers if each.field.key == "title"), ""
    )
    facts = [(_("Project title"), title or "—"), (_("Organization"), application.organization.name)]
    if version is None:
        code = _("Draft, not submitted")
    else:
        code = f"{application.number} · {_('Version %(number)s', number=version.number)} · {version.receipt}"
        facts += [
            (_("Number"), application.number or ""),
            (_("Received at"), _("%(at)s Beijing time (UTC+8)", at=received)),
            (_("Receipt code"), version.receipt),
        ]
    return {
        "title": _("Application form"),
        "watermark": _("Draft") if version is None else "",
        "code": code,
        "qr": documents.qr(f"{application.number}/{version.number}/{version.receipt}") if version else "",
        "page": _("Page %(page)s of %(pages)s", page="{page}", pages="{pages}"),
        "facts": facts,
        "parts": [_printed(part, answers, communities, line_amount) for part, answers in document],
        "sign": [],
    }


def pledge(
    application: Application,
    version: Version | None,
    document: Sequence[tuple[Part, Sequence[queries.Answer]]],
    received: str,
) -> dict[str, Any]:
    """承诺书: the one page that is stamped and scanned, with the code of the version in its foot.

    Where the paper is due with the application there is no version yet: the page then carries the code of the draft as
    it was saved last, which proves the version that is sent unchanged.
    """
    whole = paper(application, version, document, {}, lambda row: None, received)
    asked = version.asked if version else application.asked
    whole["facts"].append(
        (_("Amount applied for"), "—" if asked is None else f"{money.text(asked)} {_('yuan')}")
    )
    if version is None:
        code = codes.of_draft(application.id, application.revision)
        state = _("Draft, state %(revision)s", revision=application.revision)
        whole |= {"watermark": "", "code": f"{state} · {code}", "qr": documents.qr(code)}
        whole["facts"].append((_("Code"), code))
    return whole | {
        "title": _("Pledge"),
        "parts": [
            {
                "label": _(part.label),
                "answers": [(said(each.field.label), _text(each, {})) for each in answers],
                "tables": [],
            }
            for part, answers in document
            if part is PLEDGE
        ],
        "sign": [_("Stamp of the organization"), _("Legal representative (signature)"), _("Day of signing")],
    }


def _printed(
    part: Part, answers: Sequence[queries.Answer], communities: Mapping[str, str], line_amount: LineAmount
) -> dict[str, Any]:
    tables = [each for each in answers if each.field.kind is Kind.TABLE and each.raw]
    return {
        "label": _(part.label),
        "answers": [
            (said(each.field.label), _text(each, communities))
            for each in answers
            if each.field.kind is not Kind.TABLE
        ],
        "tables": [_table(each, line_amount) for each in tables],
    }


def _table(answer: queries.Answer, line_amount: LineAmount) -> dict[str, Any]:
    field, costs = answer.field, answer.field.key.startswith("costs_")
    rows = [row for row in answer.raw if isinstance(row, dict)]
    return {
        "label": said(field.label),
        "heads": [_(column.label) for column in field.columns] + ([_("Amount")] if costs else []),
        "rows": [
            [_chosen(column, row.get(column.key, "")) for column in field.columns]
            + ([_yuan(line_amount(row))] if costs else [])
            for row in rows
        ],
    }


def plain(answer: queries.Answer, communities: Mapping[str, str]) -> str:
    """One answer as text, one row of a table a line; nothing when nothing was typed."""
    if not answer.raw:
        return ""
    if answer.field.kind is Kind.TABLE:
        rows = [row for row in answer.raw if isinstance(row, dict)]
        return "\n".join(
            " · ".join(_chosen(column, row.get(column.key, "")) for column in answer.field.columns)
            for row in rows
        )
    return _text(answer, communities)


def recorded(field: Field, text: str) -> str:
    """A text of the trail in words: the codes of choices, also in the cells of a table, by what people chose."""
    if field.kind is not Kind.TABLE:
        return "\n".join(_chosen(field, line) for line in text.split("\n")) if field.choices else text
    rows = (line.split(" · ") for line in text.split("\n"))
    columns = field.columns
    return "\n".join(
        " · ".join(
            _chosen(columns[place], cell) if place < len(columns) else cell for place, cell in enumerate(row)
        )
        for row in rows
    )


def _yuan(fen: int | None) -> str:
    return "" if fen is None else money.text(fen)


def _chosen(field: Field, code: str) -> str:
    words = dict(field.choices)
    return said(words[code]) if code in words else code


def _text(answer: queries.Answer, communities: Mapping[str, str]) -> str:
    field, raw = answer.field, answer.raw
    if not raw:
        return "—"
    if field.kind is Kind.TICK:
        return str(_("Confirmed"))
    if isinstance(raw, list):
        return str(_(", ")).join(communities.get(str(code), _chosen(field, str(code))) for code in raw)
    shown = _chosen(field, raw)
    return f"{shown} {_(field.unit)}" if field.unit else shown


def letters(applications: Sequence[Application]) -> dict[str, Any]:
    """资格审查结果通知书、补正通知书: what the template `letter` prints, a page for each application."""
    days = workdays.calendar()
    return {
        "title": _("Letters of the eligibility check"),
        "letters": [_letter(each, days) for each in applications],
    }


def _letter(application: Application, days: clock.Calendar) -> dict[str, Any]:
    facts = {"title": application.title, "round": application.round.name, "number": application.number}
    if application.state is State.RETURNED:
        title, day = _("Notice to complete an application"), application.returned_on
        said = [
            _(
                "«%(title)s» (number %(number)s), which you submitted to %(round)s, has to be completed.",
                **facts,
            )
        ]
        said.append(_("What is missing: %(reason)s", reason=application.decision_reason))
        said.append(_term(queries.correction_of(application, days)))
    elif application.state is State.INELIGIBLE:
        title, day = _("Notice of the eligibility check: not eligible"), _decided_on(application)
        said = [
            _("«%(title)s» (number %(number)s), submitted to %(round)s, was found not eligible.", **facts)
        ]
        rule, _line, reason = application.decision_reason.partition("\n")
        said.append(_("Rule that is not fulfilled: %(rule)s", rule=rule))
        said.append(_("Reason: %(reason)s", reason=reason))
        said.append(_("If you think this is wrong, write to the bureau."))
    else:
        title, day = _("Notice of the eligibility check: eligible"), _decided_on(application)
        said = [
            _(
                "«%(title)s» (number %(number)s), submitted to %(round)s, has passed the eligibility check.",
                **facts,
            ),
            _("It goes on to the experts. Being eligible is no award; the result is published by a notice."),
        ]
    return {
        "title": title,
        "to": _("%(organization)s:", organization=application.organization.name),
        "paragraphs": said,
        "sign": _("%(bureau)s (stamp)", bureau=application.round.issuer or _("Civil-affairs bureau")),
        "day": clock.chinese_day(day) if day else "",
        "code": f"{application.number} · {application.organization.credit_code}",
    }


def _decided_on(application: Application) -> date | None:
    return clock.beijing_day(application.decided_at) if application.decided_at else None


def _term(term: queries.Correction) -> str:
    last = clock.chinese_day(term.last) if term.last else "—"
    said = _("Complete it and submit again by the end of %(day)s (Beijing time).", day=last)
    provisional = _("Provisional: the holidays of that year are not published yet.")
    return f"{said} {provisional}" if term.provisional else str(said)


def fixed_words(round: Round) -> list[str]:
    """What form and call say whoever fills the form in, in each language; labels that stand together as one text."""
    found = [f"{theme.name} {round.name}" for theme in round.themes] + [rule.text for rule in round.rules]
    for locale in web.LOCALES.values():
        with web.in_language(locale):
            for part in parts.PARTS:
                found += [_(each) for field in part.fields for each in _words(field) if each]
                found.append(" ".join(_(field.label) for field in part.fields))
    return found


def _words(field: Field) -> list[str]:
    columns = [word for column in field.columns for word in _words(column)]
    choices = [label for _code, label in field.choices]
    return [field.label, field.hint, *choices, *columns]
