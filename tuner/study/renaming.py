"""Rename a study: its folder, its mark, and the folder of its report."""

import os
from pathlib import Path

from keras_search.errors import KerasSearchError, UsageError
from keras_search.tuner.study.database import claim
from keras_search.tuner.study.folder import KIND, StudyFolder, find_study
from keras_search.tuner.study.settings import check_study_name
from keras_search.tuner.system.files import sync
from keras_search.tuner.system.ownership import Mark, is_ours, read_mark, write_mark


def rename(studies_dir: Path, old: str, new: str, reports_dir: Path | None = None) -> tuple[StudyFolder, Path | None]:
    """Rename a study, and move the folder of its report if that is ours and its new place is free.

    Return the study and the report's new folder, if it was moved. A study of another name has the same result: its
    name decides nothing.

    Raises:
        UsageError: there is no such study, or the new name is wrong or taken.
        StudyInUseError: a process runs it.
    """
    folder, renamed = find_study(studies_dir, old), StudyFolder(studies_dir / check_study_name(new))
    check_new_name(renamed, "choose another name")
    folder.check_replaceable("or rename the folder yourself.")
    lock = claim(folder.root)
    try:
        _move(folder.root, renamed.root)
        put_name(renamed.root, KIND, new)  # a kill before this leaves a study that is recognised all the same
    finally:
        lock.release()
    if reports_dir is None or not is_ours(reports_dir / old, "report", old) or os.path.lexists(reports_dir / new):
        return renamed, None
    _move(reports_dir / old, reports_dir / new)
    return renamed, put_name(reports_dir / new, "report", new)


def check_new_name(folder: StudyFolder, otherwise: str) -> None:
    """Make sure that a study may be put in a place.

    Raises:
        UsageError: something is there; `otherwise` says what to do.
    """
    if os.path.lexists(folder.root):
        raise UsageError(f"{folder.root} exists: {otherwise}.")


def put_name(place: Path, kind: str, name: str) -> Path:
    """Write a new name into the mark of one of our folders, and return the folder."""
    mark = read_mark(place)
    if mark is None or mark.name != name:
        write_mark(place, Mark(kind, name, {} if mark is None else mark.files))
    return place


def _move(folder: Path, place: Path) -> None:
    try:
        folder.rename(place)
        sync(place.parent)
    except OSError as error:
        raise KerasSearchError(f"{folder} could not be renamed to {place.name}: {error.strerror}.") from None
