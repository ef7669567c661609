"""What a call says: the Haimen model case to the letter, and what holds for any settings."""

from datetime import UTC, date, datetime
from typing import Any

import make
import pytest
from hypothesis import given
from hypothesis import strategies as st

from venture.db import db
from venture.roles import Role
from venture.rounds import wording
from venture.rounds.models import Briefing, Due, EligibilityRule, Need, NeedState, PaperKind, SetAsideKind

ADDRESS = "http://localhost/calls/2018"
CONTACT = "海门市民政局社会组织管理科（虚构）\n电话：0513-00000000"
HAIMEN = """\
2018年第3届公益创投项目征集公告
海民〔2018〕0号（虚构）

现就2018年第3届公益创投面向社会组织公开征集项目，有关事项公告如下。

一、资金安排
本届项目资金总额600,000.00元（大写：人民币陆拾万元整），来源为福利彩票公益金。
资金来源：福利彩票公益金600,000.00元（虚构〔2018〕1号）。
（一）城乡社区协商民主：专题资金200,000.00元（大写：人民币贰拾万元整），约占项目资金总额的33%，单个项目申请金额不超过50,000.00元（大写：人民币伍万元整）；
（二）综合服务：专题资金400,000.00元（大写：人民币肆拾万元整），约占项目资金总额的67%，单个项目申请金额不超过50,000.00元（大写：人民币伍万元整）。

二、申报对象和条件
（一）依法登记的社会组织；
（二）近一年内未被列入活动异常名录。

三、服务领域
青少年、残疾人、老年人、困难群体、妇女。

四、选题
经社区（村）申报，公布以下选题。申报书可选定一个选题，也可自拟。
选题1　虚构村：晒场夜里看不见。涉及人群：三组老人。期望：装灯，定好谁来管。

五、申报时间
自2018年5月5日09:00:00起，至2018年5月25日17:00:00止（北京时间，17:00:00起不再接收），以系统收到的时间为准。

六、申报方式和数量
在网上填报并提交申报书，网址：http://localhost/calls/2018
每家单位（含作为依托单位）限报1个项目，最多立项1个。

七、申报材料
（一）登记证书；
（二）审计报告（如有）。

八、项目周期和经费要求
项目周期9个月。
管理费不超过申请金额的10%。

九、评审和公示
材料需补正的，在3个工作日内补正。
每个项目由专家组（5人）按专题评分表打分，有效评分表不少于3份，合格线60分。
拟立项名单公示5个工作日。

十、拨款
首期款：协议签订后15个工作日内，拨付核定金额的50%。
中期款：中期评估合格后15个工作日内，拨付核定金额的30%。
尾款：末期评估和审计通过后15个工作日内，拨付余款。

十一、说明会
2018年5月8日14:30，民政局三楼会议室（虚构）。

十二、其他事项
（一）同一内容不得多头申报；
（二）解释权归发布单位。

十三、联系方式
海门市民政局社会组织管理科（虚构）
电话：0513-00000000

海门市民政局（虚构）
2018年5月5日"""


def haimen() -> tuple[Any, list[Need], list[Briefing]]:
    """The model round of Haimen 2018 with everything that a call may print."""
    round_ = make.round_(
        make.person(Role.OFFICER),
        opens_at=datetime(2018, 5, 5, 1, tzinfo=UTC),
        closes_at=datetime(2018, 5, 25, 9, tzinfo=UTC),
        issuer="海门市民政局（虚构）",
        contact=CONTACT,
        clauses="同一内容不得多头申报。\n\n解释权归发布单位",
        papers=[PaperKind(code="c", name="登记证书"), PaperKind(code="a", name="审计报告", required=False)],
        rules=[
            EligibilityRule(code="legal_person", text="依法登记的社会组织"),
            EligibilityRule(code="abnormal_list", parameter=1, text="近一年内未被列入活动异常名录"),
        ],
    )
    need = Need(
        round=round_,
        community=make.community(name="虚构村"),
        problem="晒场夜里看不见",
        concerns="三组老人",
        wish="装灯，定好谁来管。",
        state=NeedState.CHOSEN,
        number=1,
    )
    at = datetime(2018, 5, 8, 6, 30, tzinfo=UTC)
    return round_, [need], [Briefing(begins_at=at, place="民政局三楼会议室（虚构）", note="")]


