"""What a new round starts from: usual settings, sheets, fields, plan, papers and rules, all editable."""

from datetime import date
from typing import Any, NamedTuple

from venture.rounds.models import (
    Aggregation,
    Blindness,
    Condition,
    Dropping,
    Due,
    FitRule,
    Leftover,
    MarksSeen,
    MoneyKind,
    Rounding,
    SetAsideKind,
    ThirdParty,
)
from venture.words import N_


class Setting(NamedTuple):
    """One setting of a round: its column, its name for people, and how its value is written."""

    name: str
    label: str
    kind: str  # text, count, days, percent, money, moment, marks, word, yes


SETTINGS = (
    Setting("year", N_("Year"), "count"),
    Setting("ordinal", N_("Ordinal of the round"), "count"),
    Setting("name", N_("Name of the round"), "text"),
    Setting("total", N_("Total of the round"), "money"),
    Setting("opens_at", N_("Applications from"), "moment"),
    Setting("closes_at", N_("Applications until"), "limit"),
    Setting("months", N_("Months a project lasts"), "count"),
    Setting("applications_each", N_("Applications per organization"), "count"),
    Setting("awards_each", N_("Awards per organization"), "count"),
    Setting("grant_share", N_("Largest share of the grant in a project's budget"), "percent"),
    Setting("management_cap", N_("Largest share of management fees in the grant"), "percent"),
    Setting("staff_cap", N_("Largest share of staff costs in the grant"), "percent"),
    Setting("files_most", N_("Files in one application"), "count"),
    Setting("files_mb", N_("Size of all files of one application, in MB"), "count"),
    Setting("wait_for_scan", N_("Wait for the virus scan"), "yes"),
    Setting("correction_days", N_("Working days to complete what was sent back"), "days"),
    Setting("panel_size", N_("Experts in the panel"), "count"),
    Setting("quorum", N_("Fewest score sheets for a score"), "count"),
    Setting("aggregation", N_("Score of a project"), "word"),
    Setting("trim_from", N_("Sheets from which extremes are dropped"), "count"),
    Setting("dropping", N_("Where extremes are dropped"), "word"),
    Setting("rounding", N_("Rounding of scores"), "word"),
    Setting("presentation_weight", N_("Weight of the presentation"), "percent"),
    Setting("presenting_minutes", N_("Minutes to present a project"), "count"),
    Setting("answering_minutes", N_("Minutes to answer questions"), "count"),
    Setting("pass_line", N_("Pass line"), "marks"),
    Setting("blindness", N_("Blind review"), "word"),
    Setting("marks_seen", N_("Others' marks of the papers"), "word"),
    Setting("marks_seen_spoken", N_("Others' marks of the presentation"), "word"),
    Setting("bonus_most", N_("Most points that bonus items add"), "marks"),
    Setting("releases_comments", N_("Applicants read the experts' comments"), "yes"),
    Setting("fit_rule", N_("When a project no longer fits the earmark"), "word"),
    Setting("viable_share", N_("A partial award is made from this share of what was requested"), "percent"),
    Setting("field_awards", N_("Most awards in one service field"), "count"),
    Setting("field_share", N_("Most of the round's total for one service field"), "percent"),
    Setting("leftover", N_("What a theme does not award"), "word"),
    Setting("waiting_list", N_("A waiting list is kept"), "yes"),
    Setting("notice_days", N_("Working days of the public notice"), "days"),
    Setting("notice_first_day_counts", N_("The first day of the notice counts"), "yes"),
    Setting("transfer_percent", N_("Change of a budget head that needs no approval"), "percent"),
    Setting("record_days", N_("Working days to record an activity"), "days"),
    Setting("monthly_plan", N_("Projects send a plan for each month"), "yes"),
    Setting("collects_needs", N_("Communities propose needs before the call"), "yes"),
    Setting("topic_required", N_("Each application answers a topic of the call"), "yes"),
    Setting("issuer", N_("Who signs the call"), "text"),
    Setting("contact", N_("Contact printed in the call"), "text"),
    Setting("clauses", N_("Further clauses of the call"), "text"),
    Setting("asks_revision", N_("Plan and budget are revised to the approved amount"), "yes"),
    Setting("agreement_pattern", N_("Pattern of agreement numbers"), "text"),
    Setting("agreement_third", N_("Third party of the agreements"), "word"),
    Setting("agreement_operator", N_("Operator that signs the agreements"), "text"),
    Setting("agreement_clauses", N_("Further clauses of the agreements"), "text"),
)

