"""Rename, delete and restore studies, each with its report, its exports and its notes, while no job can begin."""

import os
from contextlib import suppress

from keras_search.errors import UsageError
from keras_search.tuner.service import notes
from keras_search.tuner.service.context import Service
from keras_search.tuner.service.names import known_study
from keras_search.tuner.service.problems import Conflict, UnknownName
from keras_search.tuner.study import deleting, renaming
from keras_search.tuner.study.deleting import Emptied, Trashed
from keras_search.tuner.study.settings import check_study_name
from keras_search.tuner.system.ownership import foreign_files, is_ours, remove_marked
from keras_search.tuner.system.trash import TRASH


def rename(service: Service, old: str, new: str) -> None:
    """Rename a study.

    Raises:
        UnknownName: there is no such study.
        UsageError: the new name is wrong.
        Conflict: the new name is taken, or something works on one of the two.
    """
    known_study(service, old)
    check_study_name(new)
    places = service.places
    with service.queue.unused(old), service.queue.unused(new):
        if os.path.lexists(places.studies / new):
            raise Conflict(f"A study named {new!r} exists: choose another name.")
        renaming.rename(places.studies, old, new, places.reports)
        notes.move(service.database, old, new)
        before, after = places.exports / old, places.exports / new
        if is_ours(before, "export", old) and not os.path.lexists(after):
            with suppress(OSError):  # the exports then stay under the old name
                before.rename(after)
                renaming.put_name(after, "export", new)
    service.queue.note_change()


def delete(service: Service, name: str) -> Trashed:
    """Move a study to the trash.

    Raises:
        UnknownName: there is no such study.
        Conflict: something works on it.
    """
    known_study(service, name)
    places = service.places
    with service.queue.unused(name):
        trashed = deleting.delete(places.studies, [name], places.reports, places.exports)[0]
        notes.move(service.database, name, notes.key_of(trashed))
    service.queue.note_change()
    return trashed


def restore(service: Service, identifier: str) -> str:
    """Move a study out of the trash, and return its name.

    Raises:
        UnknownName: it is not there.
        Conflict: its name is taken.
    """
    trashed, places = _find(service, identifier), service.places
    with service.queue.unused(trashed.name):
        try:
            folder = deleting.restore(places.studies, trashed.id, None, places.reports, places.exports)
        except UsageError as error:
            raise Conflict(str(error)) from None
        notes.move(service.database, notes.key_of(trashed), folder.name)
    service.queue.note_change()
    return folder.name


def empty(service: Service, identifier: str | None = None) -> Emptied:
    """Delete a study in the trash for good, or all of them.

    Raises:
        UnknownName: it is not there.
    """
    chosen = None if identifier is None else [_find(service, identifier).id]
    emptied = deleting.empty(service.places.studies, chosen)
    _forget(service, emptied)
    return emptied


def expire(service: Service) -> None:
    """Delete for good what has been in the trash for long enough."""
    _forget(service, deleting.expire(service.places.studies))


def _forget(service: Service, emptied: Emptied) -> None:
    """Delete what lay in the trash with studies that are gone: notes, reports and exports, unless foreign files do."""
    for each in emptied.gone:
        notes.write(service.database, notes.key_of(each), "")
        for parent, kind in ((service.places.reports, "report"), (service.places.exports, "export")):
            place = parent / TRASH / each.id
            if is_ours(place, kind, each.name) and not foreign_files(place):
                with suppress(OSError):
                    remove_marked(place, kind, each.name)


def _find(service: Service, identifier: str) -> Trashed:
    for each in deleting.trashed(service.places.studies):
        if each.id == identifier:
            return each
    raise UnknownName(f"No study in the trash has the id {identifier[:100]!r}.")