def test_the_call_says_when_a_paper_is_due_and_that_a_page_is_scanned(app: Any) -> None:
    round_, topics, briefings = haimen()
    round_.papers = [
        PaperKind(code="p", name="承诺书", due=Due.CLOSING, due_days=5, coded=True),
        PaperKind(code="n", name="项目账户证明", due=Due.NOTICE, due_days=3, position=1),
    ]
    db.session.flush()
    said = wording.call(round_, topics, briefings, address=ADDRESS)
    [papers] = [each["lines"] for each in said["sections"] if each["heading"] == "申报材料"]
    assert papers == [
        "（一）承诺书：打印系统生成的带编码页面，签字盖章后扫描或拍照上传，申报截止后5个工作日内提交；",
        "（二）项目账户证明，仅列入公示名单的，公示首日后3个工作日内提交。",
    ]


def test_the_call_of_haimen_to_the_letter(app: Any) -> None:
    round_, topics, briefings = haimen()
    said = wording.call(round_, topics, briefings, address=ADDRESS)
    lines = wording.lines(said, day="2018年5月5日", document_no="海民〔2018〕0号（虚构）")
    assert wording.plain(lines) == HAIMEN


def test_what_a_round_does_not_have_is_not_there_and_the_parts_count_on(app: Any) -> None:
    round_ = make.round_(make.person(Role.OFFICER), grant_share=60, topic_required=True)
    round_.management_cap = None
    said = wording.call(round_, [], [], address=ADDRESS)
    headings = [text for kind, text in wording.lines(said, day="") if kind == "heading"]
    assert [one[0] for one in headings] == list("一二三四五六七八九")
    for gone in ("选题", "说明会", "其他事项", "联系方式"):
        assert not any(gone in one for one in headings)
    text = wording.plain(wording.lines(said, day=""))
    assert "管理费" not in text and "申请金额不超过项目总预算的60%。" in text


def test_each_application_answers_a_topic_where_the_round_says_so(app: Any) -> None:
    round_, topics, _briefings = haimen()
    round_.topic_required = True
    said = wording.call(round_, topics, [], address=ADDRESS)
    assert "每份申报书须选定一个选题。" in said["sections"][3]["lines"][0]


def test_a_supplement_says_what_changes_and_nothing_else(app: Any) -> None:
    round_, topics, briefings = haimen()
    old = wording.call(round_, topics, briefings, address=ADDRESS)
    round_.closes_at, round_.contact = datetime(2018, 5, 28, 9, tzinfo=UTC), ""
    new = wording.call(round_, topics, briefings, address=ADDRESS)
    changed = wording.changes(old, new)
    assert [row[0] for row in changed] == ["申报时间", "联系方式"]
    assert changed[1][1:] == (CONTACT, "")
    title = wording.supplement_title(round_.name, 2)
    lines = wording.supplement(title, "网页中断半天。", changed, signed=new["signed"], day="2018年5月20日")
    assert wording.plain(lines) == (
        "2018年第3届公益创投项目征集补充公告（第1号）\n\n网页中断半天。\n\n"
        "“申报时间”更正为：\n自2018年5月5日09:00:00起，至2018年5月28日17:00:00止"
        "（北京时间，17:00:00起不再接收），以系统收到的时间为准。\n\n"
        "“联系方式”更正为：\n（删去）\n\n其他内容不变。\n\n海门市民政局（虚构）\n2018年5月20日"
    )


@pytest.mark.parametrize(
    ("number", "written"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (35, "三十五"), (99, "九十九")]
)
def test_numbers_as_headings_count(number: int, written: str) -> None:
    assert wording.ordinal(number) == written


@given(st.lists(st.integers(1, 99), unique=True))
def test_no_two_headings_are_alike(numbers: list[int]) -> None:
    assert len({wording.ordinal(number) for number in numbers}) == len(numbers)


def test_the_call_prints_each_source_and_what_is_set_aside_beside_the_grants(app: Any) -> None:
    round_ = make.round_(make.person(Role.OFFICER))
    round_.sources[0].expires_on = date(2018, 12, 31)
    make.set_aside(round_, 2_400_000)
    make.set_aside(round_, 600_000, SetAsideKind.EXPERTS)
    lines = wording.call(round_, [], [], address=ADDRESS)["sections"][0]["lines"]
    assert lines[1] == "资金来源：福利彩票公益金600,000.00元（虚构〔2018〕1号，2018年12月31日前使用）。"
    assert lines[2] == (
        "项目资金之外另列30,000.00元（大写：人民币叁万元整）：承办服务费24,000.00元；专家评审费6,000.00元。"
        "以下比例均为占项目资金总额的比例。"
    )
    assert "约占项目资金总额的33%" in lines[3]
