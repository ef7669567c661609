"""The official sheets as xlsx: pandas gathers and sums the rows, XlsxWriter prints them; amounts to the fen.

Columns as the bureaus' own sheets have them (domain: 立项公示表, 立项汇总表, 拨款汇总表, 评分汇总表, 资金台账). Sums are
made in whole fen and written as numbers in yuan. The sheets are Chinese in either language of the pages.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby
from typing import Any, cast

import pandas as pd
from flask import current_app

from venture import clock, money, trail
from venture.applications import parts
from venture.applications import queries as forms
from venture.budget import queries as budget
from venture.db import db
from venture.desk import queries
from venture.past import queries as past
from venture.past.lists import YUAN, Outcome
from venture.people.models import Person
from venture.refusal import Refused
from venture.review import queries as review
from venture.review.conflicts import Ground
from venture.review.models import Sheet, Title
from venture.rounds.models import Round
from venture.rounds.questions import Question, QuestionKind
from venture.spreadsheets import Column, Kind, Layout, official
from venture.web import Venture

UNIT = "单位:元"
_NO = Column("序号", Kind.NUMBER, 6)
_TITLE = Column("项目名称", Kind.TEXT, 26)
_PROJECT_NO = Column("项目编号", Kind.CODE, 14)

_CONDITIONS = {
    "signed": "协议签订",
    "report": "中期报告审核通过",
    "midterm": "中期评估合格",
    "audit": "审计通过",
    "closing": "末期评估和审计通过",
}

Table = tuple[str, Layout, pd.DataFrame]


def _book(tables: Sequence[Table]) -> bytes:
    """A workbook of official sheets, with the proof of the trail's state in the foot of each."""
    proof = trail.foot(db.session(), key=cast(Venture, current_app).settings.trail_key)
    db.session.rollback()  # all is read; on SQLite an open reader would hold every submission while this is written
    return official([(name, replace(layout, proof=proof), _rows(frame)) for name, layout, frame in tables])


def _rows(frame: pd.DataFrame) -> Iterator[list[Any]]:
    """The rows of a frame, nothing for a missing value."""
    for row in frame.itertuples(index=False, name=None):
        yield [None if pd.isna(value) else value for value in row]


def _filler(round: Round, more: str = "") -> str:
    """The line over the headings: which office fills the sheet in, and what else stands there."""
    return "　".join(part for part in (f"填报单位:{round.issuer or '民政局'}", more) if part)


def _frame(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(
        rows, columns=[column.title for column in columns if column is not _NO], dtype=object
    )
    if _NO in columns:
        frame.insert(0, _NO.title, range(1, len(frame) + 1))
    return frame.astype(object)


def _summed(frame: pd.DataFrame, label: str, sums: Sequence[str]) -> pd.DataFrame:
    """One row: the label in the first column, the sums (fen) in theirs, nothing elsewhere."""
    row: dict[str, Any] = dict.fromkeys(frame.columns)
    row[frame.columns[0]] = label
    for name in sums:
        row[name] = sum(value for value in frame[name] if value is not None)
    return pd.DataFrame([row], columns=frame.columns, dtype=object)


def _totalled(
    name: str,
    title: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Any]],
    *,
    sums: Sequence[str],
    words: str | None,
    groups: str | None = None,
    left: str = "",
) -> Table:
    """A sheet with 小计 per value of the column `groups`, a 合计, and the sum of the column `words` in 大写."""
    frame = _frame(columns, rows)
    parts, bold, count = [], [], 0
    pieces = [frame] if groups is None else [part for _, part in frame.groupby(groups, sort=False)]
    for part in pieces:
        parts.append(part)
        count += len(part)
        if groups is not None:
            parts.append(_summed(part, f"{part[groups].iloc[0]} 小计", sums))
            bold.append(count)
            count += 1
    total = _summed(frame, "合计", sums)
    whole = pd.concat([*parts, total], ignore_index=True) if len(frame) else total
    closing = [f"人民币(大写):{money.capitals(int(total[words].iloc[0]))}"] if words else []
    layout = Layout(title, UNIT, columns, left=left, sums=[*bold, count], closing=closing)
    return name, layout, whole


