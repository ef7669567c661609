"""Who may apply: each rule of the round held against the facts of an organization on a given day."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from venture.people.credit_code import SOCIAL_ORGANIZATIONS, Kind, renamed
from venture.words import N_, Word


class Result(Word):
    """What one rule says: fulfilled, broken, or somebody must look (待核实)."""

    PASS = "pass", N_("Rule fulfilled")
    FAIL = "fail", N_("Rule not fulfilled")
    UNCLEAR = "unclear", N_("To be verified")


class Rule(NamedTuple):
    """One rule that a round applies, with its one number (years, level or count) where it has one."""

    code: str
    parameter: int | None = None


class Finding(NamedTuple):
    """What a rule found, with the facts that its sentence needs."""

    rule: str
    result: Result
    facts: Mapping[str, Any]


class Stay(NamedTuple):
    """A time on a list or under a ban; `last`: the day of removal or the ban's last, None while it lasts."""

    first: date
    last: date | None = None


class PastProject(NamedTuple):
    """A project that public money paid in an earlier round: closed, broken off (清退), or neither yet."""

    year: int
    title: str
    closed: bool
    broken_off: bool = False


@dataclass(frozen=True)
class Facts:
    """What is known of the body that would be paid: the organization, or a filed group's sponsor.

    `reports` maps a year to passed, basic, failed or absent. `lists_checked_on` is the day somebody looked
    the lists up: without one an empty list proves nothing. `others` are the titles of what it has already
    submitted in this round (itself or as a sponsor). `region` are the six digits of its credit code, which never
    change; `account_name` stands over its account, if one is on record; `insured` members of the team have social
    insurance by what was declared. `ticks` hold what officers found where only a person can tell.
    """

    kind: Kind
    round_year: int
    title: str = ""
    registered_on: date | None = None
    reports: Mapping[int, str] = field(default_factory=dict)
    rating: int | None = None
    rated_in: int | None = None
    abnormal: Sequence[Stay] = ()
    dishonest: Sequence[Stay] = ()
    offences: Sequence[date] = ()
    lists_checked_on: date | None = None
    bans: Sequence[Stay] = ()
    past: Sequence[PastProject] = ()
    others: Sequence[str] = ()
    region: str = ""
    name: str = ""
    account_name: str = ""
    insured: int = 0
    ticks: Mapping[str, bool] = field(default_factory=dict)


def findings(rules: Sequence[Rule], facts: Facts, day: date) -> list[Finding]:
    """One finding a rule, in the round's order.

    An officer's tick decides only what the facts leave unclear. A code without a check of its own
    (`charter`, and whatever a bureau adds) is unclear until somebody ticks it.
    """
    return [_found(rule, facts, day) for rule in rules]


def verdict(found: Sequence[Finding]) -> Result:
    """All findings as one: a single failure fails, otherwise anything unclear leaves the whole unclear."""
    results = {finding.result for finding in found}
    return next((result for result in (Result.FAIL, Result.UNCLEAR) if result in results), Result.PASS)


