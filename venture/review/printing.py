"""What is printed for a panel day, as plain data: the pack, in the language of the page, and the minutes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from venture import clock, money, web
from venture.applications import parts
from venture.applications import queries as applications
from venture.applications.models import Application, Version
from venture.review import queries, scoring, wording
from venture.review.models import PanelDay, Panelist, RunningOrder, Tie
from venture.rounds.models import Phase, Round

TEXTS = ("summary", "need", "beneficiaries_text", "goal", "feature", "lasting")
"""What of the form stands on a summary of one page."""
SPARE = 8
"""Empty lines of the sign-in sheet."""


def pack(
    round: Round,
    day: PanelDay | None,
    running: queries.Running,
    seats: Sequence[tuple[Panelist, Sequence[queries.GridTheme]]],
    versions: Mapping[int, Version],
) -> dict[str, Any]:
    """What the template `panel_pack` prints: running order, sign-in sheets, a summary for each project, and for each
    expert the sheets to fill in, whose pages are counted for each expert and theme.
    """
    title = _("Panel day of %(round)s", round=round.name)
    facts = day_facts(day)
    page = _("Page %(page)s of %(pages)s", page="{page}", pages="{pages}")
    return {
        "title": title,
        "page": page,
        "sections": [
            {
                "title": _("Running order"),
                "about": title,
                "facts": [*facts, *_drawn(running)],
                "heads": [_("Turn"), _("Number"), _("Project"), _("Organization"), _("Theme"), _("Time")],
                "widths": ["12mm", "28mm", "1fr", "1fr", "34mm", "22mm"],
                "rows": [
                    [_place(slot), *_names(slot.application), _theme(slot.application), ""]
                    for slot in running.slots
                ],
            },
            {
                "title": _("Sign-in sheet of the experts and the staff"),
                "about": title,
                "facts": facts,
                "heads": [_("No."), _("Full name"), _("Position"), _("Telephone"), _("Signature")],
                "widths": ["12mm", "34mm", "1fr", "34mm", "36mm"],
                "rows": [
                    *(
                        [str(seat.number), seat.person.name, seat.person.position, "", ""]
                        for seat, _parts in seats
                    ),
                    *([""] * 5 for _line in range(SPARE)),
                ],
            },
            {
                "title": _("Sign-in sheet of those who present"),
                "about": title,
                "facts": facts,
                "heads": [
                    _("Turn"),
                    _("Number"),
                    _("Project"),
                    _("Full name"),
                    _("Telephone"),
                    _("Signature"),
                ],
                "widths": ["12mm", "28mm", "1fr", "28mm", "30mm", "30mm"],
                "rows": [
                    [
                        _place(slot),
                        slot.application.number or "",
                        queries.title_of(slot.application),
                        "",
                        "",
                        "",
                    ]
                    for slot in running.slots
                ],
            },
        ],
        "summaries": [_summary(slot, versions.get(slot.application.id)) for slot in running.slots],
        "sheets": [
            _sheet(title, facts, seat, part, running.places) for seat, found in seats for part in found
        ],
    }


def day_facts(day: PanelDay | None) -> list[tuple[str, str]]:
    """When and where the panel meets; blank lines while nobody has written it down."""
    when = f"{clock.chinese_day(day.held_on)} {day.hours}".strip() if day else ""
    return [(_("Day"), when), (_("Place of the meeting"), day.place if day else "")]


def _drawn(running: queries.Running) -> list[tuple[str, str]]:
    order = running.order
    if order is None:
        return [(_("Draw"), _("not drawn yet: by number"))]
    if order.seed is None:
        day = clock.chinese_day(order.drawn_on) if order.drawn_on else ""
        said = _(
            "No. %(number)s, by hand on %(day)s before %(witness)s",
            number=order.number,
            day=day,
            witness=order.witness,
        )
        return [(_("Draw"), said)]
    said = _(
        "No. %(number)s of %(at)s, seed %(seed)s",
        number=order.number,
        at=clock.beijing(order.made_at).strftime("%Y-%m-%d %H:%M:%S"),
        seed=order.seed,
    )
    return [(_("Draw"), said)]


def _place(slot: queries.Slot) -> str:
    return str(slot.place) if slot.place else "—"


def _names(application: Application) -> list[str]:
    return [application.number or "", queries.title_of(application), queries.body_of(application)]


def _theme(application: Application) -> str:
    return application.theme.name if application.theme else ""


def _summary(slot: queries.Slot, version: Version | None) -> dict[str, Any]:
    application = slot.application
    frozen = applications.content(version) if version else {}
    form = frozen.get("form", {})
    communities = "、".join(str(each["name"]) for each in frozen.get("communities", []))
    return {
        "place": _place(slot),
        "title": queries.title_of(application),
        "facts": [
            (_("Number"), application.number or ""),
            *([(_("Organization"), body)] if (body := queries.body_of(application)) else []),
            (_("Theme"), _theme(application)),
            (_("Amount applied for"), f"{money.text(application.asked or 0)} {_('yuan')}"),
            (_("From and to"), f"{form.get('starts_on', '')} — {form.get('ends_on', '')}"),
            (_("Communities"), communities),
        ],
        "texts": [
            (_(parts.FIELDS[key].label), queries.masked(application, str(form[key])))
            for key in TEXTS
            if form.get(key)
        ],
    }


def _sheet(
    title: str,
    facts: Iterable[tuple[str, str]],
    seat: Panelist,
    part: queries.GridTheme,
    places: Mapping[int, int],
) -> dict[str, Any]:
    """One expert's blank sheet of a theme: the projects by running order, a column for each criterion."""
    criteria = part.criteria
    spoken = part.phase is Phase.PRESENTATION
    rows = sorted(
        (application for application, _sheet in part.rows),
        key=lambda each: places.get(each.id, len(places) + 1),
    )
    whole = scoring.points(sum(one.max for one in criteria if not one.bonus)).removesuffix(".00")
    return {
        "title": _("Score sheet for the presentation · %(theme)s", theme=part.theme.name)
        if spoken
        else _("Score sheet · %(theme)s", theme=part.theme.name),
        "about": title,
        "expert": _("Expert %(number)s", number=seat.number) + f" {seat.person.name}",
        "facts": list(facts),
        "heads": [
            _("Number"),
            _("Project"),
            *(
                f"{_('Bonus') + ' ' if one.bonus else ''}{one.name}（{scoring.points(one.max).removesuffix('.00')}）"
                for one in criteria
            ),
            f"{_('Total')}（{whole}）",
            _("Remark"),
        ],
        "criteria": len(criteria),
        "rows": [
            [each.number or "", f"{queries.title_of(each)}\n{queries.body_of(each)}".strip()]
            + [""] * (len(criteria) + 2)
            for each in rows
        ],
        "note": _(
            "A mark below %(low)s or above %(high)s of the full marks needs a sentence in the remark. "
            "A row is left empty where you are tied.",
            low="40%",
            high="95%",
        ),
        "sign": [_("Signature of the expert"), _("Day of signing")],
    }


