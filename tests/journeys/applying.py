"""Filling in and sending an application, whoever's hand it is."""

from collections.abc import Mapping
from pathlib import Path

from journeys.hand import Given, Hand
from journeys.papers import pdf

TASKS = "ul.tasks a"


def fill_in(
    hand: Hand, application: int, parts: Mapping[str, Mapping[str, Given]], kinds: list[str], folder: Path
) -> None:
    """Go from the task list through all parts and back, each saved, and attach what is asked for."""
    home = f"/applications/{application}"
    hand.go(home)
    for code, values in parts.items():
        hand.follow(f'{TASKS}[href="{home}/parts/{code}"]')
        hand.send(f"{home}/parts/{code}", values)
        assert hand.path == home
    hand.follow(f'{TASKS}[href="{home}/parts/papers"]')
    for kind in kinds:
        hand.attach(f"{home}/papers/{kind}", pdf(folder, f"{kind}-{application}"))
    hand.go(home)


def submit(hand: Hand, application: int) -> str:
    """Check, submit, and read the receipt; the application's number."""
    home = f"/applications/{application}"
    hand.follow(f'a[href="{home}/submit"]')
    hand.send(f"{home}/submit")
    assert hand.path == f"{home}/receipt"
    facts = hand.facts()
    sha256 = [value for value in facts if len(value) == 64]
    assert sha256, facts
    return facts[0]
