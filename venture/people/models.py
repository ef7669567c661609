"""Persons, their grants, ways in and invitations; organizations with their record; communities; paper."""

from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from venture import clock
from venture.db import Base, choice
from venture.files import File
from venture.people.credit_code import kind_of
from venture.roles import SECOND_FACTOR, Role
from venture.words import N_, Word

ENDS_SOON = timedelta(days=14)


class Person(Base):
    """Somebody the system knows. A leader who never signs in has a row too, without a password."""

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    mobile: Mapped[str | None] = mapped_column(unique=True)
    email: Mapped[str | None] = mapped_column(unique=True)
    password_hash: Mapped[str | None]
    position: Mapped[str] = mapped_column(default="")
    employer_code: Mapped[str] = mapped_column(default="")
    invented: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    grants: Mapped[list["Grant"]] = relationship(
        back_populates="person", order_by="Grant.id", foreign_keys="Grant.person_id"
    )
    __table_args__ = (CheckConstraint("name <> ''", name="name"),)

    viewer: ClassVar["Person | None"] = (
        None  # who reads through this person's eyes; set on the row as it is loaded
    )
    token = ""  # of the present sign-in; set when the person is loaded from a cookie
    is_authenticated = True
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        return self.active

    def get_id(self) -> str:
        return self.token

    @property
    def address(self) -> str:
        """Where a message reaches the person."""
        return self.email or self.mobile or ""

    @property
    def live_grants(self) -> list["Grant"]:
        """The grants that hold today; `grants` has those of earlier and later days too."""
        today = clock.beijing_day(clock.now())
        return [grant for grant in self.grants if grant.holds_on(today)]

    @property
    def roles(self) -> frozenset[Role]:
        """What the person is to the whole system; a role for some projects only opens no page of the staff."""
        return frozenset(grant.role for grant in self.live_grants if not grant.bounded)

    @property
    def eyes(self) -> set[int]:
        """Who looks: the person, and whoever reads through their eyes; what a tie hides from one of them is hidden."""
        return {self.id, self.viewer.id} if self.viewer else {self.id}

    @property
    def needs_second_factor(self) -> bool:
        """Whether any role of the person, also one that begins later, asks for an authenticator."""
        today = clock.beijing_day(clock.now())
        return any(
            grant.role in SECOND_FACTOR and not (grant.until_on and grant.until_on < today)
            for grant in self.grants
        )

    def holds(self, *roles: Role) -> bool:
        """Whether the person has any of the roles."""
        return bool(self.roles & set(roles))

    @property
    def ending_grants(self) -> list["Grant"]:
        """The roles that end within two weeks."""
        last = clock.beijing_day(clock.now()) + ENDS_SOON
        return [grant for grant in self.live_grants if grant.until_on is not None and grant.until_on <= last]

    @property
    def audits(self) -> set[int]:
        """The grants (by id) by which the person audits some projects only."""
        return {grant.id for grant in self.live_grants if grant.bounded}

    @property
    def organization_ids(self) -> set[int]:
        """The organizations the person acts for."""
        return {grant.organization_id for grant in self.live_grants if grant.organization_id is not None}

    @property
    def community_ids(self) -> set[int]:
        """The communities the person keeps the books of."""
        return {grant.community_id for grant in self.live_grants if grant.community_id is not None}


