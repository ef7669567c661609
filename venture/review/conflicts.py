"""Conflicts of interest: what ties a person to an application, by codes and names, never by addresses."""

import unicodedata
from dataclasses import dataclass

from venture.people.credit_code import normal
from venture.words import N_, Word


class Ground(Word):
    """Why a person must not see or score an application (回避)."""

    EMPLOYER = "employer", N_("Works for the organization")
    OFFICE = "office", N_("Holds an office in the organization")
    MEMBER = "member", N_("Acts for the organization")
    ADVISER = "adviser", N_("Has advised the organization")
    REPRESENTATIVE = "representative", N_("Is its legal representative")
    TEAM = "team", N_("Belongs to the project team")
    COMMUNITY = "community", N_("Belongs to the same community")
    DECLARED = "declared", N_("Declared by the expert")


@dataclass(frozen=True)
class Person:
    """A person as far as ties go: organizations by credit code, communities by their 12-digit code."""

    name: str
    employer: str = ""
    offices: frozenset[str] = frozenset()
    member_of: frozenset[str] = frozenset()
    advised: frozenset[str] = frozenset()
    communities: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Application:
    """An application as far as ties go; `team` names its lead and members, `sponsor` is by credit code.

    `aliases` are the codes of further records of the organization that were merged with this one.
    """

    organization: str
    sponsor: str = ""
    representative: str = ""
    team: frozenset[str] = frozenset()
    communities: frozenset[str] = frozenset()
    aliases: frozenset[str] = frozenset()


def grounds(person: Person, application: Application) -> list[Ground]:
    """Every ground that ties the two, in the order of `Ground`; empty when the person is free.

    Names are compared without blanks and dots. A namesake is reported as well: excusing one costs a sentence,
    missing one costs the review. `Ground.DECLARED` is never found, only declared.
    """
    bodies = _codes({application.organization, application.sponsor, *application.aliases})
    name = _name(person.name)
    ties = {
        Ground.EMPLOYER: bool(_codes({person.employer}) & bodies),
        Ground.OFFICE: bool(_codes(person.offices) & bodies),
        Ground.MEMBER: bool(_codes(person.member_of) & bodies),
        Ground.ADVISER: bool(_codes(person.advised) & bodies),
        Ground.REPRESENTATIVE: bool(name) and name == _name(application.representative),
        Ground.TEAM: bool(name) and name in {_name(member) for member in application.team},
        Ground.COMMUNITY: bool(person.communities & application.communities),
    }
    return [ground for ground in Ground if ties.get(ground)]


def _codes(codes: set[str] | frozenset[str]) -> set[str]:
    return {normal(code) for code in codes} - {""}


def _name(name: str) -> str:
    half_width = unicodedata.normalize("NFKC", name).casefold()
    return "".join(sign for sign in half_width if sign.isalnum())
