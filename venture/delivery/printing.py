"""What is printed of a project's end, as plain data: reports, result letters; in the language of the page."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _

from venture import clock, documents, money
from venture.applications.parts import Category, CostTable
from venture.delivery.grading import Grade, Item, Phase
from venture.delivery.models import Evaluation, ReportVersion, Spending, Taking
from venture.delivery.queries import Standing
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
            ("SHA-256", f"{version.sha256[:32]}\n{version.sha256[32:]}"),
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
            _("Plan of work"),
            [_("Phase"), _("Time"), _("Activity"), _("How many times"), _("Number of people")],
            [
                [str(each.get(key, "")) for key in ("phase", "period", "activity", "times", "persons")]
                for each in frozen["plan"]
            ],
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


def record(
    standing: Standing,
    evaluations: Sequence[Evaluation],
    frozen: dict[str, Any],
    spending: Sequence[Spending],
    corrections: Sequence[Any],
    at: datetime,
) -> dict[str, Any]:
    """项目记录: all that the product knows of a project beside its papers, as the application form is printed."""
    award, application = standing.award, standing.award.application
    return {
        "title": _("Record of the project"),
        "watermark": "",
        "code": f"{award.project_no} · {clock.beijing(at).strftime('%Y-%m-%d %H:%M:%S')}",
        "qr": "",
        "page": _("Page %(page)s of %(pages)s", page="{page}", pages="{pages}"),
        "facts": [
            (_("Project number"), award.project_no),
            (_("Project title"), application.title),
            (_("Organization"), application.organization.name),
            (_("Theme"), award.theme.name),
            (_("State"), _(application.state.label)),
            (_("Requested amount"), _yuan(award.requested)),
            (_("Approved amount"), _yuan(award.amount)),
            (_("Agreement number"), award.agreement_no or ""),
            (_("Signing day"), award.signed_on.isoformat() if award.signed_on else ""),
        ],
        "parts": [
            {"label": _("Instalments and payments"), "answers": [], "tables": _payments(standing)},
            {"label": _("From the records"), "answers": _attendances(frozen), "tables": tables(frozen)},
            {"label": _("Spending"), "answers": [], "tables": _spending(spending)},
            {"label": _("Evaluation"), "answers": [], "tables": _evaluations(evaluations)},
            {"label": _("Audit and closure"), "answers": _settled(standing), "tables": _audit(standing)},
            {"label": _("Corrections"), "answers": [], "tables": _corrections(corrections)},
        ],
        "sign": [],
    }


def _yuan(fen: int) -> str:
    return f"{money.text(fen)} {_('yuan')}"


def _day(day: date | None) -> str:
    return day.isoformat() if day else "—"


def _table(label: str, heads: list[str], rows: list[list[str]]) -> list[dict[str, Any]]:
    return [{"label": label, "heads": heads, "rows": rows}] if rows else []


def _payments(standing: Standing) -> list[dict[str, Any]]:
    parts = standing.award.instalments
    plan = _table(
        _("Instalments"),
        [_("Instalment"), _("Planned, yuan"), _("Payable, yuan"), _("Condition"), _("Met on"), _("Evidence")],
        [
            [
                part.name,
                money.text(part.amount),
                money.text(part.payable),
                _(part.condition.label),
                _day(part.met_on),
                part.met_note,
            ]
            for part in parts
        ],
    )
    return plan + _table(
        _("Payments"),
        [_("Instalment"), _("Amount, yuan"), _("State"), _("Voucher number"), _("Day of payment")],
        [
            [
                part.name,
                money.text(each.amount),
                _(each.state.label),
                each.voucher_no or "—",
                _day(each.paid_on),
            ]
            for part in parts
            for each in part.payments
        ],
    )


def _spending(rows: Sequence[Spending]) -> list[dict[str, Any]]:
    heads = [_("Day"), _("Budget head"), _("Description"), _("Amount, yuan"), _("Voucher number")]
    return _table(
        _("Spending that stands"),
        heads,
        [
            [
                each.spent_on.isoformat(),
                _(each.category.label),
                each.content,
                money.text(each.amount),
                each.voucher_no,
            ]
            for each in rows
        ],
    )


def _evaluations(listed: Sequence[Evaluation]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for each in listed:
        label = _("%(phase)s, No. %(number)s", phase=_(each.phase.label), number=each.number)
        found += _table(
            str(label),
            [_("Evaluator"), *(_(item.label) for item in Item), _("Bonus"), _("Penalties"), _("Total")],
            [
                [
                    sheet.person.name,
                    *(marks(sheet.marks[item]) for item in Item),
                    marks(sheet.bonus),
                    "\n".join(f"{marks(points)} {why}" for points, why in sheet.penalties) or "—",
                    marks(sheet.total),
                ]
                for sheet in each.sheets
            ],
        )
        if each.confirmed_by and each.confirmed_at and each.proposed_by:
            found += _table(
                str(label),
                [_("Points"), _("Grade"), _("Remark"), _("Proposed by"), _("Confirmed by"), _("Paper")],
                [
                    [
                        marks(each.score),
                        named(each),
                        each.remark,
                        each.proposed_by.name,
                        each.confirmed_by.name,
                        each.document_no,
                    ]
                ],
            )
    return found


def _settled(standing: Standing) -> list[tuple[str, str]]:
    audit, closure = standing.audit, standing.closure
    found = []
    if audit is not None:
        found += [
            (_("Audit firm"), audit.firm),
            (_("Number of the audit report"), audit.report_no),
            (_("Day of the audit report"), audit.reported_on.isoformat()),
            (_("Entered by"), audit.entered_by.name),
            (_("Checked by"), audit.checked_by.name if audit.checked_by else "—"),
            (_("Accepted cost"), _yuan(audit.accepted)),
        ]
    if closure is not None:
        found += [
            (_("Closed at"), clock.beijing(closure.closed_at).strftime("%Y-%m-%d %H:%M:%S")),
            (_("Paid so far"), _yuan(closure.paid)),
            (_("Still paid"), _yuan(closure.to_pay)),
            (_("Comes back"), _yuan(closure.to_return)),
        ]
    return found


def _audit(standing: Standing) -> list[dict[str, Any]]:
    return _table(
        _("What the audit cut"),
        [_("Budget head"), _("Budget, yuan"), _("Claimed, yuan"), _("Accepted, yuan"), _("Reason")],
        [
            [
                f"{_(line.head.label)} {line.label}".strip(),
                money.text(line.budgeted),
                money.text(line.claimed),
                money.text(line.accepted),
                line.reason,
            ]
            for line in (standing.audit.lines if standing.audit else [])
        ],
    )


def _corrections(rows: Sequence[Any]) -> list[dict[str, Any]]:
    return _table(
        _("What was set right"),
        [_("Time"), _("By"), _("What"), _("Before"), _("After"), _("Reason")],
        [
            [
                clock.beijing(each.at).strftime("%Y-%m-%d %H:%M:%S"),
                each.person_name,
                f"{each.kind} {each.field}",
                each.old,
                each.new,
                each.reason,
            ]
            for each in rows
        ],
    )
