"""The letters of the place before the numbers of projects and matters."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import settings

from venture import config, create_app, numbering


@pytest.fixture(autouse=True)
def usual() -> Iterator[None]:
    yield
    numbering.belong_to(config.Settings.letters)


def test_numbers_begin_with_the_letters_of_the_place(tmp_path: Path) -> None:
    assert (numbering.of_projects(2018), numbering.of_matters(2018)) == ("HM2018", "HM-2018-")
    made = create_app(replace(settings(tmp_path), letters="RD"))
    assert made.jinja_env.globals["matter_example"]().startswith("RD-20"), "so do the examples on pages"
    assert (numbering.of_projects(2018), numbering.of_matters(2018)) == ("RD2018", "RD-2018-")


@pytest.mark.parametrize("letters", ["", "H1", "海门", "HAIMENQU", "H M"])
def test_what_is_no_letters_stops_the_start(
    letters: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VENTURE_DATA", str(tmp_path))
    monkeypatch.setenv("VENTURE_LETTERS", letters)
    with pytest.raises(config.BadSetting, match="VENTURE_LETTERS"):
        config.from_environment()
    monkeypatch.setenv("VENTURE_LETTERS", "hm ")
    assert config.from_environment().letters == "HM"
