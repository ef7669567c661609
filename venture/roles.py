"""Who people are to the system, and the marks by which every view declares who may use it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from venture.words import N_, Word

View = TypeVar("View", bound=Callable[..., Any])


class Role(Word):
    """The parts people play in a round; one person may hold several grants (settled by the bureau)."""

    APPLICANT = "applicant", N_("Applicant")
    EXPERT = "expert", N_("Expert")
    OPERATOR = "operator", N_("Operator")
    OFFICER = "officer", N_("Officer")
    APPROVER = "approver", N_("Approver")
    FINANCE = "finance", N_("Finance officer")
    AUDITOR = "auditor", N_("Auditor")
    CLERK = "clerk", N_("Community clerk")
    ADMINISTRATOR = "administrator", N_("Administrator")


STAFF = (Role.OPERATOR, Role.OFFICER, Role.APPROVER, Role.FINANCE, Role.AUDITOR, Role.ADMINISTRATOR)
"""Those who see a round from the bureau's side; what each may change is said at each view."""

SECOND_FACTOR = frozenset({Role.APPROVER, Role.FINANCE, Role.ADMINISTRATOR})
"""Those who sign in with the code of an authenticator beside the password; others may."""


@dataclass(frozen=True)
class Rule:
    """Who may use one view: everybody, anyone signed in, or the holders of one of some roles.

    `fresh`: only right after a proof of who one is. `quiet`: pages ask it by themselves, so it is no sign of presence.
    `personal`: nobody reads it through another's eyes. `takes`: how many bytes one file may have (0: as usual).
    `pieces`: takes a piece of a file that was announced. `data`: takes files of data (JSON) too.
    """

    everybody: bool = False
    roles: frozenset[Role] = frozenset()
    fresh: bool = False
    quiet: bool = False
    personal: bool = False
    takes: int = 0
    pieces: bool = False
    data: bool = False

    def admits(self, held: frozenset[Role]) -> bool:
        return self.everybody or not self.roles or bool(self.roles & held)


@dataclass(frozen=True)
class Sight:
    """Who sees something: holders of roles, who acts for one of some organizations (by id), persons named one by one
    (by id); never whom a tie bars. The line «who can see this» on a page is made from it, and the rule itself asks it.
    """

    roles: frozenset[Role] = frozenset()
    organizations: frozenset[int] = frozenset()
    persons: frozenset[int] = frozenset()
    barred: frozenset[int] = frozenset()

    def admits(self, person: Any) -> bool:
        """Whether the person is one of them."""
        return not (self.barred & person.eyes) and (
            person.id in self.persons
            or bool(self.roles & person.roles)
            or bool(self.organizations & person.organization_ids)
        )

    @property
    def listed(self) -> list[Role]:
        """Its roles in the order of the list of roles."""
        return [role for role in Role if role in self.roles]


def _mark(view: View, rule: Rule) -> View:
    view.rule = rule  # type: ignore[attr-defined]  # a mark on a function, read back by `web.seal`
    return view


def may(*roles: Role) -> Callable[[View], View]:
    """Mark a view as open to the holders of any of `roles`."""
    if not roles:
        raise ValueError("may() needs a role; say signed_in or open_to_all")
    return lambda view: _mark(view, Rule(roles=frozenset(roles)))


def signed_in(view: View) -> View:
    """Mark a view as open to anyone who is signed in."""
    return _mark(view, Rule())


def open_to_all(view: View) -> View:
    """Mark a view as public."""
    return _mark(view, Rule(everybody=True))


def fresh(view: View) -> View:
    """Mark a view (above its `may`) as an act on money, roles or rankings: password or code must be recent."""
    return _mark(view, replace(view.rule, fresh=True))  # type: ignore[attr-defined]  # marked by may


def takes(most: int) -> Callable[[View], View]:
    """Mark a view (above its `may`) as taking files of up to `most` bytes, where other views take the usual size."""
    return lambda view: _mark(view, replace(view.rule, takes=most))  # type: ignore[attr-defined]  # marked by may


def in_pieces(view: View) -> View:
    """Mark a view (above its `may`) as taking a piece of a file that was announced before."""
    return _mark(view, replace(view.rule, pieces=True))  # type: ignore[attr-defined]  # marked by may


def takes_data(view: View) -> View:
    """Mark a view (above its `may`) as taking files of data (JSON) beside the usual kinds."""
    return _mark(view, replace(view.rule, data=True))  # type: ignore[attr-defined]  # marked by may


def quiet(view: View) -> View:
    """Mark a view (above its `open_to_all`) as asked by a page's script, not by a person."""
    return _mark(view, replace(view.rule, quiet=True))  # type: ignore[attr-defined]  # marked by open_to_all


def personal(view: View) -> View:
    """Mark a view (above its other marks) as one's own affair: password, codes, what one typed."""
    return _mark(view, replace(view.rule, personal=True))  # type: ignore[attr-defined]  # marked by signed_in