BASICS = ("ordinal", "name", "total", "opens_at", "closes_at")
RULE_SETTINGS = tuple(setting.name for setting in SETTINGS if setting.name not in ("year", *BASICS))
SIGHT = ("blindness", "marks_seen", "marks_seen_spoken")
"""What experts see; changed only before the review begins."""
CORRECTABLE = {
    "open": (
        "name",
        "months",
        "files_most",
        "files_mb",
        "correction_days",
        "panel_size",
        "quorum",
        *SIGHT,
        "presenting_minutes",
        "answering_minutes",
        "pass_line",
        "awards_each",
        "notice_days",
        "transfer_percent",
        "record_days",
        "monthly_plan",
        "issuer",
        "contact",
        "clauses",
        "agreement_pattern",
        "agreement_operator",
        "agreement_clauses",
    ),
    "closed": (
        "name",
        "contact",
        "months",
        "correction_days",
        "panel_size",
        "quorum",
        *SIGHT,
        "presenting_minutes",
        "answering_minutes",
        "awards_each",
        "notice_days",
        "agreement_pattern",
        "agreement_operator",
        "agreement_clauses",
        "transfer_percent",
        "record_days",
        "monthly_plan",
    ),
}
"""What may still be corrected, with a reason, once a round is open or closed (by RoundState).

The closing is not among them: it is moved by giving more time, where those concerned are told.
"""
ONLY_WIDER = ("files_most", "files_mb", "paper")
"""What is never made narrower for those who began under it."""
RULE = Setting("rule", N_("Wording of an eligibility rule"), "text")
PAPER = Setting("paper", N_("Largest file of an attachment, in MB"), "count")
"""What may be corrected of one of an open round's rules or kinds of attachment."""
GOAL = Setting("goal", N_("Goal of the round"), "count")
ACTUAL = Setting("actual", N_("What was reached"), "count")
"""A goal, changed once the round is open; and what was reached of it, with its ground as the reason."""

USUAL: dict[str, Any] = {
    "months": 9,
    "applications_each": 1,
    "awards_each": 1,
    "grant_share": None,
    "management_cap": 10,
    "staff_cap": None,
    "files_most": 40,
    "files_mb": 200,
    "wait_for_scan": False,
    "correction_days": 3,
    "panel_size": 5,
    "quorum": 3,
    "aggregation": Aggregation.TRIMMED,
    "trim_from": 5,
    "dropping": Dropping.SHEET,
    "rounding": Rounding.DISPLAY,
    "presentation_weight": 0,
    "presenting_minutes": 8,
    "answering_minutes": 5,
    "pass_line": 6000,
    "blindness": Blindness.OPEN,
    "marks_seen": MarksSeen.AFTER_OWN,
    "marks_seen_spoken": MarksSeen.AFTER_OWN,
    "bonus_most": 500,
    "releases_comments": False,
    "fit_rule": FitRule.SKIP,
    "viable_share": None,
    "field_awards": None,
    "field_share": None,
    "leftover": Leftover.POOL,
    "waiting_list": False,
    "notice_days": 5,
    "notice_first_day_counts": True,
    "transfer_percent": 10,
    "record_days": 10,
    "monthly_plan": False,
    "collects_needs": False,
    "topic_required": False,
    "issuer": "",
    "contact": "",
    "clauses": "",
    "asks_revision": False,
    "agreement_pattern": "公创协〔YYYY〕##号",
    "agreement_third": ThirdParty.NONE,
    "agreement_operator": "",
    "agreement_clauses": "",
}
USUAL_TOTAL = 60_000_000
USUAL_CEILING = 5_000_000


class CriterionLine(NamedTuple):
    """One line of a score sheet; points in hundredths. An empty code gets a new one."""

    code: str
    name: str
    max: int
    step: int = 50
    full: str = ""
    half: str = ""
    none: str = ""
    tie_order: int | None = None
    bonus: bool = False


class ThemeLine(NamedTuple):
    """A theme as a new round proposes it; `weight` is its part of the total."""

    code: str
    name: str
    weight: int
    consultation: bool


class FieldLine(NamedTuple):
    """One service field. An empty code gets a new one."""

    code: str
    name: str


class SourceLine(NamedTuple):
    """One source of the round's money (fen)."""

    document_no: str
    kind: MoneyKind
    year: int
    amount: int
    expires_on: date | None = None


class SetAsideLine(NamedTuple):
    """Money beside the grants: what for, fen, and what else is to be said."""

    kind: SetAsideKind
    amount: int
    note: str = ""


class GoalLine(NamedTuple):
    """One goal of the round: what is counted, in what unit, and how many. An empty code gets a new one."""

    code: str
    indicator: str
    unit: str
    target: int


class PlanLine(NamedTuple):
    """One instalment; its number is its place in the list."""

    name: str
    weight: int
    condition: Condition
    due_days: int = 15
    invoice: bool = False


class PaperLine(NamedTuple):
    """One kind of attachment, as in `PaperKind`. An empty code gets a new one."""

    code: str
    name: str
    required: bool = True
    limit_mb: int = 20
    due: Due = Due.SUBMIT
    due_days: int = 0
    coded: bool = False
    shown_blind: bool = False


class RuleLine(NamedTuple):
    """One rule of eligibility with its one number, where it has one, and the text that the call prints."""

    code: str
    parameter: int | None
    text: str


class SignedIn(NamedTuple):
    """One line of a sign-in list."""

    name: str
    organization: str = ""
    phone: str = ""


THEMES = (
    ThemeLine("consultation", "城乡社区协商民主", 1, True),
    ThemeLine("general", "综合服务", 2, False),
)

