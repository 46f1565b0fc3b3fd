"""Make a folder of exported files appear whole, or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from keras_search.errors import UsageError
from keras_search.tuner.exporting.runtime import ExportError
from keras_search.tuner.system.files import replacing_folder
from keras_search.tuner.system.ownership import Mark, check_ours, foreign_files
from keras_search.tuner.system.trash import empty_trash, move_to_trash

KIND = "export"


@contextmanager
def whole_folder(output: Path, overwrite: bool) -> Iterator[Path]:
    """Yield an empty folder to write to; on success it becomes `output`, on an error nothing is left behind.

    An earlier export goes to the trash beside it, `.trash/NAME-TIME`.

    Raises:
        UsageError: `output` exists and must not be overwritten.
        ExportError: it cannot be written to.
    """
    target = Path(os.path.abspath(output))  # noqa: PTH100 - resolve() would follow a link, which is refused
    _check_free(target, output, overwrite)
    try:
        with replacing_folder(target, Mark(KIND, target.name), lambda old: _retire(old, target)) as partial:
            _check_free(target, output, overwrite)  # another export may have been faster
            yield partial
    except OSError as error:
        raise ExportError(
            f"The export could not be written to {output}: {error.strerror or error}. Choose another --output."
        ) from error


def _retire(old: Path, target: Path) -> None:
    move_to_trash(old, target.name)
    empty_trash(target, KIND, foreign_files)


def _check_free(target: Path, output: Path, overwrite: bool) -> None:
    if target in (Path.cwd(), *Path.cwd().parents):
        raise UsageError(f"--output must be a folder of its own, received {output}, the current folder.")
    if target.exists() and not target.is_dir():
        raise UsageError(f"--output {output} is a file: choose a folder.")
    if target.is_dir() and any(target.iterdir()) and not overwrite:
        raise UsageError(f"--output {output} exists: add --overwrite, or choose another folder.")
    check_ours(target, KIND, target.name, "move it away, or choose another --output.")
    foreign = foreign_files(target) if target.is_dir() else []
    if foreign:
        raise UsageError(f"--output {output} holds {foreign[0]!r}, which no export wrote: choose another folder.")