class Grant(Base):
    """A role given to a person, for one organization or community where the role is bound to one.

    It may begin and end with a day. A stand-in (AB岗) holds the absent person's roles for some days in their own name,
    and so is another person wherever two are needed. A `bounded` auditor (of an audit firm) sees the projects that are
    assigned to the grant (`applications.models.Scope`) and nothing else, until a last day.
    """

    __tablename__ = "grant_of_role"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[Role] = mapped_column(choice(Role))
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"), index=True)
    community_id: Mapped[int | None] = mapped_column(ForeignKey("community.id"))
    from_on: Mapped[date | None]
    until_on: Mapped[date | None]
    stands_for_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    bounded: Mapped[bool] = mapped_column(default=False, server_default=false())
    given_at: Mapped[datetime]
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    person: Mapped[Person] = relationship(back_populates="grants", foreign_keys=[person_id])
    organization: Mapped["Organization | None"] = relationship(foreign_keys=[organization_id])
    community: Mapped["Community | None"] = relationship(foreign_keys=[community_id])
    stands_for: Mapped[Person | None] = relationship(foreign_keys=[stands_for_id])
    __table_args__ = (
        CheckConstraint("until_on >= from_on", name="days"),
        CheckConstraint("NOT bounded OR (role = 'auditor' AND until_on IS NOT NULL)", name="bounded"),
        CheckConstraint("stands_for_id <> person_id", name="stand_in"),
        CheckConstraint("(role = 'applicant') = (organization_id IS NOT NULL)", name="organization"),
        CheckConstraint("(role = 'clerk') = (community_id IS NOT NULL)", name="community"),
        UniqueConstraint("person_id", "role", "organization_id"),
        UniqueConstraint("person_id", "role", "community_id"),
        Index(
            "uq_grant_of_role_plain",
            "person_id",
            "role",
            unique=True,
            sqlite_where=text("organization_id IS NULL AND community_id IS NULL"),
            postgresql_where=text("organization_id IS NULL AND community_id IS NULL"),
        ),
    )

    def holds_on(self, day: date) -> bool:
        """Whether the role is held on this day of Beijing."""
        return (self.from_on is None or self.from_on <= day) and (
            self.until_on is None or day <= self.until_on
        )

    @property
    def scope(self) -> tuple[Role, int | None, int | None]:
        """The role with what it is bound to; a person holds each once."""
        return self.role, self.organization_id, self.community_id

    @property
    def bound_to(self) -> str:
        """The name of what the role is bound to, if anything."""
        bound = self.organization or self.community
        return bound.name if bound else ""


class Authenticator(Base):
    """An app that shows a person six digits (TOTP): its seed, sealed, and the last counter used, against replay.

    `next_seed` waits for its first code; it takes the seed's place then.
    """

    __tablename__ = "authenticator"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    seed: Mapped[str | None]
    next_seed: Mapped[str | None]
    counter: Mapped[int] = mapped_column(default=0)
    confirmed_at: Mapped[datetime | None]
    __table_args__ = (CheckConstraint("(seed IS NULL) = (confirmed_at IS NULL)", name="confirmed"),)


class RecoveryCode(Base):
    """A code on paper that replaces the authenticator once."""

    __tablename__ = "recovery_code"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    code_hash: Mapped[str] = mapped_column(unique=True)
    used_at: Mapped[datetime | None]


class FailedTry(Base):
    """A password or code that did not fit: for whom (known or not, told alike) and from which network address."""

    __tablename__ = "failed_try"
    id: Mapped[int] = mapped_column(primary_key=True)
    who: Mapped[str]
    address: Mapped[str]
    at: Mapped[datetime]
    __table_args__ = (
        Index("ix_failed_try_who", "who", "at"),
        Index("ix_failed_try_address", "address", "at"),
    )


class ResetWay(Word):
    """How a new password is let in."""

    LINK = "link", N_("Link by e-mail")
    MESSAGE = "message", N_("Code by text message")
    SPOKEN = "spoken", N_("Code read out by the bureau")


class Reset(Base):
    """Leave to set a new password, once, for half an hour; without a person where the login asked for is unknown."""

    __tablename__ = "reset"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    who: Mapped[str] = mapped_column(index=True)
    way: Mapped[ResetWay] = mapped_column(choice(ResetWay))
    address: Mapped[str]
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])
    __table_args__ = (
        CheckConstraint("(way = 'spoken') = (made_by_id IS NOT NULL)", name="spoken"),
        CheckConstraint("made_by_id <> person_id", name="two_people"),
        Index("ix_reset_address", "address", "made_at"),
    )


