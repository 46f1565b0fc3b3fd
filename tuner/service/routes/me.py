"""Whether the service is up, and what the sender may do."""

from fastapi import APIRouter

from keras_search.tuner.service.answers import Answer
from keras_search.tuner.service.permissions import PUBLIC, READ, Granted, Permission

router = APIRouter(tags=["service"])


class Health(Answer):
    """The service is up."""

    status: str = "ok"


class Me(Answer):
    """What the sender's token allows: `read`, or `write`, which is everything."""

    permission: Permission


@router.get("/healthz", dependencies=[PUBLIC])
def health() -> Health:
    """Say that the service is up."""
    return Health()


@router.get("/api/v1/me", dependencies=[READ])
def me(permission: Granted) -> Me:
    """Show what the sender's token allows."""
    return Me(permission=permission)
