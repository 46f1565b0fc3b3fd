"""Keep what was replaced where its user finds it: `.trash/NAME-TIME` beside its former place."""

import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from keras_search.errors import KerasSearchError
from keras_search.tuner.system.files import sync
from keras_search.tuner.system.ownership import is_ours

TRASH = ".trash"
KEPT = 3
"""The number of replaced folders of a name that are kept; the oldest go first."""


def free_place(folder: Path) -> Path:
    """Return an unused name in the trash beside `folder`; within the same second, a number is added."""
    stem = f"{folder.name}-{time.strftime('%Y%m%d-%H%M%S')}"
    trash = folder.parent / TRASH
    taken = [_age(path)[1] for path in trash.glob("*") if re.fullmatch(re.escape(stem) + r"(-\d+)?", path.name)]
    return trash / (f"{stem}-{max(taken) + 1}" if taken else stem)


def move_to_trash(folder: Path, name: str = "") -> Path:
    """Move a folder to the trash beside it, as one of `name`, and return its new place."""
    return move_to(free_place(folder.with_name(name or folder.name)), folder)


def move_to(place: Path, folder: Path) -> Path:
    """Move a folder to a free place and return that, when both are on the disk.

    Raises:
        KerasSearchError: the system refuses.
    """
    try:
        place.parent.mkdir(exist_ok=True)
        folder.rename(place)
        sync(place.parent)
        sync(folder.parent)
    except OSError as error:
        raise KerasSearchError(f"{folder} could not be moved to {place}: {error.strerror}.") from None
    return place


def put_there_at(place: Path) -> float | None:
    """Return when a folder was moved to the trash, in seconds since 1970; None if its name does not say."""
    stamp = re.fullmatch(r".+-(\d{8}-\d{6})(-\d+)?", place.name)
    try:
        return None if stamp is None else time.mktime(time.strptime(stamp[1], "%Y%m%d-%H%M%S"))
    except ValueError:
        return None


def empty_trash(folder: Path, kind: str, foreign: Callable[[Path], list[str]]) -> None:
    """Delete all but the last `KEPT` of a name from the trash beside `folder`, unless `foreign` finds foreign files."""
    pattern = re.compile(re.escape(folder.name) + r"-\d{8}-\d{6}(-\d+)?")
    found = [place for place in (folder.parent / TRASH).glob("*") if pattern.fullmatch(place.name)]
    for place in sorted(found, key=_age)[:-KEPT]:
        if is_ours(place, kind, folder.name) and not foreign(place):
            shutil.rmtree(place, ignore_errors=True)


def _age(place: Path) -> tuple[str, int]:
    date, clock, *number = place.name.rsplit("-", 3 if re.search(r"-\d{6}-\d+$", place.name) else 2)[1:]
    return date + clock, int(number[0]) if number else 1
