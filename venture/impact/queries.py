"""What the money did: the supports of a project or matter, and the boards of themes; constant statements."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from venture.applications.models import Application, ApplicationCommunity, Barred
from venture.budget import access as budget
from venture.budget.models import Award, AwardState, Instalment, Payment, PaymentState
from venture.db import Page, db, paged, sum_of
from venture.deliberation.models import WHOLE, Matter, MatterStatus, Outcome, Use
from venture.impact import yields
from venture.impact.models import ConfirmLink, Support, SupportState
from venture.impact.yields import Yield
from venture.people.models import Community, Grant, Paper, Person
from venture.people.queries import fingerprint
from venture.roles import Role
from venture.rounds.models import Round, Theme

# --- who may see a project, and a support of it ---


def _visible(person: Person) -> ColumnElement[bool]:
    """Supports of projects one may see, and for a clerk those of the own communities' matters."""
    seen = Support.award_id.in_(budget.visible(person).with_only_columns(Award.id))
    own = person.community_ids
    here = Support.matter_id.in_(select(Matter.id).where(Matter.community_id.in_(own))) if own else false()
    return or_(seen, here)


def award(id: int, person: Person) -> Award | None:
    """One project with its organization and communities, if the person may see it."""
    return db.session.scalar(
        budget.visible(person)
        .where(Award.id == id)
        .options(
            joinedload(Award.theme).joinedload(Theme.round),
            joinedload(Award.application).options(
                joinedload(Application.organization), selectinload(Application.communities)
            ),
        )
    )


def _supported() -> tuple[ORMOption, ...]:
    return (
        joinedload(Support.matter).joinedload(Matter.community),
        joinedload(Support.award)
        .joinedload(Award.application)
        .options(joinedload(Application.organization), selectinload(Application.communities)),
        joinedload(Support.claimed_by),
        joinedload(Support.paper).options(
            joinedload(Paper.signer), joinedload(Paper.entered_by), joinedload(Paper.scan)
        ),
    )


def supports_of(award: Award) -> Sequence[Support]:
    """The supports that a project claims, by the matters' numbers; also for the page of the award."""
    return db.session.scalars(
        select(Support)
        .join(Support.matter)
        .where(Support.award_id == award.id)
        .options(*_supported())
        .order_by(Matter.number, Support.id)
    ).all()


def supports_of_matter(matter: Matter) -> Sequence[Support]:
    """The projects that claim to have supported a matter, with their instalments and payments."""
    return db.session.scalars(
        select(Support)
        .where(Support.matter_id == matter.id)
        .options(
            *_supported(),
            joinedload(Support.award).selectinload(Award.instalments).selectinload(Instalment.payments),
        )
        .order_by(Support.id)
    ).all()


def claimable(award: Award) -> Sequence[Matter]:
    """The public matters of the project's communities that it has not claimed yet: the list to pick from."""
    places = select(ApplicationCommunity.community_id).where(
        ApplicationCommunity.application_id == award.application_id
    )
    taken = select(Support.matter_id).where(
        Support.award_id == award.id, Support.state.in_((SupportState.CLAIMED, SupportState.CONFIRMED))
    )
    return db.session.scalars(
        select(Matter)
        .where(
            Matter.community_id.in_(places),
            Matter.public.is_(True),
            Matter.legacy.is_(False),
            Matter.status != MatterStatus.REJECTED,
            Matter.id.not_in(taken),
        )
        .options(joinedload(Matter.community))
        .order_by(Matter.number)
        .limit(300)
    ).all()


def matter_by_number(typed: str) -> Matter | None:
    """The matter with this number, full-width signs and small letters taken too."""
    number = "".join(unicodedata.normalize("NFKC", typed).split()).upper()
    return db.session.scalar(select(Matter).where(Matter.number == number))


def support(id: int, person: Person) -> Support | None:
    """One support, if the person may see it."""
    return db.session.scalar(select(Support).where(Support.id == id, _visible(person)).options(*_supported()))


def supports(person: Person, page: int, state: SupportState | None) -> Page[Support]:
    """A page of the supports the person may see, those that wait longest first."""
    found = select(Support).where(_visible(person)).options(*_supported())
    if state is not None:
        found = found.where(Support.state == state)
    return paged(found.order_by(Support.claimed_at, Support.id), page)


