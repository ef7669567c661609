"""Fees of experts: rates, the list with exceptions, receipts by another person, numbers that only finance sees."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import make
import openpyxl
import pytest
from client import save
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from venture import clock, sessions, trail
from venture.db import db
from venture.desk import reports
from venture.people import proofs
from venture.refusal import Refused
from venture.review import actions, queries
from venture.review.defaults import OtherFee, Record
from venture.review.models import ExpertAccount, Fee, Title
from venture.roles import Role

NOW = make.NOON + timedelta(days=40)
TODAY = clock.beijing_day(NOW)
SECRET = "a secret that is long enough for tests only"
IDENTITY = "11010519491231002X"  # the standard's own example
CARD = "6222 0211 1100 1234 560"


def codes(refused: Any) -> list[str]:
    return [blocker.code.partition(".")[2] for blocker in refused.value.blockers]


class Scene:
    """A round with three experts on its panel: a senior, an associate and one without a title; rates are set."""

    def __init__(self) -> None:
        self.officer = make.person(Role.OFFICER, name="虚构经办")
        self.finance = make.person(Role.FINANCE, name="虚构财务")
        self.round = make.round_(self.officer)
        people = [make.person(Role.EXPERT, name=f"虚构专家{n}") for n in range(1, 4)]
        self.experts = actions.take_in(people=people, by=self.officer, at=NOW)
        for expert, title in zip(self.experts, (Title.SENIOR, Title.ASSOCIATE, Title.NONE), strict=True):
            record = Record(title, "", "", "", frozenset(), {})
            actions.save_expert(expert=expert, record=record, seen=1, by=self.officer, at=NOW)
        self.seats = actions.seat(round=self.round, people=people, by=self.officer, at=NOW)
        amounts = {Title.SENIOR: 200_000, Title.ASSOCIATE: 100_000, Title.NONE: 80_000}
        actions.set_rates(round=self.round, amounts=amounts, by=self.officer, at=NOW)
        save()

    def set(self, **exceptions: Any) -> list[Fee]:
        others = {int(name[1:]): OtherFee(*given) for name, given in exceptions.items()}
        return actions.set_fees(round=self.round, exceptions=others, by=self.officer, at=NOW)

    def sums(self) -> list[tuple[int, int]]:
        return [(row.gross, row.tax) for row in queries.fee_rows(self.round)]

    def note(self, fees: list[Fee], **more: Any) -> None:
        actions.note_receipts(**{"fees": fees, "signed_on": TODAY, "by": self.finance, "at": NOW, **more})


def test_each_gets_the_rate_of_the_title_and_exceptions_have_a_reason(app: Any) -> None:
    scene = Scene()
    assert scene.sums() == [(200_000, 24_000), (100_000, 4_000), (80_000, 0)]
    with pytest.raises(Refused) as refused:
        scene.set(e1=(500_000, " "), e3=(0, ""))
    assert codes(refused) == ["fee_reason", "fee_reason"]
    fees = scene.set(e1=(500_000, "两天评审"), e2=(100_000, "与标准相同"))
    assert [(fee.gross, fee.tax, fee.net, fee.reason) for fee in fees] == [
        (500_000, 80_000, 420_000, "两天评审"),
        (100_000, 4_000, 96_000, ""),
        (80_000, 0, 80_000, ""),
    ]
    assert scene.set(e1=(500_000, "两天评审")) == []


def test_rates_changed_later_leave_what_is_set_until_it_is_set_anew(app: Any) -> None:
    scene = Scene()
    first, *_rest = scene.set()
    rates = {Title.SENIOR: 300_000, Title.NONE: 80_000}
    actions.set_rates(round=scene.round, amounts=rates, by=scene.officer, at=NOW)
    assert scene.sums()[0] == (200_000, 24_000)
    scene.note([first])
    assert scene.set() == [] and scene.sums()[0] == (200_000, 24_000)
    actions.strike_receipt(fee=first, reason="记错人", by=scene.finance, at=NOW)
    assert scene.set() == [first] and scene.sums()[0] == (300_000, 44_000)
    save()
    said = [event.facts for event in trail.history(scene.round) if event.did == "review.set_rates"]
    assert said[0] == {"senior": [200_000, 300_000]}


def test_a_receipt_is_noted_once_by_another_person_and_not_ahead(app: Any) -> None:
    scene = Scene()
    one, two, three = scene.set()
    both = make.person(Role.OFFICER, Role.FINANCE)
    actions.set_fees(round=scene.round, exceptions={3: OtherFee(90_000, "远道")}, by=both, at=NOW)
    scene.note([one])
    for fees, more, code in (
        ([], {}, ["nobody_chosen"]),
        ([two], {"signed_on": TODAY + timedelta(days=1)}, ["signed_later"]),
        ([one, three], {"by": both}, ["receipt_noted", "own_fee"]),
        ([two], {"by": scene.experts[1].person}, ["own_fee"]),
    ):
        with pytest.raises(Refused) as refused:
            scene.note(fees, **more)
        assert codes(refused) == code
    scene.note([two, three])
    with pytest.raises(Refused) as refused:
        actions.strike_receipt(fee=two, reason="", by=scene.finance, at=NOW)
    assert codes(refused) == ["no_reason"]


def test_a_seat_goes_with_its_fee_unless_it_was_signed_for(app: Any) -> None:
    scene = Scene()
    one, _two, _three = scene.set()
    scene.note([one])
    with pytest.raises(Refused) as refused:
        actions.unseat(panelist=scene.seats[0], reason="虚构", by=scene.officer, at=NOW)
    assert codes(refused) == ["has_receipt"]
    actions.unseat(panelist=scene.seats[1], reason="虚构", by=scene.officer, at=NOW)
    assert len(scene.sums()) == 2


@pytest.mark.unsound("fees")
def test_the_database_keeps_tax_and_two_people(app: Any) -> None:
    scene = Scene()
    one, *_rest = scene.set()
    save()
    for values, constraint in (
        ({"tax": one.gross + 1}, "ck_fee_tax"),
        ({"signed_on": TODAY}, "ck_fee_receipt"),
        ({"signed_on": TODAY, "noted_at": NOW, "noted_by_id": scene.officer.id}, "ck_fee_two_people"),
    ):
        with pytest.raises(IntegrityError, match=constraint):
            db.session.execute(update(Fee).where(Fee.id == one.id).values(**values))
        db.session.rollback()
    db.session.execute(update(Fee).where(Fee.id == one.id).values(tax=23_999))
    db.session.commit()
    assert list(queries.broken_fees()) == [f"fee {one.id}: tax 23999, the rule withholds 24000 fen"]


def test_numbers_are_sealed_read_by_finance_only_and_every_sight_is_on_record(app: Any) -> None:
    scene = Scene()
    given: dict[str, Any] = {
        "person": scene.experts[0].person,
        "identity": IDENTITY.lower(),
        "bank": "虚构银行",
        "card": CARD,
        "secret": SECRET,
        "by": scene.finance,
        "at": NOW,
    }
    for more, code in (
        ({"by": scene.officer}, ["not_finance"]),
        (
            {"identity": "110105194912310021", "card": "12", "bank": " "},
            ["bad_identity", "bad_card", "no_bank"],
        ),
        ({"identity": "110105194913310020"}, ["bad_identity"]),
    ):
        with pytest.raises(Refused) as refused:
            actions.enter_account(**{**given, **more})
        assert codes(refused) == code
    actions.enter_account(**given)
    save()
    stored = db.session.execute(text("SELECT * FROM expert_account")).one()
    assert not any(IDENTITY in str(value) or "6222" in str(value) for value in stored)
    assert proofs.unseal(SECRET, stored.sealed) is None, "sealed for another purpose"
    events = db.session.scalars(select(trail.Event)).all()
    assert not any(IDENTITY in event.difference or "62220211" in event.difference for event in events)
    read: dict[str, Any] = {"round": scene.round, "by": scene.finance, "at": NOW}
    with pytest.raises(Refused):
        actions.read_accounts(**{**read, "by": scene.officer}, secret=SECRET)
    ((who, account),) = actions.read_accounts(**read, secret=SECRET)
    assert (who, account) == (given["person"], (IDENTITY, "虚构银行", CARD.replace(" ", "")))
    assert actions.read_accounts(**read, secret="another secret, as long as that one was") == [(who, None)]
    save()
    row = db.session.scalars(select(ExpertAccount)).one()
    assert [event.did for event in trail.history(row)] == [
        "review.read_account",
        "review.read_account",
        "review.enter_account",
    ]


def test_the_list_for_signature_sums_to_the_fen_and_names_no_number(app: Any) -> None:
    scene = Scene()
    scene.set(e1=(500_033, "两天评审"))
    save()
    sheet = openpyxl.load_workbook(BytesIO(reports.fees(scene.round))).worksheets[0]
    lines = [list(row) for row in sheet.iter_rows(min_row=4, values_only=True)]
    assert lines[0][1:3] == ["虚构专家1", "正高级"]
    assert lines[0][4:7] == [5000.33, 800.05, 4200.28] and lines[0][9] == "两天评审"
    assert lines[3][0] == "合计" and lines[3][4:7] == [6800.33, 840.05, 5960.28]
    assert lines[4][0] == "人民币(大写):伍仟玖佰陆拾元贰角捌分"


# --- pages ---


def test_set_signed_and_struck_through_the_pages(app: Any, enter: Any) -> None:
    scene = Scene()
    where = f"/rounds/{scene.round.year}/fees"
    officer, finance = enter(scene.officer), enter(scene.finance)
    assert officer.post(f"{where}/rates", {"rate_senior": "很多"}).status_code == 422
    assert officer.post(f"{where}/rates", {"rate_senior": "2500"}).status_code == 303
    sent = {"gross_1": "3000", "reason_1": "", "gross_2": "0", "gross_3": ""}
    refused = officer.post(where, sent)
    assert refused.status_code == 422 and 'value="3000"' in refused.get_data(as_text=True)
    preview = officer.post(where, {**sent, "reason_1": "两天评审"})
    assert preview.status_code == 200 and "2,560.00" in preview.page.words
    assert db.session.scalars(select(Fee)).all() == []
    assert officer.post(where, {**sent, "reason_1": "两天评审", "confirmed": "1"}).status_code == 303
    assert scene.sums() == [(300_000, 44_000), (0, 0), (0, 0)]
    officer.post(f"{where}/rates", {"rate_none": "500"})
    prefilled = next(form["fields"] for form in officer.get(where).page.forms if "gross_1" in form["fields"])
    assert [prefilled[f"gross_{n}"] for n in (1, 2, 3)] == ["3,000.00", "0.00", "500.00"]
    fee = db.session.scalars(select(Fee).order_by(Fee.id)).first()
    assert fee is not None
    noted = {"fees": str(fee.id), "signed_on": clock.beijing_day(clock.now()).isoformat()}
    assert finance.post(f"{where}/receipts", {**noted, "signed_on": ""}).status_code == 422
    assert finance.post(f"{where}/receipts", {**noted, "fees": "0"}).status_code == 422
    assert officer.post(f"{where}/receipts", noted).status_code == 403
    assert finance.post(f"{where}/receipts", noted).status_code == 303
    assert "两天评审" in finance.get(where).page.words
    assert finance.get(f"{where}/1/strike").status_code == 200
    assert finance.post(f"{where}/1/strike", {"reason": ""}).status_code == 422
    assert finance.post(f"{where}/1/strike", {"reason": "记错人"}).status_code == 303
    assert finance.get(f"{where}/9/strike").status_code == 404
    sheet = officer.get(f"/rounds/{scene.round.year}/sheets/fees.xlsx")
    assert sheet.status_code == 200


def test_numbers_are_shown_on_demand_and_never_in_a_form(app: Any, enter: Any) -> None:
    scene = Scene()
    where = f"/experts/{scene.experts[0].id}/account"
    officer, finance = enter(scene.officer), enter(scene.finance)
    sent = {"identity": IDENTITY, "bank": "虚构银行", "card": CARD}
    assert officer.get(where).status_code == officer.post(where, sent).status_code == 403
    assert finance.post(where, {**sent, "identity": "1"}).status_code == 422
    assert finance.post(where, sent).status_code == 303
    assert IDENTITY not in finance.get(where).get_data(as_text=True)
    for browser in (officer, finance):
        for page in ("/experts", f"/experts/{scene.experts[0].id}", f"/rounds/{scene.round.year}/fees"):
            html = browser.get(page).get_data(as_text=True)
            assert IDENTITY not in html and "1234560" not in html
    db.session.execute(update(sessions.SignIn).values(proved_at=make.NOON))
    db.session.commit()
    assert finance.post(where, sent).headers["Location"] == "/prove"
    (kept,) = db.session.scalars(select(sessions.Kept))
    assert "虚构银行" in str(kept.fields)
    assert IDENTITY not in str(kept.fields) and "1100" not in str(kept.fields), (
        "kept aside without the numbers"
    )
    db.session.execute(update(sessions.SignIn).values(proved_at=clock.now()))
    db.session.commit()
    shown = f"/rounds/{scene.round.year}/fees/accounts"
    assert officer.post(shown).status_code == 403
    page = finance.post(shown)
    assert page.status_code == 200 and IDENTITY in page.page.words
    row = db.session.scalars(select(ExpertAccount)).one()
    assert trail.history(row)[0].did == "review.read_account"


def test_the_list_takes_as_many_statements_at_one_expert_as_at_many(app: Any, statements: Any) -> None:
    scene = Scene()
    counts = []
    for size in (0, 9):
        people = [make.person(Role.EXPERT) for _ in range(size)]
        if people:
            actions.seat(round=scene.round, people=people, by=scene.officer, at=NOW)
        scene.set()
        save()
        _ = scene.round.id
        statements.clear()
        assert all(row.panelist.person.name for row in queries.fee_rows(scene.round))
        counts.append(len(statements))
    assert counts == [2, 2]
