"""Read-only tokens to share."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from keras_search.tuner.service.answers import Answer, Body
from keras_search.tuner.service.context import ServiceOf
from keras_search.tuner.service.permissions import WRITE
from keras_search.tuner.service.tokens import SharedToken

router = APIRouter(prefix="/api/v1", tags=["tokens"])


class TokenRow(Answer):
    """A read-only token, without its secret."""

    id: str
    label: str
    created: float


class NewToken(TokenRow):
    """A read-only token with its secret, which is shown only now."""

    token: str
    link: str


class Sharing(Body):
    """A note of whom the token is for."""

    label: Annotated[str, Field(max_length=200)] = ""


@router.get("/tokens", dependencies=[WRITE])
def list_tokens(service: ServiceOf) -> list[TokenRow]:
    """List the read-only tokens, the oldest first."""
    return [_row(token) for token in service.tokens.shared()]


@router.post("/tokens", dependencies=[WRITE], status_code=201)
def share(body: Sharing, service: ServiceOf) -> NewToken:
    """Make a read-only token; it is shown once."""
    made, secret = service.tokens.share(body.label)
    link = f"{service.address.root_path}/login?token={secret}"
    return NewToken(**_row(made).model_dump(), token=secret, link=link)


@router.delete("/tokens/{identifier}", dependencies=[WRITE], status_code=204)
def withdraw(identifier: str, service: ServiceOf) -> None:
    """Make a read-only token worthless, and sign out whoever uses it."""
    service.tokens.withdraw(identifier)


def _row(token: SharedToken) -> TokenRow:
    return TokenRow(id=token.id, label=token.label, created=token.created)