def chosen(ids: Sequence[int], person: Person) -> Sequence[Support]:
    """Of these supports the ones the person may see, in their order."""
    return db.session.scalars(
        select(Support)
        .where(Support.id.in_(ids), _visible(person))
        .options(*_supported())
        .order_by(Support.claimed_at, Support.id)
    ).all()


def clerks_of(community_id: int) -> Sequence[Person]:
    """Those who keep a community's books, with an account or without."""
    return db.session.scalars(
        select(Person)
        .join(Grant, Grant.person_id == Person.id)
        .where(Grant.role == Role.CLERK, Grant.community_id == community_id, Person.active.is_(True))
        .order_by(Person.id)
    ).all()


def link_of_token(token: str) -> ConfirmLink | None:
    """The one-time link behind a token, used or not."""
    return db.session.scalar(
        select(ConfirmLink)
        .where(ConfirmLink.token_hash == fingerprint(token))
        .options(joinedload(ConfirmLink.support))
    )


def link(id: int, person: Person) -> ConfirmLink | None:
    """A link that this person made."""
    return db.session.scalar(
        select(ConfirmLink)
        .where(ConfirmLink.id == id, ConfirmLink.made_by_id == person.id)
        .options(joinedload(ConfirmLink.support))
    )


def live_links(support: Support, at: datetime) -> Sequence[ConfirmLink]:
    """The links by which this support may still be confirmed."""
    return db.session.scalars(
        select(ConfirmLink)
        .where(
            ConfirmLink.support_id == support.id,
            ConfirmLink.used_at.is_(None),
            ConfirmLink.expires_at > at,
        )
        .order_by(ConfirmLink.id)
    ).all()


def confirmed_of(matter_id: int) -> Sequence[Support]:
    """The confirmed supports of a matter, oldest first."""
    return db.session.scalars(
        select(Support)
        .where(Support.matter_id == matter_id, Support.state == SupportState.CONFIRMED)
        .order_by(Support.id)
    ).all()


# --- the boards of themes ---


@dataclass(frozen=True)
class Counts:
    """What is recorded behind a set of matters: outcomes that stand, and their uses."""

    matters: int
    with_outcome: int
    outcomes: int
    used: int
    uses: int


@dataclass(frozen=True)
class ProjectLine:
    """One project of a theme with what its money yielded. `waiting` claims are not confirmed yet."""

    award: Award
    result: Yield
    counts: Counts
    waiting: int


@dataclass(frozen=True)
class Board:
    """A theme from its earmark to the residents, in fen; `hidden` projects are summed but not listed."""

    theme: Theme
    projects: list[ProjectLine]
    hidden: int
    awards: int
    awarded: int
    paid: int
    payments: int
    waiting: int
    counts: Counts
    result: Yield

    @property
    def committed(self) -> int:
        """Awarded and not yet paid."""
        return self.awarded - self.paid

    @property
    def left(self) -> int:
        return self.theme.earmark - self.awarded


def theme(id: int) -> Theme | None:
    """One theme with its round."""
    return db.session.scalar(select(Theme).where(Theme.id == id).options(joinedload(Theme.round)))


def themes_of(year: int) -> tuple[Round | None, Sequence[Theme]]:
    """A year's round and its themes in their order."""
    round = db.session.scalar(select(Round).where(Round.year == year))
    if round is None:
        return None, []
    found = select(Theme).where(Theme.round_id == round.id).order_by(Theme.position, Theme.id)
    return round, db.session.scalars(found.options(joinedload(Theme.round))).all()


@dataclass(frozen=True)
class _Part:
    """One support as the boards add it up, read as plain columns."""

    award: int
    theme: int
    state: SupportState
    part: yields.Support


