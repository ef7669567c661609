"""What is printed of a project's end, as plain data: reports, result letters; in the language of the page."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from venture import clock, documents, money
from venture.applications.parts import Category, CostTable
from venture.delivery.grading import Grade, Phase
from venture.delivery.models import Evaluation, ReportVersion, Taking
from venture.web import marks
from venture.words import N_

TEXTS = {
    "done": N_("What was done, against the plan"),
    "effect": N_("What it changed, and how you know"),
    "problems": N_("Difficulties, and how you met them"),
    "ahead": N_("What comes next"),
    "lasting": N_("What stays after the project, and what others can learn"),
}


def file_name(version: ReportVersion) -> str:
    """The name of a printed report, without its ending."""
    return f"{version.report.award.project_no}-{version.report.phase.value}-report-{version.number}"


def report(version: ReportVersion) -> dict[str, Any]:
    """自评报告 as the templates of the application form print it: facts, story and tables from what was frozen."""
    frozen, phase = version.facts, version.report.phase
    project, story = frozen["project"], frozen["story"]
    code = (
        f"{project['number']} · {_(phase.label)} · {_('Version %(number)s', number=version.number)}"
        f" · {version.sha256[:12]}"
    )
    return {
        "title": _("Midterm report") if phase is Phase.MIDTERM else _("Final report"),
        "watermark": "",
        "code": code,
        "qr": documents.qr(f"{project['number']}/{phase.value}/{version.number}/{version.sha256}"),
        "page": _("Page %(page)s of %(pages)s", page="{page}", pages="{pages}"),
        "facts": [
            (_("Project number"), project["number"]),
            (_("Project title"), project["title"]),
            (_("Organization"), project["organization"]),
            (_("Theme"), project["theme"]),
            (_("Agreement number"), project["agreement"]),
            (_("From and to"), f"{project['starts_on']} — {project['ends_on']}"),
            (_("Approved amount"), f"{money.text(frozen['money']['award'])} {_('yuan')}"),
            (_("Paid so far"), f"{money.text(frozen['money']['paid'])} {_('yuan')}"),
            (_("Handed in at"), clock.beijing(version.handed_in_at).strftime("%Y-%m-%d %H:%M:%S")),
            ("SHA-256", version.sha256),
        ],
        "parts": [
            {
                "label": _("In the organization's words"),
                "answers": [(_(label), story.get(key, "")) for key, label in TEXTS.items() if key in story],
                "tables": [],
            },
            {"label": _("From the records"), "answers": _attendances(frozen), "tables": tables(frozen)},
        ],
        "sign": [_("Stamp of the organization"), _("Project lead (signature)"), _("Day of signing")],
    }


def _attendances(frozen: dict[str, Any]) -> list[tuple[str, str]]:
    counted = frozen["attendances"]
    return [
        (_("Activities"), str(len(frozen["activities"]))),
        *((_("Attendances: %(who)s", who=_(each.label)), str(counted.get(each.value, 0))) for each in Taking),
    ]


def tables(frozen: dict[str, Any]) -> list[dict[str, Any]]:
    """The tables of a report: goals, spending by head, activities, changes; those with rows."""
    reached = frozen.get("story", {}).get("goals", [])
    goals = [
        [goal["text"], goal.get("unit", ""), goal.get("target", ""), *reached[place : place + 1]]
        for place, goal in enumerate(frozen["goals"])
    ]
    found = [
        (
            _("Goals: promised and reached"),
            [_("Goal"), _("Unit"), _("Target"), _("Reached")],
            [[*row, ""][:4] for row in goals],
        ),
        (
            _("Spending by head, yuan"),
            [_("Money"), _("Budget head"), _("Budget"), _("Spent"), _("Share")],
            [
                [
                    _(CostTable(table).label),
                    _(Category(head).label),
                    money.text(budget),
                    money.text(spent),
                    _percent(spent, budget),
                ]
                for table, head, budget, spent in frozen["heads"]
            ],
        ),
        (
            _("Activities"),
            [_("Day"), _("Subject"), _("Place"), _("People served"), _("Attendances")],
            [
                [
                    each["held_on"],
                    each["subject"],
                    each["place"],
                    str(each["persons"]),
                    str(each["person_times"]),
                ]
                for each in frozen["activities"]
            ],
        ),
        (
            _("Approved changes"),
            [_("No."), _("What changed")],
            [[str(number), after] for number, _kind, after in frozen["changes"]],
        ),
    ]
    return [{"label": label, "heads": heads, "rows": rows} for label, heads, rows in found if rows]


def _percent(part: int, whole: int) -> str:
    share = money.percent(part, whole)
    return "—" if share is None else f"{share}%"


def letters(evaluations: Sequence[Evaluation]) -> dict[str, Any]:
    """评估结果通知书: what the template `letter` prints, a page for each confirmed result."""
    return {
        "title": _("Letters of the evaluation"),
        "letters": [_letter(each) for each in evaluations if each.confirmed_at is not None],
    }


def _letter(each: Evaluation) -> dict[str, Any]:
    application = each.award.application
    confirmed_at, until = each.confirmed_at, each.objections_until
    assert confirmed_at is not None and until is not None, "the result is confirmed"
    facts = {"title": application.title, "number": each.award.project_no, "round": application.round.name}
    evaluated = (
        _("The midterm evaluation of «%(title)s» (%(number)s, %(round)s) is done.", **facts)
        if each.phase is Phase.MIDTERM
        else _("The final evaluation of «%(title)s» (%(number)s, %(round)s) is done.", **facts)
    )
    said = [
        evaluated,
        _("Result: %(points)s points, %(grade)s.", points=marks(each.score), grade=named(each)),
    ]
    if each.remark:
        said.append(_("Remark: %(remark)s", remark=each.remark))
    if not each.passed:
        said.append(
            _("The project has not passed. Nothing more is paid until it is evaluated again and passes.")
        )
    said.append(
        _(
            "Objections are taken with reasons until the end of %(day)s (Beijing time).",
            day=clock.chinese_day(until),
        )
    )
    return {
        "title": _("Notice of the evaluation's result"),
        "to": _("%(organization)s:", organization=application.organization.name),
        "paragraphs": said,
        "sign": _("%(bureau)s (stamp)", bureau=application.round.issuer or _("Civil-affairs bureau")),
        "day": clock.chinese_day(clock.beijing_day(confirmed_at)),
        "code": f"{each.award.project_no} · {each.document_no}",
    }


def named(each: Evaluation) -> str:
    """The grade in words."""
    return str(_((each.grade or Grade.FAILED).label))
