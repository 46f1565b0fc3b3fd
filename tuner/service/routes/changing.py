"""Rename, delete and restore studies; notes about them."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from keras_search.tuner.service import changing
from keras_search.tuner.service import notes as kept
from keras_search.tuner.service.answers import Answer, Body
from keras_search.tuner.service.context import ServiceOf
from keras_search.tuner.service.names import known_study
from keras_search.tuner.service.permissions import READ, WRITE
from keras_search.tuner.service.problems import Conflict
from keras_search.tuner.study import deleting
from keras_search.tuner.study.deleting import Trashed

router = APIRouter(prefix="/api/v1", tags=["studies"])
LONGEST_NOTES = 100_000


class StudyName(Answer):
    """A study that has changed its name or place."""

    name: str


class NewName(Body):
    """The name that a study should have."""

    name: Annotated[str, Field(max_length=200)]


class TrashRow(Answer):
    """A study in the trash; times in seconds since 1970. It may be deleted for good after `expires`."""

    id: str
    name: str
    deleted: float
    expires: float
    size: int


class Kept(Answer):
    """A study that could not be deleted for good, and why."""

    id: str
    reason: str


class EmptiedTrash(Answer):
    """The studies that are gone, by their ids, and those that stay."""

    gone: tuple[str, ...]
    kept: tuple[Kept, ...]


class Notes(Body):
    """The notes about a study."""

    text: Annotated[str, Field(max_length=LONGEST_NOTES)]


@router.post("/studies/{name}/rename", dependencies=[WRITE])
def rename(name: str, body: NewName, service: ServiceOf) -> StudyName:
    """Rename a study, with its report and exports."""
    changing.rename(service, name, body.name)
    return StudyName(name=body.name)


@router.delete("/studies/{name}", dependencies=[WRITE])
def delete(name: str, service: ServiceOf) -> TrashRow:
    """Move a study to the trash, with its report and exports."""
    return _row(changing.delete(service, name))


@router.get("/trash", dependencies=[READ])
def trash(service: ServiceOf) -> tuple[TrashRow, ...]:
    """List the studies in the trash, the last deleted first."""
    return tuple(map(_row, deleting.trashed(service.places.studies)))


@router.post("/trash/{identifier}/restore", dependencies=[WRITE])
def restore(identifier: str, service: ServiceOf) -> StudyName:
    """Move a study out of the trash, with its report and exports."""
    return StudyName(name=changing.restore(service, identifier))


@router.delete("/trash", dependencies=[WRITE])
def empty(service: ServiceOf) -> EmptiedTrash:
    """Delete everything in the trash for good."""
    emptied = changing.empty(service)
    kept_back = tuple(Kept(id=each.id, reason=reason) for each, reason in emptied.kept)
    return EmptiedTrash(gone=tuple(each.id for each in emptied.gone), kept=kept_back)


@router.delete("/trash/{identifier}", dependencies=[WRITE], status_code=204)
def delete_for_good(identifier: str, service: ServiceOf) -> None:
    """Delete a study in the trash for good."""
    for each, reason in changing.empty(service, identifier).kept:
        raise Conflict(f"{each.id} stays in the trash: {reason}.")


@router.get("/studies/{name}/notes", dependencies=[READ])
def notes(name: str, service: ServiceOf) -> Notes:
    """Show the notes about a study."""
    return Notes(text=kept.read(service.database, known_study(service, name).name))


@router.put("/studies/{name}/notes", dependencies=[WRITE])
def write_notes(name: str, body: Notes, service: ServiceOf) -> Notes:
    """Replace the notes about a study."""
    kept.write(service.database, known_study(service, name).name, body.text)
    return body


def _row(trashed: Trashed) -> TrashRow:
    return TrashRow(
        id=trashed.id, name=trashed.name, deleted=trashed.deleted, expires=trashed.expires, size=trashed.bytes
    )