def years_before(day: date, years: int) -> date:
    """The same day some years earlier; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


_Checked = tuple[Result, dict[str, Any]]
_Check = Callable[[Facts, date, int], _Checked]


def _found(rule: Rule, facts: Facts, day: date) -> Finding:
    check, usual = _CHECKS.get(rule.code, (_only_people_can_tell, 0))
    result, shown = check(facts, day, usual if rule.parameter is None else rule.parameter)
    if result is Result.UNCLEAR and rule.code in facts.ticks:
        result = Result.PASS if facts.ticks[rule.code] else Result.FAIL
        shown["ticked"] = True
    return Finding(rule.code, result, shown)


def _only_people_can_tell(facts: Facts, day: date, parameter: int) -> _Checked:
    return Result.UNCLEAR, {}


def _judged(broken: bool, **shown: Any) -> _Checked:
    return (Result.FAIL if broken else Result.PASS), shown


def _legal_person(facts: Facts, day: date, parameter: int) -> _Checked:
    return _judged(facts.kind not in SOCIAL_ORGANIZATIONS, kind=facts.kind)


def _annual_report(facts: Facts, day: date, years: int) -> _Checked:
    asked = range(day.year - years, day.year)
    if facts.registered_on is not None:
        asked = range(max(asked.start, facts.registered_on.year), asked.stop)
    failed = [year for year in asked if facts.reports.get(year) in ("failed", "absent")]
    unknown = [year for year in asked if year not in facts.reports]
    result = Result.FAIL if failed else Result.UNCLEAR if unknown else Result.PASS
    return result, {"years": years, "failed": failed, "unknown": unknown}


def _rating(facts: Facts, day: date, level: int) -> _Checked:
    """A level lasts five years; only its year is known, so the fifth after needs a look at the paper."""
    shown = {"level": level, "rating": facts.rating, "rated_in": facts.rated_in}
    if facts.rating is None or facts.rating < level:
        return Result.FAIL, shown
    if facts.rated_in is None or not 0 <= day.year - facts.rated_in != 5:
        return Result.UNCLEAR, shown
    return _judged(day.year - facts.rated_in > 5, **shown)


def _listed(stays: Sequence[Stay], facts: Facts, day: date, years: int) -> _Checked:
    since = years_before(day, years)
    within = [stay for stay in stays if stay.first <= day and (stay.last is None or stay.last > since)]
    shown = {"years": years, "since": since, "stays": within, "checked_on": facts.lists_checked_on}
    if not within and facts.lists_checked_on is None:
        return Result.UNCLEAR, shown
    return _judged(bool(within), **shown)


def _abnormal_list(facts: Facts, day: date, years: int) -> _Checked:
    return _listed(facts.abnormal, facts, day, years)


def _dishonest_list(facts: Facts, day: date, years: int) -> _Checked:
    return _listed(facts.dishonest, facts, day, years)


def _offence(facts: Facts, day: date, years: int) -> _Checked:
    return _listed([Stay(decided, decided) for decided in facts.offences], facts, day, years)


def _ban(facts: Facts, day: date, parameter: int) -> _Checked:
    now = [ban for ban in facts.bans if ban.first <= day and (ban.last is None or day <= ban.last)]
    return _judged(bool(now), bans=now)


def _one_application(facts: Facts, day: date, count: int) -> _Checked:
    return _judged(len(facts.others) >= count, count=count, others=list(facts.others))


def _last_year_winner(facts: Facts, day: date, years: int) -> _Checked:
    won = [past for past in facts.past if facts.round_year - years <= past.year < facts.round_year]
    return _judged(bool(won), years=years, projects=won)


def _unfinished_project(facts: Facts, day: date, parameter: int) -> _Checked:
    open_ones = [past for past in facts.past if not (past.closed or past.broken_off)]
    return _judged(bool(open_ones), projects=open_ones)


def _broken_off(facts: Facts, day: date, years: int) -> _Checked:
    ended = [past for past in facts.past if past.broken_off and facts.round_year - years <= past.year]
    return _judged(bool(ended), years=years, projects=ended)


def _place(facts: Facts, day: date, region: int) -> _Checked:
    """A code says where a body was first registered; one that has moved here since is a reason to look, not a proof."""
    asked = str(region) if region else ""
    near = {facts.region, *renamed(facts.region)}
    fits = bool(asked) and any(each.startswith(asked) for each in near)
    return (Result.PASS if fits else Result.UNCLEAR), {"region": facts.region, "asked": asked}


def _own_account(facts: Facts, day: date, parameter: int) -> _Checked:
    """The account's name must be the body's; a bank may still know an earlier one."""
    same = bool(facts.account_name) and _bare(facts.account_name) == _bare(facts.name)
    return (Result.PASS if same else Result.UNCLEAR), {"account_name": facts.account_name}


def _insured(facts: Facts, day: date, count: int) -> _Checked:
    return _judged(facts.insured < count, count=count, insured=facts.insured)


def _same_project(facts: Facts, day: date, parameter: int) -> _Checked:
    """A like title is a reason to look, not a proof."""
    title = _bare(facts.title)
    alike = [past for past in facts.past if title and _bare(past.title) == title]
    return (Result.UNCLEAR if alike else Result.PASS), {"projects": alike}


def _bare(title: str) -> str:
    return "".join(sign for sign in title.casefold() if sign.isalnum())


_CHECKS: dict[str, tuple[_Check, int]] = {
    "legal_person": (_legal_person, 0),
    "annual_report": (_annual_report, 2),
    "rating": (_rating, 1),
    "abnormal_list": (_abnormal_list, 1),
    "dishonest_list": (_dishonest_list, 2),
    "offence": (_offence, 3),
    "ban": (_ban, 0),
    "one_application": (_one_application, 1),
    "last_year_winner": (_last_year_winner, 1),
    "unfinished_project": (_unfinished_project, 0),
    "broken_off": (_broken_off, 3),
    "same_project": (_same_project, 0),
    "place": (_place, 0),
    "own_account": (_own_account, 0),
    "insured": (_insured, 1),
    "charter": (_only_people_can_tell, 0),
    "accounts": (_only_people_can_tell, 0),
}
"""A rule's check and the number it takes when the round gives none."""

CODES = tuple(_CHECKS)
"""The codes of the rules that the product knows, for the settings of a round."""
