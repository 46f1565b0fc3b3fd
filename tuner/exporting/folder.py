"""Make a folder of exported files appear whole, or not at all."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from keras_search.errors import UsageError
from keras_search.tuner.exporting.runtime import ExportError
from keras_search.tuner.system.files import sync


@contextmanager
def whole_folder(output: Path, overwrite: bool, ours: frozenset[str]) -> Iterator[Path]:
    """Give an empty folder to write to; on success it becomes `output`, on an error nothing is left behind.

    `ours` are the names that an earlier export may have left in `output`; a folder with others is never deleted.

    Raises:
        UsageError: `output` exists and may not be overwritten.
        ExportError: it cannot be written to.
    """
    target = Path(os.path.abspath(output))  # noqa: PTH100 - resolve() would follow a link that is to be kept
    _check_free(target, output, overwrite, ours)
    partial = target.with_name(f".{target.name}.partial")
    made = [parent for parent in target.parents if not parent.exists()]
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        yield partial
        _bring_to_disk(partial)
        _take_place(partial, target)
    except OSError as error:
        raise ExportError(
            f"The export could not be written to {output}: {error.strerror or error}. Choose another --output."
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        with suppress(OSError):
            for parent in made:
                parent.rmdir()


def _check_free(target: Path, output: Path, overwrite: bool, ours: frozenset[str]) -> None:
    if target in (Path.cwd(), *Path.cwd().parents):
        raise UsageError(f"--output must be a folder of its own, received {output}, in which you are.")
    if target.exists() and not target.is_dir():
        raise UsageError(f"--output {output} is a file: choose a folder.")
    content = {path.name for path in target.iterdir()} if target.is_dir() else set()
    if content and not overwrite:
        raise UsageError(f"--output {output} exists: add --overwrite, or choose another folder.")
    if not content <= ours:
        raise UsageError(
            f"--output {output} holds {sorted(content - ours)[0]!r}, which no export wrote: choose another folder."
        )


def _bring_to_disk(folder: Path) -> None:
    for path in (*folder.rglob("*"), folder):
        sync(path)


def _take_place(partial: Path, target: Path) -> None:
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.replace(old)
    try:
        partial.replace(target)
    except OSError:
        if old.exists():
            old.replace(target)
        raise
    sync(target.parent)
    shutil.rmtree(old, ignore_errors=True)
