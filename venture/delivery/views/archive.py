"""归档: a project's whole file as a ZIP of numbered folders that read without the product, with a list of hashes."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

from flask_babel import gettext as _

from venture import clock, documents, downloads, web
from venture.applications.views.archive import filed, noted, of_application
from venture.budget.models import Award
from venture.delivery import access, actions, printing, queries
from venture.delivery.grading import Phase
from venture.delivery.models import Report, Shows
from venture.delivery.views.reports import settings, today
from venture.delivery.views.shared import award_or_404, bp
from venture.downloads import Packed
from venture.files import clean_name
from venture.roles import may


@bp.post("/projects/<int:id>/archive")
@may(*access.ARCHIVES)
def archive(id: int) -> Any:
    """Private papers are in it, so that it is an act that the trail keeps."""
    award, at = award_or_404(id), clock.now()
    documents.ready(settings().fonts)
    actions.export_archive(award=award, by=web.me(), at=at)
    plan = list(_plan(award, at))
    name = clean_name(f"{award.project_no} {award.application.title}".replace("/", " "))
    return downloads.packed(plan, f"{name}.zip")


def _plan(award: Award, at: datetime) -> Iterator[Packed]:
    """Every entry in its order; the list comes last, since it names the hash of what is made on the way."""
    standing, application = queries.standing(award), award.application
    said = [
        f"{award.project_no} · {application.title}",
        f"{application.organization.name} · {application.organization.credit_code}",
        _("Made at %(at)s Beijing time (UTC+8)", at=clock.beijing(at).strftime("%Y-%m-%d %H:%M:%S")),
    ]
    said += ["", "== " + _("01 Application") + " =="]
    yield from of_application(application, _("01 Application"), said)
    said += ["", "== " + _("02 Record of the project") + " =="]
    yield _pdf(_("02 Record of the project") + ".pdf", "application", _record(award, standing, at), at, said)
    said += ["", "== " + _("03 Reports") + " =="]
    for report in [each for each in standing.reports.values() if each.latest]:
        yield from _reports(report, said)
    said += ["", "== " + _("04 Evaluation") + " =="]
    for each in queries.evaluations_of(award):
        if each.confirmed_at is not None:
            name = f"{_('04 Evaluation')}/{_(each.phase.label)} {each.number:02d}.pdf"
            yield _pdf(name, "letter", printing.letters([each]), each.confirmed_at, said)
    said += ["", "== " + _("05 Activities") + " =="]
    yield from _activities(award, said)
    said += ["", "== " + _("06 Vouchers") + " =="]
    yield from _vouchers(award, said)
    said += ["", "== " + _("07 Audit") + " =="]
    if standing.audit is not None and standing.audit.scan is not None:
        name = f"{_('07 Audit')}/{clean_name(standing.audit.scan.name)}"
        yield from filed(standing.audit.scan, name, standing.audit.entered_at, said)
    yield _("Contents") + ".txt", at, lambda: "\r\n".join(said).encode("utf-8-sig")


def _pdf(name: str, template: str, given: dict[str, Any], at: datetime, said: list[str]) -> Packed:
    return name, at, noted(partial(documents.pdf, template, given, fonts=settings().fonts), name, said)


def _record(award: Award, standing: queries.Standing, at: datetime) -> dict[str, Any]:
    return printing.record(
        standing,
        queries.evaluations_of(award),
        queries.assembled(award, Phase.FINAL, today()),
        queries.spending(award, struck=False),
        queries.set_right(standing),
        at,
    )


def _reports(report: Report, said: list[str]) -> Iterator[Packed]:
    for version in report.versions:
        name = f"{_('03 Reports')}/{_(report.phase.label)} {version.number:02d}.pdf"
        said.append(f"{_('Version %(number)s', number=version.number)} · SHA-256 {version.sha256}")
        yield _pdf(name, "application", printing.report(version), version.handed_in_at, said)
        frozen = version.content.encode()
        name = name.removesuffix(".pdf") + ".json"
        yield name, version.handed_in_at, noted(partial(bytes, frozen), name, said)


def _activities(award: Award, said: list[str]) -> Iterator[Packed]:
    for activity in reversed(queries.activities(award)):
        folder = clean_name(f"{activity.number:03d} {activity.held_on} {activity.subject}".replace("/", " "))
        for place, each in enumerate(activity.files, start=1):
            kind = _("photo") if each.shows is Shows.PHOTO else _("sign-in sheet")
            name = "/".join([_("05 Activities"), folder, f"{place:02d} {kind} {clean_name(each.file.name)}"])
            yield from filed(each.file, name, each.added_at, said)


def _vouchers(award: Award, said: list[str]) -> Iterator[Packed]:
    for each in reversed(queries.spending(award)):
        if each.scan is not None:
            voucher = clean_name(each.voucher_no.replace("/", " "))
            name = f"{_('06 Vouchers')}/{each.id:05d} {voucher} {clean_name(each.scan.name)}"
            yield from filed(each.scan, name, each.recorded_at, said)
