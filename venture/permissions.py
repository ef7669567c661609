"""The table of permissions, read from the marks of the views: every address, its method, and who may use it."""

from collections.abc import Iterator
from typing import Any

from flask import Flask

from venture.roles import STAFF, Role, Rule

HEADING = """# Who may use what

Written by `venture permissions` from the marks in the code; a test keeps it current, and another walks every line as
a person of each role. It says who gets past the door of an address. What they find behind it is a second question,
asked of each row: what is not theirs answers as if it did not exist (404).

- **everybody**: also without signing in. **signed in**: whoever is signed in, of any role.
- **staff**: {staff}.
- *proof*: only while a password or code, given at sign-in or again, is recent (`VENTURE_PROOF`, 15 minutes).
- HEAD is as GET. OPTIONS tells everybody which methods an address has, and nothing else.
"""


def document(app: Flask) -> str:
    """The whole of docs/permissions.md."""
    parts = [HEADING.format(staff=", ".join(role.value for role in STAFF))]
    for stage in app.blueprints:
        parts.append(f"\n## {stage}\n\n| Address | Method | View | Who |\n| --- | --- | --- | --- |\n")
        parts += [f"| {' | '.join(line)} |\n" for line in sorted(_lines(app, stage))]
    return "".join(parts)


def _lines(app: Flask, stage: str) -> Iterator[tuple[str, str, str, str]]:
    for address in app.url_map.iter_rules():
        if address.endpoint.partition(".")[0] != stage:
            continue
        view: Any = app.view_functions[address.endpoint]
        rule: Rule = view.rule  # `seal` has seen the mark
        for method in sorted({"GET", "POST"} & (address.methods or set())):
            yield f"`{address.rule}`", method, address.endpoint, who(rule)


def who(rule: Rule) -> str:
    """Those whom the rule admits, in words."""
    named = [role.value for role in Role if role in rule.roles]
    if rule.everybody:
        said = "everybody"
    elif not named:
        said = "signed in"
    elif set(STAFF) <= rule.roles:
        said = ", ".join(["staff", *(role.value for role in Role if role in rule.roles.difference(STAFF))])
    else:
        said = ", ".join(named)
    return f"{said} (*proof*)" if rule.fresh else said
