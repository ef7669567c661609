"""An application server whose clock is some seconds ahead."""

import os
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import venture
from venture import clock


def create_app() -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    """The app, every request of which is answered SECONDS_AHEAD seconds after the present."""
    app, ahead = venture.create_app(), timedelta(seconds=int(os.environ["SECONDS_AHEAD"]))

    def later(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        with clock.told(clock.now() + ahead):
            return app(environ, start)

    return later