_SHEET = (
    CriterionLine(
        "need",
        "需求真实性与针对性",
        2000,
        full="有调查，有数据，对象明确",
        half="有描述，缺数据",
        none="凭想象提出",
        tie_order=2,
    ),
    CriterionLine(
        "design",
        "方案可行性",
        2500,
        full="活动、时间、次数、人员、产出相互对应",
        half="有缺口",
        none="只有口号",
    ),
    CriterionLine(
        "effect",
        "预期成效可衡量",
        1500,
        full="有基线、目标和证明方式",
        half="只有目标",
        none="没有可衡量的成效",
        tie_order=1,
    ),
    CriterionLine(
        "budget",
        "预算合理性",
        1500,
        full="每项有单价和依据",
        half="有打包金额",
        none="超出规定比例",
    ),
    CriterionLine(
        "team",
        "团队与机构能力",
        1500,
        full="有持证社工、评估等级，以往项目结项良好",
        half="部分具备",
        none="不具备",
    ),
)
SHEETS = {
    False: (
        *_SHEET,
        CriterionLine("novelty", "创新与可推广", 500, full="做法新，他处可用", half="有新意", none="无新意"),
        CriterionLine(
            "lasting", "可持续性", 500, full="项目结束后有人有钱继续", half="有设想", none="无安排"
        ),
    ),
    True: (
        *_SHEET,
        CriterionLine(
            "council",
            "理事会基础与参与面",
            500,
            full="理事会已成立，利益相关方齐全",
            half="正在筹建",
            none="无基础",
        ),
        CriterionLine(
            "steps",
            "七步完整与成果落实",
            500,
            full="七步有记录，成果有人落实",
            half="部分步骤",
            none="只议不办",
        ),
    ),
}
"""The usual score sheet of a general theme and of a consultation theme: 100 points each."""

PRESENTATION = (
    CriterionLine(
        "speech",
        "汇报清楚，重点突出",
        4000,
        full="在规定时间内说清需求、做法和预期成效",
        half="基本说清",
        none="照读材料",
    ),
    CriterionLine(
        "answers",
        "回答提问",
        4000,
        full="有问必答，与申报书一致",
        half="部分答出",
        none="答非所问",
    ),
    CriterionLine(
        "grasp",
        "项目负责人对项目的把握",
        2000,
        full="负责人到场，熟悉预算和人员安排",
        half="基本熟悉",
        none="他人代讲，不熟悉",
    ),
)
"""The usual score sheet of a presentation: 100 points, for every theme."""

FIELDS = (
    FieldLine("youth", "青少年"),
    FieldLine("disabled", "残疾人"),
    FieldLine("old", "老年人"),
    FieldLine("need", "困难群体"),
    FieldLine("women", "妇女"),
    FieldLine("community", "社区治理"),
)
PLAN = (
    PlanLine("首期款", 50, Condition.SIGNED),
    PlanLine("中期款", 30, Condition.MIDTERM),
    PlanLine("尾款", 20, Condition.CLOSING),
)
PAPERS = (
    PaperLine("certificate", "登记证书"),
    PaperLine("annual_report", "年检（年报）结论"),
    PaperLine("rating", "评估等级证书", False),
    PaperLine("audit", "上年度审计报告", False),
    PaperLine("matching", "配套资金证明", False),
    PaperLine("pledge", "真实性承诺书", due=Due.CLOSING, due_days=5, coded=True),
)
ALL_RULES = (
    RuleLine("legal_person", None, "在民政部门依法登记的社会团体、社会服务机构或基金会"),
    RuleLine("annual_report", 2, "近两年年检（年报）按时参加且结论不为不合格"),
    RuleLine("rating", 2, "社会组织评估等级在2A及以上，且在有效期内"),
    RuleLine("abnormal_list", 1, "近一年内未被列入活动异常名录"),
    RuleLine("dishonest_list", 2, "近两年内未被列入严重违法失信名单"),
    RuleLine("offence", 3, "近三年内无重大违法行为"),
    RuleLine("ban", None, "不在限制申报期内"),
    RuleLine("one_application", 1, "每个单位限报一个项目（含作为依托单位）"),
    RuleLine("last_year_winner", 1, "上一年度已获立项的单位本届不再申报"),
    RuleLine("unfinished_project", None, "以往创投项目均已结项"),
    RuleLine("broken_off", 3, "近三年内无被终止（清退）的创投项目"),
    RuleLine("same_project", None, "同一项目未获其他财政资金资助"),
    RuleLine("place", 320684, "在本地登记（统一社会信用代码中的行政区划）"),
    RuleLine("own_account", None, "有本单位名下的银行账户，户名与单位名称一致"),
    RuleLine("insured", 1, "有专职工作人员并缴纳社会保险"),
    RuleLine("charter", None, "项目内容符合本单位章程规定的业务范围"),
    RuleLine("accounts", None, "执行《民间非营利组织会计制度》，财务独立核算"),
)
"""Every rule that the product can check, with its usual number and text; a bureau may add its own."""

RULES_FROM_START = (
    "legal_person",
    "annual_report",
    "abnormal_list",
    "dishonest_list",
    "offence",
    "ban",
    "one_application",
    "unfinished_project",
    "same_project",
    "charter",
)
