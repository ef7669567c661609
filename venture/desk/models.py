"""Sheets in an office's own columns, kept to be run again."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from venture.db import Base, choice
from venture.desk.subjects import Spec, Subject
from venture.files import File
from venture.people.models import Person


class OwnSheet(Base):
    """One's own sheet: rows, columns with headings, group; shared with colleagues or not.

    `template` is a workbook of the superior office's that is filled with the rows; `matched` says which column each
    of its names or headings takes.
    """

    __tablename__ = "own_sheet"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str]
    subject: Mapped[Subject] = mapped_column(choice(Subject))
    columns: Mapped[list[Any]]
    filters: Mapped[dict[str, Any]]
    grouped_by: Mapped[str] = mapped_column(default="")
    shared: Mapped[bool] = mapped_column(default=False)
    template_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"))
    matched: Mapped[dict[str, Any]] = mapped_column(default=dict)
    saved_at: Mapped[datetime]
    owner: Mapped[Person] = relationship()
    template: Mapped[File | None] = relationship()
    __table_args__ = (
        UniqueConstraint("owner_id", "name"),
        CheckConstraint("name <> ''", name="name"),
    )

    @property
    def spec(self) -> Spec:
        """The sheet as it is drawn."""
        columns = [(str(key), str(heading)) for key, heading in self.columns]
        return Spec(self.subject, columns, self.filters, self.grouped_by)
