"""Numbers that no published text may hold, in every way in which people type them; and what is no such number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from venture.private import number_in


@pytest.mark.parametrize(
    "typed",
    [
        "13800138000",
        "联系13800138000。",
        "138 0013 8000",
        "138-0013-8000",
        "１３８００１３８０００",
        "32068419900101003X",
        "320684 19900101 003x",
        "320684900101003",
        "6222021111001234560",
        "6222 0211 1100 1234 560",
        "6222-0211-1100-1234",
    ],
)
def test_a_private_number_is_found(typed: str) -> None:
    assert number_in(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "0513-82210000",
        "2018-05-20 2018-05-25",
        "2018年5月20日17:00:00至2018年5月25日",
        "600,000.00元",
        "52320684MJ5123455B",
        "统一社会信用代码53320000000000019T",
        "11320684000000019R",
        "52320614MJ00001140",
        "HM2018001",
        "海民〔2018〕12号",
        "1,380,013,800.00",
        "12345",
    ],
)
def test_what_is_no_private_number_may_stand(typed: str) -> None:
    assert not number_in(typed)


@pytest.mark.parametrize(
    "typed", ["0513-82210000", "电话0513 8221 0000", "０５１３－８２２１００００", "010 82210000"]
)
def test_a_landline_is_found_where_no_office_is_named(typed: str) -> None:
    assert number_in(typed, landlines=True) and not number_in(typed)


@pytest.mark.parametrize("typed", ["2018-05-20", "0.05元", "00012345", "2018年0512号"])
def test_what_is_no_landline(typed: str) -> None:
    assert not number_in(typed, landlines=True)


@given(
    st.text("，。项目 a", max_size=20),
    st.integers(3, 9),
    st.integers(0, 10**9 - 1),
    st.text("。元 b", max_size=20),
)
def test_a_mobile_number_is_found_in_any_text(before: str, second: int, rest: int, after: str) -> None:
    assert number_in(f"{before}1{second}{rest:09d}{after}")