def notice(round: Round) -> bytes:
    """立项公示表: what the public may see, no code, no account, no person."""
    published, lines = queries.notice_lines(round)
    if published is None:
        raise Refused("desk.no_notice", year=round.year)
    columns = [
        _NO,
        _TITLE,
        Column("申报单位", width=26),
        Column("类别(专题)", width=18),
        Column("实施社区", width=22),
        Column("资助金额", Kind.MONEY, 15),
    ]
    rows = [
        [
            line.application.title,
            line.application.organization.name,
            line.theme.name,
            "、".join(community.name for community in line.application.communities),
            line.decided,
        ]
        for line in lines
    ]
    days = f"公示期:{published.starts_on.isoformat()} 至 {published.ends_on.isoformat()}"
    return _book(
        [
            _totalled(
                "立项公示表",
                f"{round.name}立项公示表",
                columns,
                rows,
                sums=["资助金额"],
                words="资助金额",
                left=_filler(round, days),
            )
        ]
    )


def award(round: Round) -> bytes:
    """立项汇总表: the award sheet, 小计 per theme, 合计, 大写."""
    columns = [
        _NO,
        _PROJECT_NO,
        _TITLE,
        Column("申报单位", width=26),
        Column("统一社会信用代码", Kind.CODE, 21),
        Column("专题", width=16),
        Column("服务领域", width=10),
        Column("实施社区", width=18),
        Column("得分", Kind.SCORE, 8),
        Column("名次", Kind.NUMBER, 6),
        Column("申请金额", Kind.MONEY, 14),
        Column("核定金额", Kind.MONEY, 14),
        Column("协议编号", Kind.CODE, 14),
        Column("备注", width=14),
    ]
    rows = [
        [
            row.project_no,
            row.application.title,
            row.application.organization.name,
            row.application.organization.credit_code,
            row.theme.name,
            row.application.field.name if row.application.field else "",
            "、".join(community.name for community in row.application.communities),
            row.line.score,
            row.line.rank,
            row.requested,
            row.amount,
            row.agreement_no or "",
            row.line.reason,
        ]
        for row in queries.awards(round)
    ]
    table = _totalled(
        "立项汇总表",
        f"{round.name}立项汇总表",
        columns,
        rows,
        sums=["申请金额", "核定金额"],
        words="核定金额",
        groups="专题",
        left=_filler(round),
    )
    return _book([table])


def past_awards(chosen: past.Chosen) -> bytes:
    """往届立项汇总表: earlier awards in the columns of the award sheet; each currency is a sheet of its own."""
    columns = [
        _NO,
        _PROJECT_NO,
        _TITLE,
        Column("申报单位", width=26),
        Column("统一社会信用代码", Kind.CODE, 21),
        Column("年度", Kind.NUMBER, 7),
        Column("届次", width=14),
        Column("专题", width=16),
        Column("服务领域", width=10),
        Column("实施社区", width=18),
        Column("得分", Kind.SCORE, 8),
        Column("名次", Kind.NUMBER, 6),
        Column("申请金额", Kind.MONEY, 14),
        Column("核定金额", Kind.MONEY, 14),
        Column("协议编号", Kind.CODE, 14),
        Column("立项日期", Kind.DAY, 12),
        Column("结项情况", width=10),
        Column("备注", width=14),
    ]
    held: dict[str, list[list[Any]]] = {}
    for row in past.every(chosen):
        held.setdefault(row.currency, []).append(
            [
                row.number,
                row.title,
                row.organization_name,
                row.code,
                row.year,
                row.round_name,
                row.programme or "未分专题",
                row.field,
                row.place,
                row.score,
                row.rank,
                row.asked,
                row.amount,
                row.agreement_no,
                row.awarded_on,
                _OUTCOMES[row.outcome],
                row.note,
            ]
        )
    tables = []
    for currency, rows in held.items():
        yuan = currency == YUAN
        name, layout, frame = _totalled(
            "往届立项汇总表" if yuan else f"往届立项汇总表({currency})",
            "往届立项汇总表",
            columns,
            sorted(rows, key=lambda row: row[6]),
            sums=["申请金额", "核定金额"],
            words="核定金额" if yuan else None,
            groups="专题",
        )
        tables.append((name, layout if yuan else replace(layout, unit=f"单位:{currency}"), frame))
    if not tables:
        raise Refused("desk.no_past_awards")
    return _book(tables)


