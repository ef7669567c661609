"""Conflicts of interest: what ties a person to an application, by codes, names, numbers and mail domains."""

import unicodedata
from collections.abc import Iterable
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
    PARTNER = "partner", N_("Belongs to a partner of the project")
    MAIL = "mail", N_("Shares a mail domain with the organization")


PUBLIC_MAIL = frozenset(
    {
        *(
            "qq.com",
            "vip.qq.com",
            "foxmail.com",
            "163.com",
            "vip.163.com",
            "126.com",
            "vip.126.com",
            "yeah.net",
        ),
        *("188.com", "sina.com", "sina.cn", "vip.sina.com", "sohu.com", "tom.com", "21cn.com", "263.net"),
        *("139.com", "189.cn", "wo.cn", "aliyun.com", "alibaba.com", "gmail.com", "googlemail.com"),
        *(
            "outlook.com",
            "hotmail.com",
            "live.com",
            "live.cn",
            "msn.com",
            "icloud.com",
            "me.com",
            "yahoo.com",
        ),
        *("yahoo.com.cn", "protonmail.com", "proton.me", "example.com", "example.org", "example.net"),
    }
)
"""Where anybody can have a mailbox, and what stands for one in examples: sharing it says nothing."""
NOBODYS = (".invalid", ".test", ".example", ".localhost")
"""Domains that belong to nobody (RFC 2606)."""


@dataclass(frozen=True)
class Person:
    """A person as far as ties go: organizations by credit code, communities by their 12-digit code.

    `employer_name` is for an employer without a known code; `bodies` are the names of all whom the person works for,
    acts for or holds an office in. `declared` are names and codes of organizations and people, as the person wrote them.
    """

    name: str
    employer: str = ""
    employer_name: str = ""
    offices: frozenset[str] = frozenset()
    member_of: frozenset[str] = frozenset()
    advised: frozenset[str] = frozenset()
    communities: frozenset[str] = frozenset()
    bodies: frozenset[str] = frozenset()
    mobile: str = ""
    email: str = ""
    declared: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Application:
    """An application as far as ties go; `team` names its lead and members, `sponsor` is by credit code.

    `aliases` are the codes of further records of the organization that were merged with this one, `names` the names of
    all of them. `partners` names the filed group that does the work and the body that asks for it.
    """

    organization: str
    sponsor: str = ""
    names: frozenset[str] = frozenset()
    representative: str = ""
    representative_phone: str = ""
    team: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    partners: frozenset[str] = frozenset()
    communities: frozenset[str] = frozenset()
    aliases: frozenset[str] = frozenset()


def grounds(person: Person, application: Application) -> list[Ground]:
    """Every ground that ties the two, in the order of `Ground`; empty when the person is free.

    Names are compared without blanks and dots. A namesake is reported as well: excusing one costs a sentence,
    missing one costs the review. `Ground.DECLARED` is found where the person named the organization, a partner or one
    of its people without being told who applied.
    """
    bodies = _codes({application.organization, application.sponsor, *application.aliases})
    names, partners = _names(application.names), _names(application.partners)
    people = _names({application.representative, *application.team})
    name, employer = _name(person.name), _name(person.employer_name)
    mobile, mail = _digits(person.mobile), _domain(person.email)
    ties = {
        Ground.EMPLOYER: bool(_codes({person.employer}) & bodies) or employer in names,
        Ground.OFFICE: bool(_codes(person.offices) & bodies),
        Ground.MEMBER: bool(_codes(person.member_of) & bodies),
        Ground.ADVISER: bool(_codes(person.advised) & bodies),
        Ground.REPRESENTATIVE: bool(name and name == _name(application.representative))
        or bool(mobile and mobile == _digits(application.representative_phone)),
        Ground.TEAM: name in _names(application.team)
        or bool(mobile and mobile in {_digits(phone) for phone in application.phones}),
        Ground.COMMUNITY: bool(person.communities & application.communities),
        Ground.DECLARED: bool(_codes(person.declared) & bodies)
        or bool(_names(person.declared) & (names | partners | people)),
        Ground.PARTNER: bool((_names(person.bodies) | _names({employer})) & partners),
        Ground.MAIL: bool(mail) and mail in {_domain(address) for address in application.emails},
    }
    return [ground for ground in Ground if ties.get(ground)]


def _codes(codes: Iterable[str]) -> set[str]:
    return {normal(code) for code in codes} - {""}


def _name(name: str) -> str:
    half_width = unicodedata.normalize("NFKC", name).casefold()
    return "".join(sign for sign in half_width if sign.isalnum())


def _names(names: Iterable[str]) -> set[str]:
    return {_name(name) for name in names} - {""}


def _digits(phone: str) -> str:
    """A telephone number as its last eleven digits, so that a mobile is the same with +86 before it."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", phone) if sign.isdigit())[-11:]


def _domain(address: str) -> str:
    """The domain of a mail address; nothing where anybody can have a mailbox."""
    domain = address.rpartition("@")[2].strip().casefold()
    return "" if domain in PUBLIC_MAIL or domain.endswith(NOBODYS) else domain
