"""The day on which a panel meets, and the order in which projects are presented."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from venture.db import Base
from venture.files import File
from venture.people.models import Person


class PanelDay(Base):
    """评审会: the day on which a round's panel meets, and what its minutes say that no other record holds.

    `present` lists the ids of the panelists who came; `observers` and `remarks` are lines of text.
    """

    __tablename__ = "panel_day"
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    held_on: Mapped[date]
    hours: Mapped[str] = mapped_column(default="")
    place: Mapped[str]
    chair: Mapped[str] = mapped_column(default="")
    recorder: Mapped[str] = mapped_column(default="")
    present: Mapped[list[Any]] = mapped_column(default=list)
    observers: Mapped[str] = mapped_column(default="")
    remarks: Mapped[str] = mapped_column(default="")
    revision: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    __table_args__ = (CheckConstraint("place <> ''", name="place"),)


class RunningOrder(Base):
    """汇报顺序抽签: one draw of the order in which a round's projects are presented; rows are never changed.

    `order` lists the applications' ids as `running.order` draws them by `seed`, or as somebody (`drawn_by`) drew them by
    hand on a day before a witness, with the scan of the signed list; a later draw says why it was made.
    """

    __tablename__ = "running_order"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    number: Mapped[int]
    seed: Mapped[int | None]
    drawn_on: Mapped[date | None]
    drawn_by: Mapped[str] = mapped_column(default="", server_default="")
    witness: Mapped[str] = mapped_column(default="", server_default="")
    scan_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"))
    order: Mapped[list[Any]]
    reason: Mapped[str] = mapped_column(default="")
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    made_by: Mapped[Person] = relationship()
    scan: Mapped[File | None] = relationship()
    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        CheckConstraint(
            "(seed IS NULL) = (drawn_on IS NOT NULL) AND (seed IS NULL) = (witness <> '') "
            "AND (seed IS NULL) = (drawn_by <> '') AND (seed IS NULL OR scan_id IS NULL)",
            name="by_hand",
        ),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("seed >= 0", name="seed"),
        CheckConstraint("number = 1 OR reason <> ''", name="reason"),
    )