def boards(themes: Sequence[Theme], person: Person) -> list[Board]:
    """The boards of some themes of one bureau. Five statements, whatever their size."""
    ids = [theme.id for theme in themes]
    awards = db.session.scalars(
        select(Award)
        .where(Award.theme_id.in_(ids))
        .options(joinedload(Award.application).joinedload(Application.organization))
        .order_by(Award.project_no, Award.id)
    ).all()
    barred = set(db.session.scalars(select(Barred.application_id).where(Barred.person_id == person.id)).all())
    parts, living = _parts(ids)
    outcomes, uses = _recorded({part.part.matter for part in parts})
    payments: dict[int, int] = dict(
        db.session.execute(
            select(Award.theme_id, func.count())
            .select_from(Payment)
            .join(Payment.instalment)
            .join(Instalment.award)
            .where(Award.theme_id.in_(ids), Payment.state == PaymentState.PAID)
            .group_by(Award.theme_id)
        ).all()
    )
    made = []
    for theme in themes:
        here = [award for award in awards if award.theme_id == theme.id]
        shown = [award for award in here if award.application_id not in barred]
        of_award: dict[int, list[_Part]] = {award.id: [] for award in here}
        for part in parts:
            if part.theme == theme.id:
                of_award[part.award].append(part)
        every = [part for found in of_award.values() for part in found]
        paid = sum(award.paid for award in here)
        made.append(
            Board(
                theme=theme,
                projects=[
                    ProjectLine(
                        award,
                        _yield(award.paid, of_award[award.id], living),
                        _counts(of_award[award.id], outcomes, uses),
                        _waiting(of_award[award.id]),
                    )
                    for award in shown
                ],
                hidden=len(here) - len(shown),
                awards=sum(award.state is not AwardState.CANCELLED for award in here),
                awarded=theme.committed,
                paid=paid,
                payments=payments.get(theme.id, 0),
                waiting=_waiting(every),
                counts=_counts(every, outcomes, uses),
                result=_yield(paid, every, living),
            )
        )
    return made


def _parts(theme_ids: Sequence[int]) -> tuple[list[_Part], dict[int, int | None]]:
    """The claimed and confirmed supports of these themes' projects, and who lives in their communities."""
    parts, living = [], {}
    for row in db.session.execute(
        select(
            Support.award_id,
            Award.theme_id,
            Support.state,
            Support.share,
            Matter.id,
            Matter.community_id,
            Matter.status,
            Matter.benefited,
            Matter.held,
            Matter.legacy,
            Community.residents,
        )
        .join(Award, Award.id == Support.award_id)
        .join(Matter, Matter.id == Support.matter_id)
        .join(Community, Community.id == Matter.community_id)
        .where(
            Award.theme_id.in_(theme_ids),
            Support.state.in_((SupportState.CLAIMED, SupportState.CONFIRMED)),
        )
    ):
        award_id, theme_id, state, share, matter, community, status, benefited, held, legacy, there = row
        living[community] = there
        part = yields.Support(
            matter=matter,
            community=community,
            share=Fraction(share, WHOLE),
            ending=status.value,
            benefited=benefited,
            rechecked=held,
            legacy=legacy,
        )
        parts.append(_Part(award_id, theme_id, state, part))
    return parts, living


def _recorded(matters: set[int]) -> tuple[Mapping[int, int], Mapping[int, int]]:
    """How many outcomes stand, and how many of their uses, by matter. One statement."""
    outcomes: dict[int, int] = {}
    uses: dict[int, int] = {}
    supported = select(Support.matter_id)
    for matter, decided, used in db.session.execute(
        select(Outcome.matter_id, func.count(Outcome.id.distinct()), func.count(Use.id))
        .outerjoin(Use, and_(Use.outcome_id == Outcome.id, Use.struck.is_(False)))
        .where(Outcome.struck.is_(False), Outcome.matter_id.in_(supported))
        .group_by(Outcome.matter_id)
    ):
        if matter in matters:
            outcomes[matter], uses[matter] = decided, used
    return outcomes, uses


def _confirmed(parts: Sequence[_Part]) -> list[yields.Support]:
    return [part.part for part in parts if part.state is SupportState.CONFIRMED and not part.part.legacy]


def _yield(paid: int, parts: Sequence[_Part], living: Mapping[int, int | None]) -> Yield:
    return yields.yield_of(paid, _confirmed(parts), living)


def _counts(parts: Sequence[_Part], outcomes: Mapping[int, int], uses: Mapping[int, int]) -> Counts:
    matters = {part.matter for part in _confirmed(parts)}
    return Counts(
        matters=len(matters),
        with_outcome=sum(matter in outcomes for matter in matters),
        outcomes=sum(outcomes.get(matter, 0) for matter in matters),
        used=sum(uses.get(matter, 0) > 0 for matter in matters),
        uses=sum(uses.get(matter, 0) for matter in matters),
    )


