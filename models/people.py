"""Posts and suppliers. A post is not a person: whoever holds it changes, the post answers."""

from sqlmodel import Field, SQLModel


class Person(SQLModel, table=True):
    """A post that owns contracts, clears papers or sits on the Board."""

    id: int | None = Field(default=None, primary_key=True)
    title: str = Field(unique=True)
    email: str | None = None
    deputy_id: int | None = Field(default=None, foreign_key="person.id")
    manager_id: int | None = Field(default=None, foreign_key="person.id")


class Supplier(SQLModel, table=True):
    """A provider the council buys from."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    company_number: str | None = None
    sector: str | None = None
    sme: bool | None = None
    vcse: bool | None = None
