"""The demonstration, loaded once a run and served to a real browser."""

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from flask_migrate import upgrade

from venture import config, create_app
from venture.cli import tell
from venture.db import db

REQUIRE_ALL = os.environ.get("VENTURE_REQUIRE_ALL") == "1"
SECRET = "a secret that is long enough for tests only"


def demo_settings(folder: Path) -> config.Settings:
    return config.Settings(
        data=folder,
        database_url=f"sqlite:///{folder / 'venture.db'}",
        secret=SECRET,
        base_url="http://localhost",
        demo=True,
        password_memory=1024,
    )


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demonstration at its stage «review»; built once, shared by the workers, never written to."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = base / "demonstration"
    with (base / "demonstration.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            making = folder.with_suffix(".making")
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir()
            with create_app(demo_settings(making)).app_context():
                upgrade()
                tell("review")
                db.session.remove()
                db.engine.dispose()
            making.rename(folder)
    return folder


def copied(loaded: Path, target: Path) -> Path:
    """A copy of the demonstration to write in."""
    return Path(shutil.copytree(loaded, target, dirs_exist_ok=True))


@contextmanager
def served(folder: Path, *, demo: bool = True, days_ahead: int = 0) -> Iterator[str]:
    """Serve what is in `folder` by gunicorn on a free port, the clock set some days ahead; the address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "VENTURE_DATA": str(folder),
        "VENTURE_DEMO": "1" if demo else "0",
        "VENTURE_SECRET": SECRET,
        "VENTURE_BASE_URL": address,
        "DAYS_AHEAD": str(days_ahead),
    }
    environment.pop("DATABASE_URL", None)
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--bind",
        f"127.0.0.1:{port}",
        "--workers",
        "2",
        "--threads",
        "4",
    ]
    command += ["--no-control-socket", "--log-level", "warning"]
    if days_ahead:
        command += ["--pythonpath", str(Path(__file__).parent), "journeys.later:create_app()"]
    else:
        command += ["venture:serve()"]
    server = subprocess.Popen(command, env=environment, cwd=config.ROOT)
    try:
        for _ in range(150):
            try:
                with urlopen(f"{address}/health", timeout=5):
                    break
            except OSError:
                time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture(scope="session")
def site(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the demonstration, served from a copy; for walks that change nothing of note."""
    with served(copied(loaded, tmp_path_factory.mktemp("site"))) as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A real Chromium (Debian's); without one these tests fail where all is required."""
    found = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))),
        None,
    )
    if found is None:
        if REQUIRE_ALL:
            pytest.fail("Chromium is missing")
        pytest.skip("Chromium is missing: apt-get install chromium fonts-noto-cjk")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
            ],
        )
        yield browser
        browser.close()


def enter(page: Any, site: str, key: str) -> None:
    """Enter the demonstration by a role's card."""
    page.goto(f"{site}/")
    page.locator(f'form[action="/enter/{key}"] button').click()
    page.wait_for_load_state()
