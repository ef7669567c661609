"""The code in the foot of a printed page: typed off the paper in any way it is found again, and no other is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from venture.applications import codes

SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
ALIKE = {"O": "0", "B": "8", "I": "1", "L": "1", "S": "5", "Z": "2", "G": "6"}

made = st.text(SIGNS, min_size=codes.LENGTH, max_size=codes.LENGTH)


def full_width(text: str) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


@given(made, st.data())
def test_however_it_is_typed_it_is_found(code: str, data: st.DataObject) -> None:
    typed = "".join(data.draw(st.sampled_from([sign, ALIKE.get(sign, sign)])) for sign in code)
    cut = data.draw(st.integers(1, codes.LENGTH - 1))
    typed = typed[:cut] + data.draw(st.sampled_from(["", " ", "  ", "-", "　", "－"])) + typed[cut:]
    typed = data.draw(st.sampled_from([typed, typed.lower(), full_width(typed), f"  {typed}\n"]))
    assert codes.match(typed, {code: 7}) == (code, 7)


@given(made, st.integers(0, codes.LENGTH - 1), st.sampled_from(SIGNS))
def test_one_wrong_sign_is_no_code(code: str, place: int, sign: str) -> None:
    wrong = code[:place] + sign + code[place + 1 :]
    alike = ALIKE.get(sign, sign) == ALIKE.get(code[place], code[place])
    assert (codes.match(wrong, {code: 1}) is not None) == alike


@pytest.mark.parametrize(
    "typed",
    [
        "2018-001/2/ABCDEFGHIJKL",
        "2018-001 · 版本 2 · ABCDEFGHIJKL",
        "2018-001 · Version 2 · abcdefghijkl",
        "２０１８－００１／２／ＡＢＣＤＥＦＧＨＩＪＫＬ",
    ],
)
def test_the_whole_foot_or_what_a_scanner_reads_will_do(typed: str) -> None:
    assert codes.read(typed) == codes.Written("ABCDEFGHIJKL", "2018-001", "2")


@pytest.mark.parametrize(
    "typed", ["", "  ", "ABC", "ABCDEFGHIJKLM", "版本一的编码在这里啊", "\x00" * 12, "é" * 12]
)
def test_what_cannot_be_a_code(typed: str) -> None:
    assert codes.match(typed, {"ABCDEFGHIJKL": 1}) is None


@given(st.integers(1, 10**6), st.integers(1, 10**4))
def test_each_state_of_a_draft_has_its_own(application: int, revision: int) -> None:
    code = codes.of_draft(application, revision)
    assert len(code) == codes.LENGTH and set(code) <= set(SIGNS)
    assert (
        len({code, codes.of_draft(application, revision + 1), codes.of_draft(application + 1, revision)}) == 3
    )
