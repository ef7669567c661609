"""The unified social credit code: known codes, every slip, and an independent oracle."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from venture.people import credit_code
from venture.people.credit_code import ALPHABET, Kind, Malformed

VALID = {
    "51320684MJ00000186": Kind.ASSOCIATION,
    "52320684MJ0000026X": Kind.SERVICE,
    "53320684MJ0000034M": Kind.FOUNDATION,
    "51320614MJ100001X1": Kind.ASSOCIATION,
    "52320614MJ1000028X": Kind.SERVICE,
    "52320614MJ00001140": Kind.SERVICE,
    "52320600MJ20000114": Kind.SERVICE,
    "53320000000000019T": Kind.FOUNDATION,
    "59320614MJ10000956": Kind.CIVIL_OTHER,
    "91350100M000100Y43": Kind.COMPANY,
    "11320684000000019R": Kind.PUBLIC,
}


@pytest.mark.parametrize(("code", "kind"), VALID.items())
def test_valid_codes_and_who_holds_them(code: str, kind: Kind) -> None:
    assert credit_code.parse(code) == code
    assert credit_code.kind_of(code) is kind
    assert credit_code.body_check(code) is None


def test_only_three_kinds_may_apply() -> None:
    assert [code[:2] for code, kind in VALID.items() if kind not in credit_code.SOCIAL_ORGANIZATIONS] == [
        "59",
        "91",
        "11",
    ]


@pytest.mark.parametrize(
    ("code", "reason", "facts"),
    [
        ("", "empty", {}),
        ("52320684MJ0000026Y", "check", {"expected": "X"}),
        ("52320684MJ0000062X", "check", {"expected": "M"}),
        ("52320864MJ0000026X", "check", {"expected": "9"}),
        ("52320684MJ000026X", "length", {"found": 17}),
        ("52320684MJ0000026XX", "length", {"found": 19}),
        ("52320684MJO000026X", "sign", {"sign": "O", "position": 11, "offer": "52320684MJ0000026X"}),
        ("52320684MI0000026X", "sign", {"sign": "I", "position": 10, "offer": None}),
        ("52320684MJ0000026Z", "sign", {"sign": "Z", "position": 18, "offer": None}),
        ("5232068AMJ0000026X", "region", {"position": 8}),
        ("523206840000000000", "check", {"expected": "M"}),
    ],
)
def test_a_wrong_code_is_refused_with_the_reason(code: str, reason: str, facts: dict[str, object]) -> None:
    with pytest.raises(Malformed) as refusal:
        credit_code.parse(code)
    assert (refusal.value.code, refusal.value.facts) == (f"credit_code.{reason}", facts)


def test_a_wrong_check_of_the_body_is_a_warning_only() -> None:
    assert credit_code.parse("52320684MJ00000271") == "52320684MJ00000271"
    assert credit_code.body_check("52320684MJ00000271") == "6"


def test_the_normal_form() -> None:
    assert credit_code.parse(" ５２３２０６８４－mj００ ０００２６ｘ ") == "52320684MJ0000026X"


def test_every_one_of_540_slips_in_one_sign_is_caught() -> None:
    code = "52320684MJ0000026X"
    slips = [
        code[:place] + sign + code[place + 1 :]
        for place in range(18)
        for sign in ALPHABET
        if sign != code[place]
    ]
    assert len(slips) == 540
    assert [slip for slip in slips if credit_code.is_valid(slip)] == []


@pytest.mark.parametrize("code", VALID)
def test_neighbours_changing_places_are_caught(code: str) -> None:
    swapped = {code[:at] + code[at + 1] + code[at] + code[at + 2 :] for at in range(17)} - {code}
    assert [slip for slip in swapped if credit_code.is_valid(slip)] == []


@given(
    st.text("123456789", min_size=1, max_size=1),
    st.text("1239", min_size=1, max_size=1),
    st.text("0123456789", min_size=6, max_size=6),
    st.text(ALPHABET, min_size=9, max_size=9),
    st.sampled_from(ALPHABET),
)
def test_it_agrees_with_an_independent_library(
    authority: str, kind: str, region: str, body: str, last: str
) -> None:
    base = authority + kind + region + body
    assert credit_code.check_sign(base) == uscc.calc_check_digit(base)
    assert credit_code.is_valid(base + last) == uscc.is_valid(base + last)
    assert credit_code.is_valid(base + credit_code.check_sign(base))


def test_letters_may_stand_for_the_authority_though_the_library_knows_digits_only() -> None:
    base = "N2320684MJ0000026"
    code = base + credit_code.check_sign(base)
    assert credit_code.is_valid(code)
    assert not uscc.is_valid(code)