_OUTCOMES = {Outcome.CLOSED: "已结项", Outcome.RUNNING: "未结项", Outcome.BROKEN_OFF: "终止"}


NOT_ASKED, NOT_ANSWERED = "未设此题", "未填"
_OWN = {
    QuestionKind.MONEY: Kind.MONEY,
    QuestionKind.NUMBER: Kind.SCORE,
    QuestionKind.DAY: Kind.DAY,
}


def applications(round: Round, person: Person) -> bytes:
    """申报汇总表: the applications that stand, as last sent and as the person may see them, with the own questions.

    An own question that a version was not asked reads «未设此题», one that it left empty «未填».
    """
    own = forms.own_questions(round)
    columns = [
        _NO,
        _PROJECT_NO,
        _TITLE,
        Column("申报单位", width=26),
        Column("统一社会信用代码", Kind.CODE, 21),
        Column("专题", width=16),
        Column("服务领域", width=10),
        Column("实施社区", width=18),
        Column("申请金额", Kind.MONEY, 14),
        *(
            Column(f"自设题{number}:{question.title}", _OWN.get(question.kind, Kind.TEXT), 18)
            for number, question in enumerate(own, start=1)
        ),
    ]
    rows = []
    places = [theme.id for theme in round.themes]
    for application, frozen in sorted(
        forms.last_sent(round, person), key=lambda each: places.index(each[0].theme_id or 0)
    ):
        asked = {question.code: question for question in forms.asked_then(frozen)}
        rows.append(
            [
                application.number or "",
                application.title,
                application.organization.name,
                application.organization.credit_code,
                application.theme.name if application.theme else "",
                application.field.name if application.field else "",
                "、".join(community.name for community in application.communities),
                application.asked,
                *(
                    _answer(asked[each.code], frozen["form"].get(each.code))
                    if each.code in asked
                    else NOT_ASKED
                    for each in own
                ),
            ]
        )
    name = f"{round.name}申报汇总表"
    table = _totalled(
        "申报汇总表",
        name,
        columns,
        rows,
        sums=["申请金额"],
        words="申请金额",
        groups="专题",
        left=_filler(round),
    )
    return _book([table])


def _answer(question: Question, raw: Any) -> Any:
    """An answer in its cell: fen, hundredths and days as such, choices in their words."""
    if not raw:
        return NOT_ANSWERED
    if isinstance(raw, list):
        words = dict(question.choices)
        return "、".join(str(words.get(code, code)) for code in raw)
    field = parts.own([question])[0]
    value = parts.read(field, raw)
    return dict(question.choices).get(value, value) if question.choices else value


def audited(person: Person) -> bytes:
    """待审计项目: the projects assigned to somebody of an audit firm, with what was granted and paid."""
    columns = [
        _NO,
        Column("项目编号", Kind.CODE, 18),
        _TITLE,
        Column("申报单位", width=26),
        Column("年度", Kind.NUMBER, 8),
        Column("申请金额", Kind.MONEY, 14),
        Column("核定金额", Kind.MONEY, 14),
        Column("累计已拨", Kind.MONEY, 14),
    ]
    rows = [
        [
            application.number,
            application.title,
            application.organization.name,
            application.round.year,
            application.asked,
            award.amount if award else None,
            award.paid if award else None,
        ]
        for application, award in budget.audited(person)
    ]
    sums = ["申请金额", "核定金额", "累计已拨"]
    return _book([_totalled("待审计项目", "待审计项目", columns, rows, sums=sums, words=None)])


