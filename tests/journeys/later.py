"""The product some days later: served by the journeys, since a notice takes working days to end."""

import os
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import venture
from venture import clock


def create_app() -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    """The app, every request of which is answered DAYS_AHEAD days after the present."""
    app, ahead = venture.create_app(), timedelta(days=int(os.environ["DAYS_AHEAD"]))

    def later(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        with clock.told(clock.now() + ahead):
            return app(environ, start)

    return later