def minutes(
    round: Round,
    day: PanelDay,
    running: queries.Running,
    ties: Iterable[Tie],
    seats: Sequence[Panelist],
    ranking: Sequence[queries.ThemeRanking],
    frozen: Mapping[int, queries.Frozen],
) -> wording.Minutes:
    """What the minutes are written from, in Chinese; projects are called as experts see them, who sign it."""
    titles = {slot.application.id: queries.title_of(slot.application) for slot in running.slots}
    with web.in_language(web.LOCALES["zh"]):
        experts = {
            seat.person_id: wording.Expert(
                seat.number, seat.person.name, seat.person.position, seat.id in day.present
            )
            for seat in seats
        }
        recused: dict[int, list[tuple[wording.Expert, str]]] = {}
        for tie in ties:
            if tie.dismissed_at is None and tie.person_id in experts:
                recused.setdefault(tie.application_id, []).append(
                    (experts[tie.person_id], _(tie.ground.label))
                )
        return wording.Minutes(
            round=round.name,
            day=clock.chinese_day(day.held_on),
            hours=day.hours,
            place=day.place,
            chair=day.chair,
            recorder=day.recorder,
            experts=list(experts.values()),
            observers=_lines(day.observers),
            draw=_draw_said(running.order),
            order=[
                f"{_place(slot)}. {'　'.join(filter(None, _names(slot.application)))}"
                for slot in running.slots
            ],
            recusals=[
                wording.Recusal(
                    f"{slot.application.number} {queries.title_of(slot.application)}",
                    recused[slot.application.id],
                )
                for slot in running.slots
                if slot.application.id in recused
            ],
            results=[_result(one, frozen.get(one.theme.id), titles) for one in ranking if one.lines],
            remarks=_lines(day.remarks),
        )


def _draw_said(order: RunningOrder | None) -> str:
    if order is None:
        return "未抽签，按项目编号排列。"
    at = clock.beijing(order.made_at).strftime("%Y-%m-%d %H:%M:%S")
    reason = f"重新抽签理由：{order.reason}。" if order.number > 1 else ""
    if order.seed is None and order.drawn_on is not None:
        day = clock.chinese_day(order.drawn_on)
        people = f"抽签人：{order.drawn_by}；见证人：{order.witness}"
        return f"第 {order.number} 次抽签，{day}现场人工抽签（{people}）。{reason}"
    return f"第 {order.number} 次抽签（{at}，随机种子 {order.seed}），按签号从小到大排列。{reason}"


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _result(
    one: queries.ThemeRanking, frozen: queries.Frozen | None, titles: Mapping[int, str]
) -> wording.Result:
    made = f"，总分＝材料评审得分×{100 - one.weight}%＋现场答辩得分×{one.weight}%" if one.weight else ""
    made += "，另加加分" if one.has_bonus else ""
    rule = f"{_(one.aggregation.label)}{made}，合格线 {queries.printed(one.pass_line)} 分，{len(one.lines)} 个项目"
    version = ""
    if frozen is not None and frozen.holds:
        version = f"排名第 {frozen.version.number} 版，校验码 {frozen.version.sha256[:16]}"
    return wording.Result(
        theme=one.theme.name,
        rule=rule,
        final=one.final,
        ranked=[
            (
                line.rank,
                f"{line.number} {titles.get(line.application_id, line.title)}",
                _score_said(line),
                not line.passes,
            )
            for line in one.lines
        ],
        version=version,
    )


def _score_said(line: queries.Line) -> str:
    """The score, and what it is made of where it is more than the papers."""
    parts = [
        f"{name} {queries.printed(value)}"
        for name, value in (("材料", line.papers), ("答辩", line.presentation), ("加分", line.bonus))
        if value is not None
    ]
    return queries.printed(line.score) + (f"（{'，'.join(parts)}）" if len(parts) > 1 else "")
