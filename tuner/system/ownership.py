"""Recognise our folders by the mark in them, with our files and whether they have changed."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

from keras_search.errors import KerasSearchError, UsageError

MARK = ".keras-search.json"
THREADS = 4
"""The number of files that are hashed at once; hashing releases Python's global lock."""


@dataclass(frozen=True)
class Mark:
    """The kind of a folder (`study`, `report`, `export` or `data`), its name, and the SHA-256 of each of our files.

    The files are named by their path inside the folder. A folder that is still being filled lists none.
    """

    kind: str
    name: str
    files: dict[str, str] = field(default_factory=dict)

    @property
    def seal(self) -> str:
        """A hash of the whole mark."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


class ChangedFileError(KerasSearchError):
    """Raised if a file is not as it was written; `lost`: it is missing."""

    def __init__(self, path: Path, lost: bool) -> None:
        super().__init__(f"{path} {'is missing' if lost else 'has changed since it was written'}")
        self.lost = lost


def write_mark(folder: Path, mark: Mark) -> None:
    """Write a mark to a folder; it is on the disk when this returns."""
    partial = folder / f"{MARK}.partial"
    with partial.open("w", encoding="utf-8") as file:
        json.dump(asdict(mark), file, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(folder / MARK)


def read_mark(folder: Path) -> Mark | None:
    """Return the mark in a folder; None if there is none that we could have written."""
    path = folder / MARK
    try:
        if path.is_symlink() or folder.is_symlink():
            return None
        found = json.loads(path.read_text(encoding="utf-8"))
        files = {str(name): str(digest) for name, digest in found["files"].items()}
        return Mark(str(found["kind"]), str(found["name"]), files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def is_ours(folder: Path, kind: str, name: str) -> bool:
    """Return whether a folder is ours and of this `kind` and `name`."""
    mark = read_mark(folder)
    return mark is not None and (mark.kind, mark.name) == (kind, name)


def check_ours(folder: Path, kind: str, name: str, advice: str) -> None:
    """Accept a free place, an empty folder, or one of ours.

    Raises:
        UsageError: something else is there; `advice` completes the message.
    """
    if folder.is_symlink():
        raise UsageError(f"{folder} is a link to {folder.readlink()}: {advice}")
    if not folder.exists() or is_ours(folder, kind, name):
        return
    if not folder.is_dir():
        raise UsageError(f"{folder} is a file, expected a folder: {advice}")
    if is_bare(folder):
        return
    mark = read_mark(folder)
    what = f"files and no mark of keras-search ({MARK})" if mark is None else f"the {mark.kind} {mark.name!r}"
    raise UsageError(f"{folder} holds {what}: {advice}")


def is_bare(folder: Path) -> bool:
    """Return whether a folder is empty but for what a kill left of a mark that was being written."""
    return all(place.name == f"{MARK}.partial" and place.is_file() for place in folder.iterdir())


def digest_of(path: Path) -> str:
    """Hash a file (SHA-256, hex)."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digests(folder: Path) -> dict[str, str]:
    """Hash every file below a folder except its mark, by its path inside."""
    return hashed(folder, [name for name in files_below(folder) if name != MARK])


def hashed(folder: Path, names: Sequence[str]) -> dict[str, str]:
    """Hash files of a folder by their path inside."""
    with ThreadPoolExecutor(THREADS) as pool:
        return dict(zip(names, pool.map(lambda name: digest_of(folder / name), names), strict=True))


def files_below(folder: Path) -> list[str]:
    """List everything below a folder except folders, by path inside; links are not followed."""
    return sorted(_walk(folder, folder))


def _walk(folder: Path, root: Path) -> Iterator[str]:
    for place in folder.iterdir():
        if place.is_dir() and not place.is_symlink():
            yield from _walk(place, root)
        else:
            yield place.relative_to(root).as_posix()


def listed_files(folder: Path) -> dict[str, str]:
    """Return the files that the mark of a folder lists, with their hashes; none if there is no mark."""
    mark = read_mark(folder)
    return {} if mark is None else mark.files


def foreign_files(folder: Path) -> list[str]:
    """List the files below a folder that its mark does not list; all of them if there is no mark."""
    mark = read_mark(folder)
    ours = set() if mark is None else {MARK, *mark.files}
    return [name for name in files_below(folder) if name not in ours]


def edited_files(folder: Path) -> list[str]:
    """List the files in the mark of a folder that have changed since they were written."""
    there = {name: digest for name, digest in listed_files(folder).items() if (folder / name).is_file()}
    return [name for name, digest in there.items() if digest_of(folder / name) != digest]


def check_sealed(folder: Path, seal: str, only: str | None = None) -> None:
    """Make sure that every file of a folder, or only one, is as it was when its mark had this seal.

    Raises:
        ChangedFileError: one is missing or has changed, or the mark itself.
    """
    mark = read_mark(folder)
    if mark is None or mark.seal != seal:
        raise ChangedFileError(folder / MARK, lost=not (folder / MARK).exists())
    files = {name: digest for name, digest in mark.files.items() if only in (None, name)}
    there = [name for name in files if (folder / name).is_file()]
    found = hashed(folder, there)
    for name in there:
        if found[name] != files[name]:
            raise ChangedFileError(folder / name, lost=False)
    for name in sorted(files.keys() - found.keys()):
        raise ChangedFileError(folder / name, lost=True)


def seal_of(folder: Path) -> str:
    """Return the seal of a folder's mark.

    Raises:
        ChangedFileError: it has none.
    """
    mark = read_mark(folder)
    if mark is None:
        raise ChangedFileError(folder / MARK, lost=True)
    return mark.seal


def check_file(path: Path, digest: str | None) -> None:
    """Make sure that a file is as it was written.

    Raises:
        ChangedFileError: it is missing or has changed; an unknown one counts as changed.
    """
    if not path.is_file():
        raise ChangedFileError(path, lost=True)
    if digest_of(path) != digest:
        raise ChangedFileError(path, lost=False)


def remove_marked(folder: Path, kind: str, name: str) -> None:
    """Delete a folder that only we use, if it exists; one without our mark only if it is empty.

    Raises:
        UsageError: it is not ours.
    """
    if not os.path.lexists(folder):
        return
    check_ours(folder, kind, name, "move it away and try again.")
    for place in folder.iterdir():  # the mark last, so that what a kill leaves is still recognised as ours
        if place.name != MARK:
            shutil.rmtree(place) if place.is_dir() and not place.is_symlink() else place.unlink()
    shutil.rmtree(folder)
