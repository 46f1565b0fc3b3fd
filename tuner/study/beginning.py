"""Begin a study: create it beside its place, so that an earlier one stays until the new one is complete."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock

from keras_search.errors import KerasSearchError, UsageError
from keras_search.tuner.study.folder import KIND, StudyFolder
from keras_search.tuner.study.integrity import not_of_the_study
from keras_search.tuner.study.store import claim
from keras_search.tuner.system import faults
from keras_search.tuner.system.files import is_occupied, swap_folders
from keras_search.tuner.system.ownership import MARK, check_ours, remove_marked
from keras_search.tuner.system.trash import empty_trash, free_place


class Beginning:
    """A study that is being created in `staged`, whose `lock` is held, to be moved to `folder`."""

    def __init__(self, folder: StudyFolder, lock: FileLock) -> None:
        self.folder, self.staged, self.lock = folder, folder.staged, lock

    def take_place(self) -> Path | None:
        """Move the study to its place and return where in the trash an earlier one is.

        Raises:
            KerasSearchError: it could not be moved; an earlier one is back in its place.
        """
        try:
            return _put_in_place(self.folder)
        except OSError as error:
            raise KerasSearchError(
                f"The study could not be put in its place, {self.folder.root}: {error.strerror or error}."
            ) from error


@contextmanager
def beginning(folder: StudyFolder, overwrite: bool) -> Iterator[Beginning]:
    """Yield a place to create a new study in; if the block fails, nothing of it stays.

    Raises:
        UsageError: the study exists and must not be overwritten, or something else is in its place.
        KerasSearchError: another process uses it, or the place cannot be written to.
    """
    folder.finish_start()
    _check_free(folder, overwrite)
    first = not folder.root.parent.exists()
    check_ours(folder.staged.root, KIND, folder.name, "move it away and try again.")
    folder.staged.make(folder.name)
    lock = claim(folder.staged.root, folder.name)
    try:
        _clear(folder.staged)
        folder.staged.make(folder.name)
        with _unused(folder):
            yield Beginning(folder, lock)
    finally:
        with suppress(OSError):
            remove_marked(folder.staged.root, KIND, folder.name)
        lock.release()
        if first:
            with suppress(OSError):
                folder.root.parent.rmdir()


def _check_free(folder: StudyFolder, overwrite: bool) -> None:
    if not os.path.lexists(folder.root):
        return
    folder.check_replaceable()
    if folder.database.exists() and not overwrite:
        raise UsageError(
            f"A study named {folder.name!r} exists. Continue it: {folder.command('resume')}. "
            "Start again: add --overwrite."
        )


def _clear(staged: StudyFolder) -> None:
    """Delete what a killed start left behind."""
    for place in staged.root.iterdir():
        if place.name not in {MARK, "lock"}:
            shutil.rmtree(place) if place.is_dir() else place.unlink()


@contextmanager
def _unused(folder: StudyFolder) -> Iterator[None]:
    """Hold the lock of the study to be replaced, if there is one."""
    if not folder.root.is_dir() or not any(folder.root.iterdir()):
        yield
        return
    folder.check_links()
    lock = claim(folder.root)
    try:
        yield
    finally:
        lock.release()


def _put_in_place(folder: StudyFolder) -> Path | None:
    """Replace the earlier study by the new one; return where in the trash the earlier one is."""
    aside, before = free_place(folder.root), is_occupied(folder.root)
    try:
        swap_folders(folder.staged.root, folder.root, aside, "study swap")
    except OSError:
        restored = before and not aside.exists()
        if restored or not folder.database.is_file():  # else another process has found and finished it
            raise
    faults.point("study in place")
    empty_trash(folder.root, KIND, not_of_the_study)
    return aside if before else None
