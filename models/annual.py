"""The Board's annual reports as they were published: never changed, only superseded by a further edition."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel


class AnnualReport(SQLModel, table=True):
    """One edition of a year's report, frozen: its figures with their rows, and the two files made of them.

    `content` is what is printed besides the figures, such as the comments. Paths are relative to the home
    folder. An edition after the first supersedes the one before it, `because` says why.
    """

    __table_args__ = (sa.UniqueConstraint("year", "edition"),)
    id: int | None = Field(default=None, primary_key=True)
    year: str
    edition: int
    as_at: date
    figures: dict[str, Any] = Field(sa_type=sa.JSON)
    content: dict[str, Any] = Field(sa_type=sa.JSON)
    pdf_path: str
    pdf_sha256: str
    docx_path: str
    docx_sha256: str
    published_on: date
    by: str
    because: str = ""