def disbursement(round: Round, batch: int | None = None, *, whole: bool = False) -> bytes:
    """拨款汇总表: of one batch, or of the whole round; account numbers by their last four signs unless `whole`."""
    columns = [
        _NO,
        _PROJECT_NO,
        _TITLE,
        Column("承接单位", width=26),
        Column("统一社会信用代码", Kind.CODE, 21),
        Column("户名", width=26),
        Column("开户行", width=20),
        Column("账号", Kind.CODE, 22),
        Column("立项金额", Kind.MONEY, 14),
        Column("拨款期次", width=9),
        Column("拨付比例", width=9),
        Column("本次拨付金额", Kind.MONEY, 14),
        Column("累计已拨", Kind.MONEY, 14),
        Column("未拨余额", Kind.MONEY, 14),
        Column("备注", width=12),
    ]
    rows = []
    for row in queries.disbursements(round, batch):
        payment, award = row.payment, row.award
        shares = sum(part.weight for part in award.application.round.plan)
        rows.append(
            [
                award.project_no,
                award.application.title,
                award.application.organization.name,
                award.application.organization.credit_code,
                payment.account_name,
                payment.bank,
                payment.account_no if whole else f"**** {payment.account_no[-4:]}",
                award.amount,
                payment.instalment.name,
                f"{money.percent(payment.instalment.weight, shares)}%",
                payment.amount,
                row.before,
                row.left,
                payment.voucher_no or "",
            ]
        )
    # What was granted is added up only where no project stands twice.
    once = len({row[0] for row in rows}) == len(rows)
    sums = ["立项金额", "本次拨付金额", "累计已拨", "未拨余额"] if once else ["本次拨付金额"]
    title = f"{round.name}拨款汇总表" + (f"(第{batch}批)" if batch else "")
    return _book(
        [_totalled("拨款汇总表", title, columns, rows, sums=sums, words="本次拨付金额", left=_filler(round))]
    )


def applications_for_payment(round: Round, batch: int) -> bytes:
    """拨款申请表: a sheet of each payment of a batch, upright on A4, for the opinions and seals of those who sign."""
    columns = [Column("事项", width=18), Column("内容", width=66)]
    stamped = "\n\n\n　　　　　　　　　　　　　签字（盖章）：　　　　　　　　年　　月　　日"
    tables = []
    for row in queries.disbursements(round, batch):
        payment, award, part = row.payment, row.award, row.payment.instalment
        ground = f"{part.name}；{_CONDITIONS[part.condition.value]}"
        if part.met_on is not None:
            ground += f"，{clock.chinese_day(part.met_on)}满足（{part.met_note}）"
        rows = [
            ["项目名称", f"{award.application.title}（{award.project_no}）"],
            ["承接单位", award.application.organization.name],
            ["协议编号", award.agreement_no or ""],
            ["立项金额", money.text(award.amount)],
            ["协议金额", money.text(award.entitled)],
            ["已拨", money.text(row.before - payment.amount)],
            ["本次申请（小写）", money.text(payment.amount)],
            ["本次申请（大写）", f"人民币{money.capitals(payment.amount)}"],
            ["期次与依据", ground],
            ["户名", payment.account_name],
            ["开户行", payment.bank],
            ["账号", payment.account_no],
            *([name, stamped] for name in ("申请单位意见", "承办单位意见", "民政局科室意见", "分管领导意见")),
        ]
        layout = Layout(
            f"{round.name}拨款申请表",
            UNIT,
            columns,
            closing=[_filler(round, f"第{batch}批")],
            signatures=("经办人:", "日期:"),
            landscape=False,
        )
        tables.append((award.project_no + part.name, layout, _frame(columns, rows)))
    return _book(tables)


def scores(round: Round) -> bytes:
    """评分汇总表: one sheet per theme, each expert's total, the mean, the rank; for the panel's signatures."""
    recommended = queries.recommended(round)
    frozen = review.frozen_in([theme.id for theme in round.themes])
    tables = []
    for theme in review.ranking(round):
        newest = frozen.get(theme.theme.id)
        columns = [
            _NO,
            Column("项目编号", Kind.CODE, 12),
            _TITLE,
            Column("申报单位", width=26),
            *(Column(f"专家{number}", Kind.SCORE, 9) for number in theme.experts),
            *(Column(name, Kind.SCORE, 9) for name in _made_of(theme)),
            Column("排名", Kind.NUMBER, 7),
            Column("申请金额", Kind.MONEY, 14),
            Column("建议金额", Kind.MONEY, 14),
            Column("备注", width=18),
        ]
        rows = [
            [
                line.number,
                line.title,
                line.organization,
                *(line.totals.get(number) for number in theme.experts),
                *_made_of(theme, line).values(),
                line.rank,
                line.asked,
                recommended.get(line.application_id),
                ";".join(_REMARKS[note.code].format_map(note.facts) for note in line.notes),
            ]
            for line in theme.lines
        ]
        rule = {"mean": "平均分", "trimmed": "去掉一个最高分和一个最低分后的平均分", "median": "中位数"}[
            theme.aggregation.value
        ]
        layout = Layout(
            f"{round.name}评分汇总表({theme.theme.name})",
            UNIT,
            columns,
            left=_filler(round, f"评分规则:{rule}{_formula(theme)};合格线 {money.text(theme.pass_line)} 分"),
            closing=[_version_line(newest)] if newest else [],
            signatures=[f"专家{number}:" for number in theme.experts] + ["日期:"],
        )
        tables.append((theme.theme.name, layout, _frame(columns, rows)))
    return _book(tables)


