"""Single facts about the record itself."""

from sqlmodel import Field, SQLModel


class Fact(SQLModel, table=True):
    """A name and its value, such as the policy that the milestones were planned with."""

    name: str = Field(primary_key=True)
    value: str
