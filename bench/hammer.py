"""Over-commits in many runs, confirmed submissions lost under kill -9, the last minute: figures for both engines.

.venv/bin/python bench/hammer.py [-k "over_commit or submission or minute"] [-k sqlite]
"""

import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


class Told:
    """Prints what each of the long tests has measured."""

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            figures = ", ".join(f"{name} {value}" for name, value in report.user_properties)
            print(f"\n{report.nodeid.rpartition('::')[2]}: {report.outcome}, {figures}", flush=True)


if __name__ == "__main__":
    began = time.monotonic()
    tests = [
        str(ROOT / "tests" / "faults" / name)
        for name in ("test_over_commit.py", "test_kills.py", "test_rush.py")
    ]
    code = pytest.main(["-q", "-p", "no:cacheprovider", "--long", *tests, *sys.argv[1:]], plugins=[Told()])
    print(f"{time.monotonic() - began:.0f} s in all")
    sys.exit(code)