class Invitation(Base):
    """A link (passed on as text or QR) that lets one person in, once, until it expires."""

    __tablename__ = "invitation"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    address: Mapped[str]
    role: Mapped[Role] = mapped_column(choice(Role))
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))
    community_id: Mapped[int | None] = mapped_column(ForeignKey("community.id"))
    made_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    until_on: Mapped[date | None]
    bounded: Mapped[bool] = mapped_column(default=False, server_default=false())
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    organization: Mapped["Organization | None"] = relationship()
    community: Mapped["Community | None"] = relationship()
    made_by: Mapped[Person] = relationship(foreign_keys=[made_by_id])
    __table_args__ = (
        CheckConstraint("(used_at IS NULL) = (used_by_id IS NULL)", name="used"),
        CheckConstraint("NOT bounded OR (role = 'auditor' AND until_on IS NOT NULL)", name="bounded"),
    )


class Organization(Base):
    """A social organization (社会组织). Its credit code is its identity; the account is the payee account.

    `account_fixed`: money is awarded to it, so another account needs an approval (set by the stage of money).
    A record `merged_into` another is a further name of that one; see `Merge`.
    """

    __tablename__ = "organization"
    id: Mapped[int] = mapped_column(primary_key=True)
    credit_code: Mapped[str]
    name: Mapped[str]
    registrar: Mapped[str] = mapped_column(default="")
    registered_on: Mapped[date | None]
    supervising_unit: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    postcode: Mapped[str] = mapped_column(default="")
    introduction: Mapped[str] = mapped_column(default="")
    rating: Mapped[int | None]  # 1–5 for 1A–5A
    rated_in: Mapped[int | None]
    legal_representative: Mapped[str] = mapped_column(default="")
    representative_position: Mapped[str] = mapped_column(default="")
    representative_phone: Mapped[str] = mapped_column(default="")
    representative_email: Mapped[str] = mapped_column(default="")
    account_name: Mapped[str] = mapped_column(default="")
    bank: Mapped[str] = mapped_column(default="")
    account_no: Mapped[str] = mapped_column(default="")
    account_fixed: Mapped[bool] = mapped_column(default=False, server_default=false())
    lists_checked_on: Mapped[date | None]  # the last day somebody looked the national lists up
    invented: Mapped[bool] = mapped_column(default=False)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))
    created_at: Mapped[datetime]
    reports: Mapped[list["AnnualReport"]] = relationship(order_by="AnnualReport.year.desc()")
    listings: Mapped[list["Listing"]] = relationship(order_by="Listing.from_on.desc(), Listing.id")
    bans: Mapped[list["Ban"]] = relationship(order_by="Ban.from_on.desc(), Ban.id")
    records: Mapped[list["TrackRecord"]] = relationship(order_by="TrackRecord.year.desc(), TrackRecord.id")
    merged: Mapped[list["Organization"]] = relationship(order_by="Organization.id", viewonly=True)
    merged_into: Mapped["Organization | None"] = relationship(remote_side=[id], viewonly=True)
    __table_args__ = (
        CheckConstraint("length(credit_code) = 18", name="credit_code"),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
        Index(
            "uq_organization_credit_code",
            "credit_code",
            unique=True,
            sqlite_where=text("merged_into_id IS NULL"),
            postgresql_where=text("merged_into_id IS NULL"),
        ),
    )

    @property
    def family(self) -> list["Organization"]:
        """All records of the same organization, the one that stays first."""
        root = self.merged_into or self
        return [root, *root.merged]

    @property
    def kind(self) -> Word:
        """Association, service organization, foundation …, read from the credit code."""
        return kind_of(self.credit_code)


class Merge(Base):
    """Two records of one organization made one: `merged` is from then on another name of `kept`.

    Nothing of either is rewritten but the fields of `kept` that were taken from `merged` (`taken`: each with the value
    before and after); whoever acted for one acts for both by `grants` added for it. Undone, the row stays.
    """

    __tablename__ = "merge"
    id: Mapped[int] = mapped_column(primary_key=True)
    kept_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    merged_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    taken: Mapped[dict[str, Any]]
    grants: Mapped[list[Any]]
    reason: Mapped[str]
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    undone_reason: Mapped[str] = mapped_column(default="")
    kept: Mapped[Organization] = relationship(foreign_keys=[kept_id])
    merged: Mapped[Organization] = relationship(foreign_keys=[merged_id])
    by: Mapped[Person] = relationship(foreign_keys=[by_id])
    undone_by: Mapped[Person | None] = relationship(foreign_keys=[undone_by_id])
    __table_args__ = (
        CheckConstraint("kept_id <> merged_id", name="two_records"),
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint(
            "(undone_at IS NULL) = (undone_by_id IS NULL) AND (undone_at IS NULL) = (undone_reason = '')",
            name="undone",
        ),
        Index(
            "uq_merge_merged",
            "merged_id",
            unique=True,
            sqlite_where=text("undone_at IS NULL"),
            postgresql_where=text("undone_at IS NULL"),
        ),
    )


