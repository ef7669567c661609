"""The house's own rules over code and templates, each shown to bite on a planted bad line."""

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from venture.config import ROOT

Rule = Callable[[str, ast.Module], Iterator[int]]
"""From a file's place (as venture/web.py) and its tree to the lines at fault."""


def _calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def _is_text(node: ast.expr) -> bool:
    """A text as it stands; not one put together by f"…", +, % or format."""
    return isinstance(node, ast.Constant)


def formatted_sql(place: str, tree: ast.Module) -> Iterator[int]:
    """A statement as text is written out whole; values go in as parameters."""
    for name, call in _calls(tree):
        short = name.rpartition(".")[2]
        raw = short == "exec_driver_sql" or name in {"text", "sqlalchemy.text", "sa.text"}
        if raw and call.args and not _is_text(call.args[0]) and not _harmless(call.args[0]):
            yield call.lineno
        if short in {"execute", "scalar", "scalars", "executescript"} and call.args:
            given = call.args[0]
            ours = ast.unparse(given) in OUR_NAMES.get(place, ())
            if isinstance(given, ast.JoinedStr | ast.BinOp) and not _harmless(given) and not ours:
                yield call.lineno


OUR_NAMES = {
    "venture/db.py": ("f'PRAGMA {pragma}'",),
    "venture/backup.py": (
        """f'CREATE DATABASE "{name}" TEMPLATE template0'""",
        """f'DROP DATABASE "{name}" WITH (FORCE)'""",
    ),
}
"""Where the engine takes no parameter: settings, and a database's name, both made by the line before."""


def _harmless(node: ast.expr) -> bool:
    """Put together from whole texts only: a choice between two, or numbers of the program's own."""
    if isinstance(node, ast.IfExp):
        return _is_text(node.body) and _is_text(node.orelse)
    if isinstance(node, ast.JoinedStr):
        parts = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
        return all(isinstance(part, ast.IfExp) and _harmless(part) for part in parts)
    return False


def markup(place: str, tree: ast.Module) -> Iterator[int]:
    """Markup is declared safe in two places only: the sentences of our templates, and the drawn QR code."""
    for name, call in _calls(tree):
        declared = name.rpartition(".")[2] == "Markup"
        if declared and place not in {"venture/web.py", "venture/people/views/shared.py"}:
            yield call.lineno


def transactions(place: str, tree: ast.Module) -> Iterator[int]:
    """Transactions end in the web's dispatch, the commands, the copy of a database, and where presence is noted;
    reading ends before a sheet is written."""
    ends = {"venture/web.py", "venture/cli.py", "venture/db.py", "venture/backup.py", "venture/door.py"}
    ends |= {"venture/desk/reports/bureau.py", "venture/desk/reports/own.py"}
    for name, call in _calls(tree):
        right = name.rpartition(".")[2]
        if right not in {"commit", "rollback"} or place in ends or place.startswith("venture/demo/"):
            continue
        undo_a_trial = name == "web.rollback" and "/views" in place
        if not undo_a_trial and place != "venture/errors.py":
            yield call.lineno


def money_in_floats(place: str, tree: ast.Module) -> Iterator[int]:
    """Fen are divided by a hundred without rest only (//); the sheets' number cells are the one exception."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.BinOp)
            and isinstance(node.op, ast.Div)
            and place != "venture/spreadsheets.py"
        ):
            divisor = ast.unparse(node.right)
            yield from [node.lineno] if divisor in {"100", "100.0", "1000000", "1000000.0"} else []
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "float" and node.args:
            words = set(re.findall(r"[a-z]+", ast.unparse(node.args[0])))
            if words & {
                "amount",
                "fen",
                "paid",
                "pending",
                "earmark",
                "ceiling",
                "money",
                "total",
                "committed",
            }:
                yield node.lineno


def foreign_redirects(place: str, tree: ast.Module) -> Iterator[int]:
    """A redirect to what a request says goes through safe_next."""
    for name, call in _calls(tree):
        if name.rpartition(".")[2] == "redirect" and call.args:
            target = call.args[0]
            told = ast.unparse(target)
            ours = isinstance(target, ast.Call) and told.startswith(
                ("flask.url_for(", "url_for(", "web.safe_next(", "safe_next(")
            )
            if not ours and not _is_text(target):
                yield call.lineno


def mixed_views(place: str, tree: ast.Module) -> Iterator[int]:
    """One view reads or changes: never `route` with methods, never get and post over one function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            marks = [ast.unparse(one.func) for one in node.decorator_list if isinstance(one, ast.Call)]
            kinds = {mark.rpartition(".")[2] for mark in marks}
            if "route" in kinds or {"get", "post"} <= kinds:
                yield node.lineno


def clocks(place: str, tree: ast.Module) -> Iterator[int]:
    """The time is asked of venture.clock only, so that it can be told, and is always aware."""
    asked = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}
    for name, call in _calls(tree):
        if ".".join(name.split(".")[-2:]) in asked and place != "venture/clock.py":
            yield call.lineno


