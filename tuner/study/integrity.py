"""Make sure that the files that decide a study's result are as they were written."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from keras_search.errors import KerasSearchError
from keras_search.tuner.study.fields import SETTINGS
from keras_search.tuner.study.folder import WORKER_LOG, StudyFolder
from keras_search.tuner.study.refusal import refusal
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.store import MODEL, DamagedStudyError, Store
from keras_search.tuner.system.ownership import (
    ChangedFileError,
    check_file,
    check_sealed,
    digest_of,
    edited_files,
    foreign_files,
)
from keras_search.tuner.system.user_errors import one_line


class ChangedDataError(KerasSearchError):
    """Raised if a study's copy of its data is not as written; `lost`: files are missing, and none has changed."""

    def __init__(self, folder: StudyFolder, error: ChangedFileError) -> None:
        super().__init__(
            f"{error}: restore it from a backup. Or delete {folder.data} and resume with the data that the study was "
            "started with, to prepare it again."
        )
        self.lost = error.lost


@contextmanager
def reading(folder: StudyFolder) -> Iterator[Store]:
    """Open a study to read it; errors from contents that make no sense are reported as damage to the study.

    Raises:
        KerasSearchError: it is damaged, or its contents are impossible.
    """
    with Store.read(folder.root) as store:
        settings_of(store)
        if store.fact("search_ended") and not store.fact("best"):
            raise DamagedStudyError(store.path, "the fact 'best' is missing")
        with _making_sense(store):
            yield store


@contextmanager
def _making_sense(store: Store) -> Iterator[None]:
    try:
        yield
    except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
        raise DamagedStudyError(store.path, f"its contents make no sense: {one_line(error)}") from error


def settings_of(store: Store) -> StudySettings:
    """Return the settings of a study.

    Raises:
        DamagedStudyError: they are missing, or no study could have been started with them.
    """
    try:
        return StudySettings.model_validate(store.needed("settings"))
    except ValidationError as error:
        raise DamagedStudyError(store.path, f"its settings: {refusal(error, SETTINGS).rstrip('.')}") from error


def check_data(store: Store, folder: StudyFolder, only: str | None = None) -> None:
    """Check the hash of the study's copy of its data, or of one file of it.

    Raises:
        ChangedDataError: a file is missing or has changed.
    """
    try:
        check_sealed(folder.data, store.needed("seal"), only)
    except ChangedFileError as error:
        raise ChangedDataError(folder, error) from None


def check_model(store: Store, folder: StudyFolder, run: str) -> None:
    """Check the hash of a retrained model.

    Raises:
        KerasSearchError: it is missing or has changed.
    """
    try:
        check_file(folder.kept_model(run), store.file(run, MODEL))
    except ChangedFileError as error:
        raise KerasSearchError(f"The measured model {error}: restore it from a backup.") from None


def not_of_the_study(root: Path) -> list[str]:
    """List the files in a study's folder that the study did not write as they are, so only its user may delete them.

    If a study cannot be read, these are all files.
    """
    folder = StudyFolder(root)
    try:
        with Store.read(root) as store, _making_sense(store):
            return [*folder.foreign(), *_unknown(folder, store)]
    except KerasSearchError:
        return [folder.database.name]


def _unknown(folder: StudyFolder, store: Store) -> Iterator[str]:
    """List files that are named like a study's and are not of this study, or have changed."""
    if folder.data.is_dir():
        yield from (f"data/{name}" for name in (*foreign_files(folder.data), *edited_files(folder.data)))
    for path in _files(folder.root / "models"):
        if digest_of(path) != store.file(path.stem, MODEL):
            yield f"models/{path.name}"
    for path in _files(folder.logs):
        if path.stem not in store.runs and not WORKER_LOG.fullmatch(path.name):
            yield f"logs/{path.name}"
    for path in _files(folder.checkpoints):
        if path.name not in store.runs:
            yield f"checkpoints/{path.name}"


def _files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []
