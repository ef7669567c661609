"""F02 and the bar of §1: run after run, nothing is committed beyond an earmark or promised beyond an award."""

from collections.abc import Callable

import pytest
from faults.hammer import hammer

from venture.web import Venture

pytestmark = pytest.mark.faults


def test_no_theme_and_no_award_is_ever_over_committed(
    app: Venture, long: bool, record_property: Callable[[str, object], None]
) -> None:
    runs = 1000 if long else 5
    struck = hammer(app, runs)
    record_property("runs", runs)
    record_property("faults", len(struck.faults))
    record_property("run again", struck.again)
    record_property("answers", dict(struck.answers))
    assert struck.faults == []
    assert struck.answers["awarded"] == struck.answers["requested"] == 3 * runs
    assert struck.answers["budget.over_earmark"] >= 3 * runs
    assert not struck.answers["busy"]
