"""Delete studies into the trash beside them, restore them, and empty the trash."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from keras_search.errors import KerasSearchError, UsageError, did_you_mean
from keras_search.tuner.study.database import claim
from keras_search.tuner.study.folder import KIND, StudyFolder, find_study
from keras_search.tuner.study.integrity import not_of_the_study
from keras_search.tuner.study.renaming import check_new_name, put_name
from keras_search.tuner.study.settings import check_study_name
from keras_search.tuner.system.ownership import check_ours, is_ours, read_mark, remove_marked
from keras_search.tuner.system.trash import TRASH, free_place, move_to, put_there_at

KEPT_DAYS = 30
"""Days after which a study in the trash is deleted for good, by the next command that deletes or lists the trash."""
DAY = 86_400.0
OTHERWISE = "or delete the folder yourself."


@dataclass(frozen=True)
class Trashed:
    """A study in the trash: the name of its folder there, when it was put there (seconds since 1970) and its bytes."""

    id: str
    name: str
    deleted: float
    bytes: int
    folder: StudyFolder

    @property
    def expires(self) -> float:
        """When it may be deleted for good, in seconds since 1970."""
        return self.deleted + KEPT_DAYS * DAY


@dataclass(frozen=True)
class Emptied:
    """What became of the studies that were to be deleted for good: those that are gone, and why others stay."""

    gone: tuple[Trashed, ...] = ()
    kept: tuple[tuple[Trashed, str], ...] = ()


def delete(
    studies_dir: Path, names: Sequence[str], reports_dir: Path | None = None, exports_dir: Path | None = None
) -> list[Trashed]:
    """Move studies to the trash, and their reports and exports where a folder for them is given.

    All of them are checked before the first is moved.

    Raises:
        UsageError: there is no such study, or files in it or in its report are not ours.
        StudyInUseError: a process runs it.
    """
    folders = [find_study(studies_dir, name) for name in dict.fromkeys(names)]
    beside = [(reports_dir, "report"), (exports_dir, "export")]
    with ExitStack() as held:
        for folder in folders:
            folder.check_replaceable(OTHERWISE)
            for parent, kind in beside:
                if parent is not None:
                    check_ours(parent / folder.name, kind, folder.name, "move it away and try again.")
            held.callback(claim(folder.root).release)
        return [_delete(folder, [parent for parent, _ in beside if parent is not None]) for folder in folders]


def _delete(folder: StudyFolder, beside: Sequence[Path]) -> Trashed:
    put_name(folder.root, KIND, folder.name)  # it may have been renamed by hand, or be older than marks
    place = move_to(free_place(folder.root), folder.root)
    for parent in beside:
        if (parent / folder.name).is_dir():
            move_to(parent / TRASH / place.name, parent / folder.name)
    return _trashed(place)


def trashed(studies_dir: Path) -> list[Trashed]:
    """List the studies in the trash, the last deleted first."""
    places = (place for place in (studies_dir / TRASH).glob("*") if _is_study(place))
    return sorted(map(_trashed, places), key=lambda each: (-each.deleted, each.id))


def find_trashed(studies_dir: Path, id_: str) -> Trashed:
    """Find a study in the trash by its id, or by its name if only one of that name is there.

    Raises:
        UsageError: there is none, or several of that name.
    """
    there = trashed(studies_dir)
    found = [each for each in there if each.id == id_] or [each for each in there if each.name == id_]
    if len(found) == 1:
        return found[0]
    known = [each.id for each in found or there]
    here = f"In the trash: {', '.join(known)}." if known else f"The trash of {studies_dir} is empty."
    what = f"Several studies named {id_!r} are in the trash." if found else f"No {id_!r} is in the trash."
    raise UsageError(f"{what}{did_you_mean(id_, [] if found else known)} {here}")


def restore(
    studies_dir: Path,
    id_: str,
    name: str | None = None,
    reports_dir: Path | None = None,
    exports_dir: Path | None = None,
) -> StudyFolder:
    """Move a study out of the trash, under another `name` if one is given, with what was deleted along with it.

    Raises:
        UsageError: it is not there, or its name is taken.
    """
    found = find_trashed(studies_dir, id_)
    folder = StudyFolder(studies_dir / check_study_name(found.name if name is None else name))
    check_new_name(folder, f"restore it under another: keras-search restore {found.id} --as NAME")
    with _unused(found.folder):
        put_name(move_to(folder.root, found.folder.root), KIND, folder.name)
    for parent, kind in ((reports_dir, "report"), (exports_dir, "export")):
        if parent is None:
            continue
        here, place = parent / TRASH / found.id, parent / folder.name
        if is_ours(here, kind, found.name) and not place.exists():
            put_name(move_to(place, here), kind, folder.name)
    return folder


def empty(studies_dir: Path, ids: Sequence[str] | None = None) -> Emptied:
    """Delete studies in the trash for good, all of them by default; files that are not ours keep theirs.

    Raises:
        UsageError: one is not there.
    """
    chosen = trashed(studies_dir) if ids is None else [find_trashed(studies_dir, id_) for id_ in dict.fromkeys(ids)]
    return _deleted_for_good(studies_dir, [(each, each.folder.foreign()) for each in chosen])


def expire(studies_dir: Path, now: float | None = None) -> Emptied:
    """Delete for good what has been in the trash for `KEPT_DAYS` days, unless a file of it was added or changed."""
    moment = time.time() if now is None else now
    old = [each for each in trashed(studies_dir) if each.expires <= moment]
    return _deleted_for_good(studies_dir, [(each, not_of_the_study(each.folder.root)) for each in old])


def _deleted_for_good(studies_dir: Path, chosen: Sequence[tuple[Trashed, list[str]]]) -> Emptied:
    gone: list[Trashed] = []
    kept: list[tuple[Trashed, str]] = []
    for each, foreign in chosen:
        try:
            if foreign:
                raise KerasSearchError(f"{foreign[0]} is not as keras-search wrote it")
            with _unused(each.folder):
                remove_marked(each.folder.root, KIND, each.name)
        except (KerasSearchError, OSError) as error:
            kept.append((each, str(error).rstrip(".")))
        else:
            gone.append(each)
    _remove_if_empty(studies_dir / TRASH)
    return Emptied(tuple(gone), tuple(kept))


@contextmanager
def _unused(folder: StudyFolder) -> Iterator[None]:
    """Hold the lock of a study."""
    lock = claim(folder.root)
    try:
        yield
    finally:
        lock.release()


def _remove_if_empty(trash: Path) -> None:
    if trash.is_dir() and not any(trash.iterdir()):
        trash.rmdir()


def _is_study(place: Path) -> bool:
    """Return whether a folder in the trash is one that a study of ours left there."""
    mark = read_mark(place) if place.is_dir() and not place.is_symlink() else None
    return mark is not None and mark.kind == KIND and put_there_at(place) is not None


def _trashed(place: Path) -> Trashed:
    mark = read_mark(place)
    size = sum(path.lstat().st_size for path in place.rglob("*") if not path.is_dir())
    return Trashed(place.name, mark.name if mark else "", put_there_at(place) or 0.0, size, StudyFolder(place))
