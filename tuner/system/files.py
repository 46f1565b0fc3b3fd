"""Write files and folders so that a kill at any instant leaves none torn, and only our own are replaced."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from keras_search.errors import UsageError
from keras_search.tuner.system import faults
from keras_search.tuner.system.locking import alone_with
from keras_search.tuner.system.ownership import (
    MARK,
    Mark,
    check_ours,
    digests,
    foreign_files,
    listed_files,
    remove_marked,
    write_mark,
)

Retire = Callable[[Path], None]


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` to write to; on success, it replaces `path` atomically.

    The content is on the disk before the name is. On an error nothing is left behind.
    """
    partial = path.with_name(f".{path.stem}.partial{path.suffix}")
    try:
        yield partial
        sync(partial)
        partial.replace(path)
        sync(path.parent)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@contextmanager
def replacing_folder(target: Path, mark: Mark, retire: Retire | None = None) -> Iterator[Path]:
    """Yield an empty folder beside `target` to fill; on success it replaces `target`, marked with `mark`.

    Our own files in the old folder are deleted, and all others stay in `target`; before that, `retire` may move away
    any part of the old folder, or all of it. On an error all is as before; after a kill, the next call restores it.
    Several calls at once wait for each other, and the last one's folder stays.

    Raises:
        UsageError: `target` is not ours, or a foreign file is in the way of one of ours.
        KerasSearchError: another process is writing it and does not finish.
        OSError: it cannot be written to.
    """
    check_ours(target, mark.kind, mark.name, "move it away or choose another place.")
    made = [parent for parent in target.parents if not parent.exists()]
    with suppress(FileExistsError):  # a file in its place is reported as no directory, below
        target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with alone_with(target):
            yield from _replaced(target, mark, retire)
    except BaseException:
        with suppress(OSError):
            for parent in made:
                parent.rmdir()
        raise


def _replaced(target: Path, mark: Mark, retire: Retire | None) -> Iterator[Path]:
    partial, old = (target.with_name(f".{target.name}.{state}") for state in ("partial", "old"))
    check_ours(target, mark.kind, mark.name, "move it away or choose another place.")
    _settle(target, old, mark, retire)
    remove_marked(partial, mark.kind, mark.name)
    partial.mkdir()
    try:
        write_mark(partial, replace(mark, files={}))
        yield partial
        write_mark(partial, replace(mark, files=digests(partial)))
        _refuse_collision(partial, target)
        sync_tree(partial)
        faults.point("folder filled")
        swap_folders(partial, target, old, "folder swap")
    except BaseException:
        remove_marked(partial, mark.kind, mark.name)
        raise
    faults.point("folder swapped")
    _settle(target, old, mark, retire)


def _settle(target: Path, old: Path, mark: Mark, retire: Retire | None) -> None:
    """Finish an interrupted swap: restore the old folder if there is no new one, else remove it."""
    if not os.path.lexists(old):
        return
    check_ours(old, mark.kind, mark.name, "move it away and try again.")
    if not is_occupied(target):
        old.replace(target)
        return
    if retire is not None:
        retire(old)
    if old.exists():
        _carry_over(old, target)


def swap_folders(new: Path, target: Path, aside: Path, point: str) -> None:
    """Replace `target` by `new`, moving the old one to `aside` if it held anything.

    On an error and on Ctrl-C `target` is as before, unless another process has put a folder there meanwhile. `point`
    names the instant between the two renames for a test.

    Raises:
        OSError: the system refuses a rename.
    """
    occupied = is_occupied(target)
    if occupied:
        aside.parent.mkdir(exist_ok=True)
        target.replace(aside)
    try:
        faults.point(point)
        new.replace(target)
    except BaseException:
        if occupied and not os.path.lexists(target):
            aside.replace(target)
        raise
    sync(target.parent)
    if aside.parent.exists():
        sync(aside.parent)


def is_occupied(folder: Path) -> bool:
    """Return whether a folder exists and is not empty."""
    return folder.exists() and any(folder.iterdir())


def _refuse_collision(partial: Path, target: Path) -> None:
    """Refuse to overwrite a foreign file with one of ours."""
    ours = set(listed_files(partial))
    for name in foreign_files(target) if target.is_dir() else ():
        above = {parent.as_posix() for parent in Path(name).parents}
        if name in ours or above & ours or (partial / name).is_dir():
            raise UsageError(f"{target / name} was not written by keras-search and is in the way: move it away.")


def _carry_over(old: Path, target: Path) -> None:
    """Delete our files in `old`, and move all others to the same place in `target`."""
    for name in foreign_files(old):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (old / name).replace(target / name)
        faults.point("folder carried")
    for name in listed_files(old):
        (old / name).unlink(missing_ok=True)
    for place in old.iterdir():
        if place.is_dir():
            _carry_empty(place, target / place.name, old)
            remove_empty(place)
    (old / MARK).unlink(missing_ok=True)
    with suppress(OSError):
        old.rmdir()


def _carry_empty(folder: Path, there: Path, old: Path) -> None:
    """Recreate empty folders that are not ours; ours have files that are listed."""
    ours = {parent.as_posix() for name in listed_files(old) for parent in Path(name).parents}
    for place in (folder, *folder.rglob("*")):
        if place.is_dir() and not place.is_symlink() and place.relative_to(old).as_posix() not in ours:
            (there / place.relative_to(folder)).mkdir(parents=True, exist_ok=True)


def remove_empty(folder: Path) -> None:
    """Delete a folder and those below it that are empty."""
    for place in folder.iterdir():
        if place.is_dir() and not place.is_symlink():
            remove_empty(place)
    with suppress(OSError):
        folder.rmdir()


def sync_tree(folder: Path) -> None:
    """Flush everything below a folder to the disk."""
    for path in (*folder.rglob("*"), folder):
        if not path.is_symlink():
            sync(path)


def sync(path: Path) -> None:
    """Flush a file or a folder's entries to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