class YearlyResult(Word):
    """The conclusion of a yearly report (年检结论)."""

    PASSED = "passed", N_("Passed")
    BASIC = "basic", N_("Basically passed")
    FAILED = "failed", N_("Not passed")
    ABSENT = "absent", N_("Not submitted")


class AnnualReport(Base):
    """One year's report of an organization."""

    __tablename__ = "annual_report"
    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    year: Mapped[int]
    result: Mapped[YearlyResult] = mapped_column(choice(YearlyResult))
    __table_args__ = (UniqueConstraint("organization_id", "year"),)


class ListKind(Word):
    """The lists and offences that eligibility looks back at."""

    ABNORMAL = "abnormal", N_("Abnormal list")
    DISHONEST = "dishonest", N_("Dishonesty list")
    OFFENCE = "offence", N_("Major offence")


class Listing(Base):
    """A stay on a list: from, and to when it has ended; where it was looked up."""

    __tablename__ = "listing"
    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    kind: Mapped[ListKind] = mapped_column(choice(ListKind))
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    source: Mapped[str] = mapped_column(default="")
    __table_args__ = (CheckConstraint("to_on IS NULL OR to_on >= from_on", name="days"),)


class Ban(Base):
    """限制申报: barred from applying from–to, with the ground."""

    __tablename__ = "ban"
    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    from_on: Mapped[date]
    to_on: Mapped[date]
    reason: Mapped[str]
    __table_args__ = (
        CheckConstraint("to_on >= from_on", name="days"),
        CheckConstraint("reason <> ''", name="reason"),
    )


class TrackRecord(Base):
    """What came of a project in one round; written by later stages and by imports of past rounds.

    It is closed, or broken off (清退: terminated after its agreement), or neither while it runs.
    """

    __tablename__ = "track_record"
    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    year: Mapped[int]
    title: Mapped[str]
    amount: Mapped[int]  # fen
    closed: Mapped[bool] = mapped_column(default=False)
    broken_off: Mapped[bool] = mapped_column(default=False, server_default=false())


class CommunityKind(Word):
    """Urban (居) or rural (村)."""

    URBAN = "urban", N_("Residents' community")
    RURAL = "rural", N_("Village")


class Community(Base):
    """社区(村): one residents' or villagers' committee; the code is the 12-digit statistical one."""

    __tablename__ = "community"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    town: Mapped[str]
    kind: Mapped[CommunityKind] = mapped_column(choice(CommunityKind))
    households: Mapped[int | None]
    residents: Mapped[int | None]
    platform_begun_on: Mapped[date | None]
    invented: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (
        CheckConstraint("length(code) = 12", name="code"),
        CheckConstraint("residents >= 0 AND households >= 0", name="counts"),
    )


class Paper(Base):
    """An act signed on paper: who signed, on which day, the scan, who entered it, who checked the entry.

    Nobody checks their own entry; the signer is whose act it is, whoever types it in.
    """

    __tablename__ = "paper"
    id: Mapped[int] = mapped_column(primary_key=True)
    signer_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    signed_on: Mapped[date]
    scan_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"))
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    entered_at: Mapped[datetime]
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    checked_at: Mapped[datetime | None]
    signer: Mapped[Person] = relationship(foreign_keys=[signer_id])
    entered_by: Mapped[Person] = relationship(foreign_keys=[entered_by_id])
    checked_by: Mapped[Person | None] = relationship(foreign_keys=[checked_by_id])
    scan: Mapped[File | None] = relationship()
    __table_args__ = (
        CheckConstraint("checked_by_id <> entered_by_id", name="two_people"),
        CheckConstraint("(checked_by_id IS NULL) = (checked_at IS NULL)", name="checked"),
    )
