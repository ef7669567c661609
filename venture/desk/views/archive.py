"""归档: a round's whole file as a ZIP of numbered folders that read without the product, with a list of hashes."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any

from flask_babel import gettext as _

from venture import clock, documents, downloads, money, web
from venture.applications.views.archive import filed
from venture.budget import queries as budget
from venture.budget.views import notice as notices
from venture.delivery.access import ARCHIVES
from venture.delivery.views.reports import settings
from venture.desk import actions, queries, reports
from venture.desk.views.pages import bp
from venture.downloads import Packed
from venture.files import clean_name
from venture.refusal import Refused
from venture.review import queries as review
from venture.review.views import day, drawing
from venture.roles import may
from venture.rounds import queries as rounds
from venture.rounds.models import Round
from venture.rounds.views import call


@bp.post("/rounds/<int:year>/archive")
@may(*ARCHIVES)
def round_archive(year: int) -> Any:
    """What it holds is read and made before the act that the trail keeps."""
    at = clock.now()
    web.rollback()
    documents.ready(settings().fonts)
    with web.unlocked():
        plan = list(_plan(year, at))
    round = web.or_404(rounds.by_year(year))
    actions.export_round(round=round, by=web.me(), at=at)
    return downloads.packed(plan, f"{clean_name(round.name.replace('/', ' '))}.zip", made=True)


def _plan(year: int, at: datetime) -> Iterator[Packed]:
    """Every entry in its order; the list comes last, since it names the hash of what is made on the way.

    A document that is made ends the transaction, so that rows are found anew after each.
    """
    round = web.or_404(rounds.by_year(year))
    said = [
        round.name,
        _("Made at %(at)s Beijing time (UTC+8)", at=clock.beijing(at).strftime("%Y-%m-%d %H:%M:%S")),
    ]
    yield from _made(_("01 Plan") + ".txt", at, lambda: _text(_planned(round)), said)
    yield from _called(year, said)
    yield from _reviewed(year, at, said)
    yield from _decided(year, said)
    yield from _noticed(year, said)
    for title, draw in reports.SHEETS.values():
        name = f"{_('06 Sheets')}/{title}.xlsx"
        yield from _made(name, at, partial(_sheet, draw, year), said)
    proof = queries.checkpoint(settings().trail_key, at)
    yield from _made(_("07 Checkpoint of the trail") + ".json", at, proof.encode, said)
    yield _("Contents") + ".txt", at, lambda: _text(said)


def _planned(round: Round) -> list[str]:
    """预算与方案: the money of the round and on what terms it is given, amounts in yuan."""
    said = [f"{round.name} · {_('Total of the grants')} {money.text(round.total)}", "", _("Sources")]
    said += [
        " · ".join(
            [each.document_no, _(each.kind.label), str(each.year), money.text(each.amount)]
            + ([each.expires_on.isoformat()] if each.expires_on else [])
        )
        for each in round.sources
    ]
    said += ["", _("Set aside beside the grants")]
    said += [f"{_(each.kind.label)} · {money.text(each.amount)} · {each.note}" for each in round.set_asides]
    said += ["", _("Themes")]
    said += [f"{each.name} · {money.text(each.earmark)}" for each in round.themes]
    said += ["", _("Instalments")]
    said += [
        f"{part.number} · {part.name} · {part.weight} · {_(part.condition.label)} · "
        + _("%(days)s working days", days=part.due_days)
        for part in round.plan
    ]
    return said


def _called(year: int, said: list[str]) -> Iterator[Packed]:
    """What was published of the call, the first first."""
    found = rounds.announcements(web.or_404(rounds.by_year(year)))
    for number, at in [(each.number, each.published_at) for each in reversed(found)]:
        name = f"{_('02 Call')}/{number:02d}.docx"
        yield from _made(name, at, partial(_body, call.announcement_docx, year, number), said)


def _reviewed(year: int, at: datetime, said: list[str]) -> Iterator[Packed]:
    """The draws of the panel, and the minutes of its day."""
    found = review.pool_draws(web.or_404(rounds.by_year(year)))
    for number, made_at in [(each.number, each.made_at) for each in reversed(found)]:
        name = f"{_('03 Draws and minutes')}/{_('Draw No. %(number)s', number=number)}.pdf"
        yield from _made(name, made_at, partial(_body, drawing.draw_pdf, year, number), said)
    name = f"{_('03 Draws and minutes')}/{_('Minutes')}.docx"
    yield from _made(name, at, partial(_body, day.minutes_docx, year), said)


def _decided(year: int, said: list[str]) -> Iterator[Packed]:
    """Each decision with its lines, and the scan of the minutes that it rests on."""
    round = web.or_404(rounds.by_year(year))
    barred = budget.barred_from(web.me())
    for each in reversed(budget.decisions(round)):
        name = f"{_('04 Decisions')}/{each.number:02d}"
        if barred & {line.application_id for line in each.lines}:
            said.append(_("Not here, there is none or it is not yours to see: %(name)s", name=name))
            continue
        held = each.held_on.isoformat() if each.held_on else "—"
        lines = [f"{round.name} · {each.number} · {_(each.state.label)} · {held} · {each.minutes_no}", ""]
        lines += [
            f"{line.position} · {line.application.number} · {line.application.title} · "
            f"{money.text(line.asked)} · {money.text(line.recommended)} · {money.text(line.decided)}"
            for line in each.lines
        ]
        yield from _made(f"{name}.txt", each.proposed_at, partial(_text, lines), said)
        if each.scan is not None and each.approved_at is not None:
            yield from filed(each.scan, f"{name} {clean_name(each.scan.name)}", each.approved_at, said)


def _noticed(year: int, said: list[str]) -> Iterator[Packed]:
    """The notices and what was published after them, as they were frozen, with pictures of where they stood."""
    found = reversed(budget.notices_of(web.or_404(rounds.by_year(year))))
    told = [
        (each.id, each.published_at, [(one.number, one.published_at) for one in each.outcomes])
        for each in found
    ]
    for place, (id, at, outcomes) in enumerate(told, start=1):
        folder = f"{_('05 Notices')}/{place:02d}"
        yield from _made(f"{folder}.docx", at, partial(_body, notices.notice_docx, id), said)
        for number, when in outcomes:
            name = f"{folder}-{number:02d}.docx"
            make = partial(_body, notices.outcome_docx, id, number)
            yield from _made(name, when, make, said)
        for number, posted in enumerate(reversed(budget.postings(web.or_404(budget.notice(id)))), start=1):
            if posted.file is not None:
                name = f"{folder} {_('posted')} {number:02d} {clean_name(posted.file.name)}"
                yield from filed(posted.file, name, posted.at, said)


def _made(name: str, at: datetime, make: Callable[[], bytes], said: list[str]) -> Iterator[Packed]:
    """Make it now and note its hash; what there is none of, or what this person may not have, the list names."""
    try:
        content = make()
    except Refused:
        said.append(_("Not here, there is none or it is not yours to see: %(name)s", name=name))
        return
    said.append(f"{hashlib.sha256(content).hexdigest()}  {len(content)}  {name}")
    yield name, at, lambda: content


def _text(lines: list[str]) -> bytes:
    return "\r\n".join(lines).encode("utf-8-sig")


def _sheet(draw: Callable[[Round], bytes], year: int) -> bytes:
    return draw(web.or_404(rounds.by_year(year)))


def _body(page: Callable[..., Any], *given: int) -> bytes:
    """What the page of a document answers with."""
    answer = page(*given)
    answer.direct_passthrough = False
    content: bytes = answer.get_data()
    return content
