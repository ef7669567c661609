"""Every address that changes something says so in the trail.

Two walks. Here, through the code: from each POST view along all that it names, down to `trail.say`. And with
VENTURE_WITNESS=1 in every test that posts (`client.nothing_unsaid`): what it committed was committed with an event.
The first sees every address but not every branch; the second every branch that some test takes.
"""

import ast
import inspect
import textwrap
import types
from collections.abc import Iterator
from typing import Any

import make
import pytest
from client import nothing_unsaid, save

from venture.db import db
from venture.people.models import Person
from venture.web import Venture

SILENT = {
    "applications.begin": "says where a file in pieces stands; on record is only the whole file",
    "applications.verify": "counts that somebody asked; what for is not kept",
    "people.language": "a cookie of this browser",
    "people.stay": "says only that somebody is there",
    "people.forget_kept": "drops what the product itself kept of somebody's typing",
}
"""POST addresses that change nothing of the record, and what they do instead."""
STOPS = {"venture.web", "venture.door", "venture.trail", "venture.sessions"}


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _near(function: Any) -> Iterator[Any]:
    """The functions that the function names: its own module's, those of modules it names, and those in tables."""
    names = {name for code in _codes(function.__code__) for name in code.co_names}
    named = [function.__globals__[name] for name in names if name in function.__globals__]
    modules = [one for one in named if isinstance(one, types.ModuleType)]
    named += [getattr(module, name) for module in modules for name in names if hasattr(module, name)]
    for table in [one for one in named if isinstance(one, dict)]:
        for entry in table.values():
            kept = entry if isinstance(entry, tuple) else getattr(entry, "__dict__", {}).values()
            named += [entry, *kept]
    for one in named:
        if isinstance(one, types.FunctionType) and one.__module__.startswith("venture."):
            yield inspect.unwrap(one)


def reached(view: Any) -> list[Any]:
    """The view and all functions of the product that it may come to."""
    found, queue = [], [inspect.unwrap(view)]
    while queue:
        one = queue.pop()
        if one not in found and one.__module__ not in STOPS:
            found.append(one)
            queue += _near(one)
    return found


def events(function: Any) -> set[str]:
    """The events that the function says itself; a part that is worked out is written as *."""
    said: set[str] = set()
    if function.__name__ == "<lambda>":
        return said
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        if called in {"trail.say", "say"}:
            named = node.args[1]
            said |= {one.value for one in ast.walk(named) if isinstance(one, ast.Constant)} or {"*"}
        if called == "trail.correct":
            said.add("correct")
    return said


def test_every_post_comes_to_its_event(app: Venture) -> None:
    known: dict[Any, set[str]] = {}
    mute = set()
    posts = {one.endpoint for one in app.url_map.iter_rules() if "POST" in (one.methods or set())}
    assert len(posts) > 120
    for endpoint in posts:
        functions = reached(app.view_functions[endpoint])
        if not any(known.setdefault(one, events(one)) for one in functions):
            mute.add(endpoint)
    assert mute == set(SILENT)


def test_the_witness_sees_a_change_that_was_not_said(app: Venture) -> None:
    """The guard over every post of every test bites."""
    made = make.person()
    save()
    with pytest.raises(AssertionError, match="person"), nothing_unsaid():
        db.session.get_one(Person, made.id).name = "虚构改名"
        db.session.commit()