CODE: dict[str, tuple[Rule, list[str], list[str]]] = {
    "formatted_sql": (
        formatted_sql,
        [
            'db.session.execute(text(f"select * from person where name = {name!r}"))',
            'connection.exec_driver_sql("delete from " + table)',
            'connection.execute(f"select {column} from person")',
            'connection.execute(text("select %s" % column))',
            "connection.execute(text(statement))",
        ],
        ['connection.execute(text("select 1 where :id = 1"), {"id": id})'],
    ),
    "markup": (markup, ["Markup(typed)", "markupsafe.Markup(f'<b>{name}</b>')"], ["escape(typed)"]),
    "transactions": (
        transactions,
        ["db.session.commit()", "session.rollback()", "web.rollback()"],
        ["db.session.flush()"],
    ),
    "money_in_floats": (
        money_in_floats,
        ["yuan = amount / 100", "float(award.amount)"],
        ["yuan = amount // 100"],
    ),
    "foreign_redirects": (
        foreign_redirects,
        [
            'redirect(request.args["next"])',
            "flask.redirect(request.referrer or url_for('desk.home'))",
            "flask.redirect(f'/x/{name}')",
        ],
        [
            'redirect(flask.url_for("desk.home"), 303)',
            'flask.redirect(web.safe_next(request.args.get("next")))',
        ],
    ),
    "mixed_views": (
        mixed_views,
        [
            '@bp.route("/x", methods=["GET", "POST"])\ndef x(): ...',
            '@bp.get("/x")\n@bp.post("/x")\ndef x(): ...',
        ],
        ['@bp.get("/x")\ndef x(): ...'],
    ),
    "clocks": (
        clocks,
        ["datetime.now(UTC)", "datetime.datetime.utcnow()", "date.today()", "time.time()"],
        ["clock.now()"],
    ),
}


@pytest.mark.parametrize("name", list(CODE))
def test_the_code_keeps_the_rule(name: str) -> None:
    rule = CODE[name][0]
    wrong, seen = [], 0
    for path in sorted((ROOT / "venture").rglob("*.py")):
        place = path.relative_to(ROOT).as_posix()
        if EXCEPTED.get((name, place)):
            continue
        seen += 1
        wrong += [f"{place}:{line}" for line in rule(place, ast.parse(path.read_text()))]
    assert seen > 80
    assert not wrong, f"{rule.__doc__} {wrong}"


EXCEPTED: dict[tuple[str, str], str] = {}
"""Files that a rule does not hold for, with the reason."""


@pytest.mark.parametrize("name", list(CODE))
def test_the_rule_of_code_bites(name: str) -> None:
    rule, bad, good = CODE[name]
    for line in bad:
        assert list(rule("venture/planted/actions.py", ast.parse(line))), line
    for line in good:
        assert not list(rule("venture/planted/actions.py", ast.parse(line))), line


class _Inline(HTMLParser):
    """Notes style and on… attributes, style elements, and scripts that are neither ours by address nor plain data."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.found += [f"{tag} {name}" for name in given if name == "style" or name.startswith("on")]
        self.found += [
            f"{tag} {name}"
            for name, value in given.items()
            if value.strip().lower().startswith("javascript:")
        ]
        if tag == "style" or (
            tag == "script" and "src" not in given and given.get("type") != "application/json"
        ):
            self.found.append(tag)


def inline(template: str) -> list[str]:
    """What a template would have a browser run or paint by itself, which the content security policy forbids."""
    parser = _Inline()
    parser.feed(
        re.sub(r"\{[%#].*?[%#]\}", " ", re.sub(r"\{\{.*?\}\}", "x", template, flags=re.S), flags=re.S)
    )
    return parser.found


def unescaped(template: str) -> list[str]:
    """Where a template declares a text safe by itself or leaves the escaping off."""
    return re.findall(r"\|\s*safe\b|\bMarkup\(|autoescape\s+false|\bforceescape\b", template)


TEMPLATES: dict[str, tuple[Callable[[str], list[str]], list[str], list[str]]] = {
    "inline": (
        inline,
        [
            '<p style="color: red">x</p>',
            "<button {{ more }} onclick='go()'>x</button>",
            "<script>go()</script>",
            "<style>p { color: red }</style>",
            '<a href="javascript:go()">x</a>',
        ],
        ['<script src="{{ asset("app.js") }}" defer></script>', '<p class="note">{{ x }}</p>'],
    ),
    "unescaped": (
        unescaped,
        ["{{ typed|safe }}", "{{ typed | safe }}", "{% autoescape false %}"],
        ["{{ typed }}", "{{ safe_for }}"],
    ),
}


def _templates() -> list[Path]:
    return sorted(
        path for path in (ROOT / "templates").rglob("*") if path.suffix in {".html", ".svg", ".txt"}
    )


@pytest.mark.parametrize("name", list(TEMPLATES))
def test_the_templates_keep_the_rule(name: str) -> None:
    rule, paths = TEMPLATES[name][0], _templates()
    assert len(paths) > 100
    wrong = {path.relative_to(ROOT).as_posix(): found for path in paths if (found := rule(path.read_text()))}
    assert not wrong, rule.__doc__


@pytest.mark.parametrize("name", list(TEMPLATES))
def test_the_rule_of_templates_bites(name: str) -> None:
    rule, bad, good = TEMPLATES[name]
    assert all(rule(one) for one in bad)
    assert not any(rule(one) for one in good)


def test_a_refusal_has_one_sentence() -> None:
    """A code that two branches of a stage's words answer would only ever be told in the first one's words."""
    told = [
        (path.name, code)
        for path in (ROOT / "templates" / "words").glob("*.html")
        for code in re.findall(r'{% (?:el)?if (?:\w+\.)?code == "([\w.]+)" %}', path.read_text())
    ]
    assert len(told) > 300
    assert [each for each, times in Counter(told).items() if times > 1] == []