def sheets(round: Round, person: Person) -> bytes:
    """评分表: what each expert gave, a sheet for each theme and phase to be signed; last of all one row a review (逐条),

    for analysts. As the person may see it: what a tie hides is not there.
    """
    counted = review.counted(round, person)
    tables = [
        _of_expert(round, list(group))
        for _, group in groupby(
            counted, key=lambda one: (one.panelist.number, one.phase, one.application.theme_id)
        )
    ]
    names = list(dict.fromkeys(mark.criterion.name for one in counted for mark in one.marks))
    columns = [
        _NO,
        Column("专题", width=16),
        Column("环节", width=10),
        Column("项目编号", Kind.CODE, 12),
        _TITLE,
        Column("专家", width=10),
        *(Column(name, Kind.SCORE, 9) for name in names),
        Column("合计", Kind.SCORE, 9),
        Column("意见", width=40),
    ]
    rows = []
    for one in counted:
        given = {mark.criterion.name: mark.value for mark in one.marks}
        theme = one.application.theme
        rows.append(
            [
                theme.name if theme else "",
                _PHASES[one.phase.value],
                one.application.number,
                one.application.title,
                f"专家{one.panelist.number}",
                *(given.get(name) for name in names),
                one.total,
                one.comment,
            ]
        )
    layout = Layout(f"{round.name}评分逐条表", "单位:分", columns, left=_filler(round))
    return _book([*tables, ("逐条", layout, _frame(columns, rows))])


_PHASES = {"papers": "材料评审", "presentation": "现场答辩"}


def _of_expert(round: Round, counted: Sequence[Sheet]) -> Table:
    """One expert's sheets of one theme and phase, for the expert's signature."""
    first = counted[0]
    theme, expert = first.application.theme, first.panelist
    assert theme is not None, "what is scored has a theme"
    lines = theme.sheet(first.phase)
    columns = [
        _NO,
        Column("项目编号", Kind.CODE, 12),
        _TITLE,
        Column("申报单位", width=26),
        *(Column(line.name, Kind.SCORE, 9) for line in lines),
        Column("合计", Kind.SCORE, 9),
        Column("意见", width=30),
    ]
    rows = []
    for one in counted:
        given = review.marks_of(one)
        rows.append(
            [
                one.application.number,
                one.application.title,
                one.application.organization.name,
                *(given.get(line.code) for line in lines),
                one.total,
                one.comment,
            ]
        )
    name = f"专家{expert.number} {theme.name} {_PHASES[first.phase.value]}"
    layout = Layout(
        f"{round.name}评分表（{theme.name}·{_PHASES[first.phase.value]}）",
        "单位:分",
        columns,
        left=_filler(round, f"评审专家:{expert.person.name}（专家{expert.number}）"),
        signatures=["评审专家（签名）:", "日期:"],
    )
    return name, layout, _frame(columns, rows)


def _made_of(theme: review.ThemeRanking, line: review.Line | None = None) -> dict[str, int | None]:
    """The figures of a line of the score sheet by their columns: the score alone, or what it is made of before it."""
    if not theme.weight and not theme.has_bonus:
        return {"平均分": line.shown if line else None}
    found: dict[str, int | None] = {"材料评审得分": line.papers if line else None}
    if theme.weight:
        for number in theme.experts:
            found[f"答辩专家{number}"] = line.spoken.get(number) if line else None
        found["答辩得分"] = line.presentation if line else None
    if theme.has_bonus:
        found["加分"] = line.bonus if line else None
    return found | {"总分": line.shown if line else None}


