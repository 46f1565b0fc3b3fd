"""The shapes that bodies and answers share."""

from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict

Item = TypeVar("Item")
LONGEST_PAGE = 1000


class Answer(BaseModel):
    """A frozen record; names and texts in it come from users and are not safe as HTML."""

    model_config = ConfigDict(frozen=True)


class Body(BaseModel):
    """The base of what routes receive: a field that it does not have is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Page(Answer, Generic[Item]):
    """Some items of a list: those from `offset` on, at most `limit` of `total`."""

    items: tuple[Item, ...]
    total: int
    offset: int
    limit: int


Offset = Annotated[int, Query(ge=0, le=2**53, description="How many items to leave out")]
Limit = Annotated[int, Query(ge=1, le=LONGEST_PAGE, description="How many items to show at most")]
