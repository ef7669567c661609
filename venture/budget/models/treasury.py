"""The treasury's own list: its columns in its own words and order, set once by the bureau and kept."""

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from venture.db import Base, choice
from venture.words import N_, Word


class Holds(Word):
    """What a column of the treasury's list holds; the last four come back from the treasury."""

    PLACE = "place", N_("Number in the list")
    PROJECT_NO = "project_no", N_("Project number")
    PROJECT = "project", N_("Project")
    ORGANIZATION = "organization", N_("Organization")
    CREDIT_CODE = "credit_code", N_("Credit code")
    ACCOUNT_NAME = "account_name", N_("Account name")
    BANK = "bank", N_("Bank and branch")
    ACCOUNT_NO = "account_no", N_("Account number")
    AMOUNT = "amount", N_("Amount")
    INSTALMENT = "instalment", N_("Instalment")
    THEME = "theme", N_("Theme")
    AGREEMENT = "agreement", N_("Agreement number")
    BATCH = "batch", N_("Batch")
    FIXED = "fixed", N_("Always the same text")
    VOUCHER_NO = "voucher_no", N_("Voucher number")
    PAID_ON = "paid_on", N_("Day of payment")
    RESULT = "result", N_("Paid or bounced")
    REASON = "reason", N_("Reason why it bounced")


class TreasuryColumn(Base):
    """One column of the treasury's list: its heading, and what of ours it holds (`text`: what is always the same)."""

    __tablename__ = "treasury_column"
    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(unique=True)
    header: Mapped[str]
    holds: Mapped[Holds] = mapped_column(choice(Holds))
    text: Mapped[str] = mapped_column(default="")
    __table_args__ = (
        UniqueConstraint("header"),
        CheckConstraint("position > 0", name="position"),
        CheckConstraint("header <> ''", name="header"),
        CheckConstraint("holds = 'fixed' OR text = ''", name="text"),
    )