def _formula(theme: review.ThemeRanking) -> str:
    """How a line's figures come to its total, where it is more than the papers."""
    joined = (
        f"材料评审得分×{100 - theme.weight}%+答辩得分×{theme.weight}%" if theme.weight else "材料评审得分"
    )
    bonus = "+加分" if theme.has_bonus else ""
    return f";总分={joined}{bonus}" if theme.weight or bonus else ""


def ties(round: Round, person: Person) -> bytes:
    """回避登记表: every tie on record with its ground and what became of it, but those the person is party to."""
    columns = [
        _NO,
        Column("项目编号", Kind.CODE, 12),
        _TITLE,
        Column("申报单位", width=26),
        Column("回避人", width=12),
        Column("回避情形", width=16),
        Column("说明", width=24),
        Column("认定方式", width=16),
        Column("登记日期", Kind.DAY, 12),
        Column("处理结果", width=10),
        Column("排除理由", width=24),
        Column("排除人", width=10),
        Column("排除日期", Kind.DAY, 12),
    ]
    rows = [
        [
            tie.application.number or "",
            tie.application.title,
            tie.application.organization.name,
            tie.person.name,
            _GROUNDS[tie.ground],
            tie.note,
            f"{tie.made_by.name} 登记" if tie.made_by else "系统比对",
            clock.beijing_day(tie.made_at),
            "已排除" if tie.dismissed_at else "回避",
            tie.dismissal,
            tie.dismissed_by.name if tie.dismissed_by else "",
            clock.beijing_day(tie.dismissed_at) if tie.dismissed_at else None,
        ]
        for tie in review.ties(round, person)
    ]
    layout = Layout(
        f"{round.name}回避登记表",
        "",
        columns,
        left=_filler(round, "不含查阅人本人的回避情形"),
        signatures=["监督人:", "日期:"],
    )
    return _book([("回避登记表", layout, _frame(columns, rows))])


_GROUNDS = {
    Ground.EMPLOYER: "在申报单位任职",
    Ground.OFFICE: "在申报单位兼任职务",
    Ground.MEMBER: "代表申报单位办理申报",
    Ground.ADVISER: "曾为申报单位提供咨询",
    Ground.REPRESENTATIVE: "申报单位法定代表人",
    Ground.TEAM: "项目团队成员",
    Ground.COMMUNITY: "与项目同一社区",
    Ground.DECLARED: "本人申报回避",
    Ground.PARTNER: "属于项目的合作或需求单位",
    Ground.MAIL: "与申报单位使用同一单位邮箱域名",
}


_TITLES = {
    Title.SENIOR: "正高级",
    Title.ASSOCIATE: "副高级",
    Title.MIDDLE: "中级",
    Title.JUNIOR: "初级",
    Title.NONE: "",
}


def fees(round: Round) -> bytes:
    """专家劳务费发放表: fee, tax and what each expert gets, to be signed; no identity number and no card."""
    columns = [
        _NO,
        Column("姓名", width=16),
        Column("职称", width=10),
        Column("工作单位", width=24),
        Column("应发金额", Kind.MONEY, 14),
        Column("代扣个人所得税", Kind.MONEY, 16),
        Column("实发金额", Kind.MONEY, 14),
        Column("领款人签名", width=18),
        Column("领款日期", width=14),
        Column("备注", width=22),
    ]
    rows = [
        [
            row.panelist.person.name,
            _TITLES[row.title],
            row.employer,
            row.fee.gross,
            row.fee.tax,
            row.fee.net,
            "",
            row.fee.signed_on.isoformat() if row.fee.signed_on else "",
            row.fee.reason,
        ]
        for row in review.fee_rows(round)
        if row.fee is not None
    ]
    sums = ["应发金额", "代扣个人所得税", "实发金额"]
    title = f"{round.name}专家劳务费发放表"
    return _book(
        [
            _totalled(
                "专家劳务费发放表", title, columns, rows, sums=sums, words="实发金额", left=_filler(round)
            )
        ]
    )