def _waiting(parts: Sequence[_Part]) -> int:
    return sum(part.state is SupportState.CLAIMED for part in parts)


# --- the rows behind a board ---


@dataclass(frozen=True)
class MatterLine:
    """One supported matter of a theme: its projects' confirmed shares, what was decided and done."""

    matter: Matter
    supports: list[Support]
    outcomes: int
    uses: int

    @property
    def credit(self) -> Fraction:
        """The theme's part in the matter."""
        return Fraction(sum(support.share for support in self.supports), WHOLE)


SHOWN = ("all", "outcomes", "uses", "solved", "partly")
"""Which of a theme's matters a list may show; each rung of the ladder is one of them."""


def matter_lines(theme: Theme, page: int, shown: str) -> Page[MatterLine]:
    """A page of the matters that a theme's projects supported, as confirmed. Five statements."""
    ours = (
        select(Support.matter_id)
        .join(Award, Award.id == Support.award_id)
        .where(Award.theme_id == theme.id, Support.state == SupportState.CONFIRMED)
    )
    found = select(Matter).where(Matter.id.in_(ours), Matter.legacy.is_(False))
    decided = select(Outcome.matter_id).where(Outcome.struck.is_(False))
    used = select(Outcome.matter_id).join(Use).where(Outcome.struck.is_(False), Use.struck.is_(False))
    solved = and_(Matter.status == MatterStatus.RESOLVED, Matter.held.is_not(False))
    wanted = {
        "outcomes": Matter.id.in_(decided),
        "uses": Matter.id.in_(used),
        "solved": solved,
        "partly": Matter.status == MatterStatus.PARTLY,
    }
    if shown in wanted:
        found = found.where(wanted[shown])
    rows = paged(found.options(joinedload(Matter.community)).order_by(Matter.number), page)
    ids = [matter.id for matter in rows.items]
    supports: dict[int, list[Support]] = {id: [] for id in ids}
    for support in db.session.scalars(
        select(Support)
        .join(Award, Award.id == Support.award_id)
        .where(
            Support.matter_id.in_(ids),
            Support.state == SupportState.CONFIRMED,
            Award.theme_id == theme.id,
        )
        .options(joinedload(Support.award).joinedload(Award.application))
        .order_by(Support.id)
    ):
        supports[support.matter_id].append(support)
    outcomes, uses = _recorded(set(ids))
    lines = [MatterLine(m, supports[m.id], outcomes.get(m.id, 0), uses.get(m.id, 0)) for m in rows.items]
    return Page(lines, rows.number, rows.size, rows.total)


def payments_of(theme: Theme, person: Person, page: int) -> Page[Payment]:
    """A page of what was paid from a theme, oldest first, with its project."""
    barred = select(Barred.application_id).where(Barred.person_id == person.id)
    return paged(
        select(Payment)
        .join(Payment.instalment)
        .join(Instalment.award)
        .where(
            Award.theme_id == theme.id,
            Payment.state == PaymentState.PAID,
            Award.application_id.not_in(barred),
        )
        .options(
            joinedload(Payment.instalment)
            .joinedload(Instalment.award)
            .joinedload(Award.application)
            .joinedload(Application.organization)
        )
        .order_by(Payment.paid_on, Payment.id),
        page,
    )


def unbalanced() -> Sequence[tuple[int, int, int]]:
    """Matters whose counter differs from their confirmed shares (id, counter, sum): must be none."""
    shares = sum_of(Support.share)
    return db.session.execute(
        select(Matter.id, Matter.credited, shares)
        .outerjoin(
            Support,
            and_(Support.matter_id == Matter.id, Support.state == SupportState.CONFIRMED),
        )
        .group_by(Matter.id, Matter.credited)
        .having(shares != Matter.credited)
    ).all()


def figure(value: Fraction) -> str:
    """A sum of shares as printed: one decimal where that is exact, else two, half up."""
    hundredths = (200 * value + 1) // 2
    whole, rest = divmod(int(hundredths), 100)
    return f"{whole}.{rest // 10}" if rest % 10 == 0 else f"{whole}.{rest:02d}"


def share_text(share: int) -> str:
    """A share in parts of the whole as people say it: «1», «1/2», «2/3»."""
    part = Fraction(share, WHOLE)
    return str(part) if part.denominator <= 12 else f"{figure(part * 100)} %"
