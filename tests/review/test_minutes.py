"""评审会纪要: written from the record alone, complete or not at all, as PDF and as Word."""

import io
from datetime import date
from pathlib import Path
from typing import Any

import docx
import pytest
from client import save
from review.test_day import ENGLISH, TYPED, draw, needs_fonts, words_of
from review.test_views import NOW, Review

from venture.applications.models import Application, Barred
from venture.db import db
from venture.review import actions, queries, wording
from venture.review.conflicts import Ground
from venture.roles import Role
from venture.rounds.models import Aggregation

HOME = "/rounds/2018/panel-day"
EXPERTS = [wording.Expert(1, "虚构甲", "教授", True), wording.Expert(2, "虚构乙", "", False)]


def written(**more: Any) -> wording.Minutes:
    return wording.Minutes(
        **{
            "round": "2018年公益创投",
            "day": "2018年6月8日",
            "hours": "",
            "place": "三楼",
            "chair": "",
            "recorder": "虚构记录",
            "experts": EXPERTS,
            "observers": [],
            "draw": "抽签：第 1 次",
            "order": ["1. A-1　甲项目"],
            "recusals": [],
            "results": [],
            "remarks": [],
            **more,
        }
    )


def test_the_sections_and_what_is_missing_are_said() -> None:
    lines = wording.minutes(written())
    assert [text for style, text in lines if style == "heading"] == [
        "一、会议时间和地点",
        "二、出席人员",
        "三、汇报顺序",
        "四、回避情况",
        "五、评审结果",
        "六、其他事项",
        "七、签名",
    ]
    said = [text for _style, text in lines]
    assert "时间：2018年6月8日（北京时间）" in said and "主持人：未登记　记录人：虚构记录" in said
    assert "到会专家（1 名）：专家1 虚构甲（教授）。" in said and "未到会专家（1 名）：专家2 虚构乙。" in said
    assert "列席与监督人员：无。" in said and "无专家需要回避。" in said
    signed = [text for text in said if text.endswith("____")]
    assert [text.partition("　")[0] for text in signed] == ["主持人", "记录人", "专家1"]


def test_results_stand_only_where_every_sheet_is_in() -> None:
    ranked = [(1, "A-1 甲项目", "84.00", False), (2, "A-2 乙项目", "59.99", True)]
    final = wording.Result("综合", "平均分", True, ranked, "排名第 1 版，校验码 abc")
    lines = [text for _style, text in wording.minutes(written(results=[final]))]
    assert "第 1 名　A-1 甲项目　84.00 分" in lines
    assert "第 2 名　A-2 乙项目　59.99 分（低于合格线）" in lines
    assert "详见评分汇总表，排名第 1 版，校验码 abc。" in lines
    waits = wording.Result("综合", "平均分", False, ranked)
    lines = [text for _style, text in wording.minutes(written(results=[waits]))]
    assert "评分表尚未全部提交，结果以评分汇总表为准。" in lines
    assert not [text for text in lines if "84.00" in text]


class Held(Review):
    """A panel day that is written down: one expert of three stood back from one project, all sheets are in."""

    def __init__(self) -> None:
        super().__init__(2, size=3, aggregation=Aggregation.MEAN)
        draw(self, 5)
        actions.declare_tie(
            application=db.session.get_one(Application, self.ids[0]),
            person=self.experts[2],
            ground=Ground.ADVISER,
            note="虚构",
            by=self.officer,
            at=NOW,
        )
        typed = {key: value for key, value in TYPED.items() if key not in ("version", "held_on", "present")}
        actions.save_day(
            round=self.round,
            held_on=date(2018, 6, 8),
            present=[1, 3],
            seen=0,
            by=self.officer,
            at=NOW,
            **typed,  # type: ignore[arg-type]  # texts only are left
        )
        save()
        for expert, place in ((0, 0), (1, 0), (0, 1), (1, 1), (2, 1)):
            self.hand_in(expert, place)


def said(answer: Any) -> list[str]:
    assert answer.status_code == 200
    return [one.text for one in docx.Document(io.BytesIO(answer.get_data())).paragraphs]


def test_the_word_file_tells_the_record(app: Any, enter: Any) -> None:
    held = Held()
    number = db.session.get_one(Application, held.ids[0]).number
    (found,) = [one for one in queries.ranking(held.round) if one.lines]
    observer = enter(held.staff[Role.AUDITOR])
    observer.get(HOME)
    lines = said(observer.get(f"{HOME}/minutes.docx", headers=ENGLISH))
    assert lines[0].endswith("项目评审会纪要")
    assert "时间：2018年6月8日 09:00—16:30（北京时间）" in lines
    assert "到会专家（2 名）：专家1 虚构专家0、专家3 虚构专家2。" in lines
    assert "列席与监督人员：虚构监督 派驻纪检组。" in lines and "虚构说明" in lines
    assert [line for line in lines if line.startswith(f"{number} 虚构项目甲0：专家3 虚构专家2，")]
    assert [line for line in lines if line.startswith("第 1 次抽签") and "种子 5）" in line]
    places = [lines.index(line) for line in lines if "虚构项目甲" in line and line[1] == "."]
    assert len(places) == 2 and places == sorted(places)
    ranked = [line for line in lines if line.endswith(" 分")]
    assert found.final and len(ranked) == 2 and "79.00" in ranked[0]


@needs_fonts
def test_the_pdf_says_the_same_on_counted_pages(app: Any, enter: Any, tmp_path: Path) -> None:
    held = Held()
    officer = enter(held.officer)
    pages = words_of(officer.get(f"{HOME}/minutes.pdf", headers=ENGLISH), tmp_path)
    assert "项目评审会纪要" in pages[0] and f"Page 1 of {len(pages)}" in pages[0]
    assert "虚构楼三楼会议室" in pages[0].replace(" ", "") and "虚构说明" in "".join(pages).replace(" ", "")


def test_minutes_are_whole_or_refused(app: Any, enter: Any) -> None:
    review = Review(2)
    officer = enter(review.officer)
    page = officer.get(HOME, headers=ENGLISH)
    assert "not written down yet" in page.page.words
    for name in ("minutes.pdf", "minutes.docx"):
        assert officer.get(f"{HOME}/{name}").status_code == 409
    operator = review.staff[Role.OPERATOR]
    browser = enter(operator)
    browser.get(HOME)
    browser.post(HOME, TYPED)
    assert browser.get(f"{HOME}/minutes.docx").status_code == 200
    db.session.add(Barred(application_id=review.ids[0], person_id=operator.id))
    save()
    refused = browser.get(f"{HOME}/minutes.docx", headers=ENGLISH)
    assert refused.status_code == 409 and "虚构项目甲0" not in refused.page.words
    assert "A tie hides a project" in browser.get(HOME, headers=ENGLISH).page.words
    assert officer.get(f"{HOME}/minutes.docx").status_code == 200


@pytest.mark.parametrize("address", [f"{HOME}/minutes.docx", f"{HOME}/minutes.pdf", f"{HOME}/pack.pdf", HOME])
def test_nobody_but_the_staff_gets_them(app: Any, enter: Any, address: str) -> None:
    review = Review(1)
    assert enter(review.experts[0]).get(address).status_code == 403