def _version_line(newest: review.Frozen) -> str:
    state = "已冻结" if newest.holds else "已解冻,待重新冻结"
    day = clock.beijing_day(newest.version.made_at)
    return f"排名第 {newest.version.number} 版({day},{state}) SHA-256:{newest.version.sha256}"


_REMARKS = {
    "review.sheets_missing": "评分表 {counted}/{expected}",
    "review.below_quorum": "未达到最低评分表数",
    "review.not_trimmed": "评分表 {counted} 份,少于 {trim_from} 份,未去极值",
    "review.no_score": "尚无评分",
    "review.not_presented": "尚无答辩得分,无总分",
    "review.presentation_missing": "答辩评分表 {counted}/{expected}",
    "review.presentation_quorum": "答辩未达到最低评分表数",
    "review.presentation_untrimmed": "答辩评分表 {counted} 份,少于 {trim_from} 份,未去极值",
    "review.below_pass_line": "低于合格线",
    "review.tied_rank": "并列",
    "review.drawn": "并列,经抽签",
    "review.sheet_removed": "有评分表因回避移除",
}


def ledger(round: Round) -> bytes:
    """资金台账: every sum paid or returned, with the running balance of its project."""
    columns = [
        Column("日期", Kind.DAY, 12),
        Column("凭证号", Kind.CODE, 14),
        _PROJECT_NO,
        Column("摘要", width=26),
        Column("期次", width=9),
        Column("应拨", Kind.MONEY, 14),
        Column("实拨", Kind.MONEY, 14),
        Column("退回", Kind.MONEY, 14),
        Column("累计", Kind.MONEY, 14),
        Column("余额", Kind.MONEY, 14),
        Column("经办人", width=14),
    ]
    rows = [
        [
            row.day,
            row.voucher,
            row.project_no,
            row.subject,
            row.instalment,
            row.due,
            row.paid,
            row.returned,
            row.so_far,
            row.left,
            row.handler,
        ]
        for row in queries.ledger(round)
    ]
    return _book(
        [
            _totalled(
                "资金台账",
                f"{round.name}资金台账",
                columns,
                rows,
                sums=["应拨", "实拨", "退回"],
                words="实拨",
                left=_filler(round),
            )
        ]
    )


def cut_off(round: Round, person: Person, today: date) -> bytes:
    """年底前待拨清单: what is still unpaid, by the source that pays it and its last day, as the person may see it."""
    columns = [
        _NO,
        Column("资金来源文号", Kind.CODE, 20),
        Column("须于此日前支付", Kind.DAY, 14),
        _PROJECT_NO,
        _TITLE,
        Column("承接单位", width=26),
        Column("拨款期次", width=9),
        Column("拨款条件", width=14),
        Column("应拨日期", Kind.DAY, 12),
        Column("状态", width=10),
        Column("金额", Kind.MONEY, 14),
    ]
    states = {"requested": "经办已申请", "checked": "已审核", "released": "已签批"}
    rows = [
        [
            each.balance.source.document_no if each.balance else "无足额来源",
            each.balance.source.expires_on if each.balance else None,
            row.award.project_no,
            row.award.application.title,
            row.award.application.organization.name,
            row.instalment.name,
            _CONDITIONS[row.instalment.condition.value] + ("" if row.instalment.met_on else "（未满足）"),
            row.instalment.due_on,
            states[row.payment.state.value] if row.payment else "未申请",
            row.instalment.payable,
        ]
        for each in budget.cut_off(round, person, today)
        for row in each.rows
    ]
    title = f"{round.name}年底前待拨清单（截至{clock.chinese_day(today)}）"
    return _book([_totalled("待拨清单", title, columns, rows, sums=["金额"], words="金额")])


SHEETS: dict[str, tuple[str, Callable[[Round], bytes]]] = {
    "notice": ("立项公示表", notice),
    "award": ("立项汇总表", award),
    "disbursement": ("拨款汇总表", disbursement),
    "scores": ("评分汇总表", scores),
    "ledger": ("资金台账", ledger),
    "fees": ("专家劳务费发放表", fees),
}
"""The sheets by their command's name: title, and what draws them."""
