"""A study's folder on another node: the files of the order in hand, and what has changed since it was last asked."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from keras_search.errors import KerasSearchError
from keras_search.tuner.study import messages
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.system.files import replacing
from keras_search.tuner.workers.on_ray.parcels import Changes

_NAME = r"[A-Za-z0-9][\w.-]*"
_FILE = re.compile(rf"checkpoints/{_NAME}/epoch-\d+\.(npz|damaged)|models/{_NAME}\.(keras|npz)")
_LOG = re.compile(rf"logs/{_NAME}\.log")
_Version = tuple[int, int]


class Mirror:
    """The part of a study's folder that one worker needs and writes, below `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._known: dict[str, _Version] = {}
        self._log_ends: dict[str, int] = {}
        for name in ("checkpoints", "logs", "models"):
            (root / name).mkdir(parents=True, exist_ok=True)

    def put(self, files: Mapping[str, bytes]) -> None:
        """Write the files that an order needs."""
        write_files(self.root, files)
        self._known |= {name: version for name, version in self._versions() if name in files}

    def changes(self) -> Changes:
        """Return what the worker has written and deleted since the last call, apart from `put` and `delete`.

        A worker may delete a file meanwhile, or write a further one: it is complete as soon as it has its name.
        """
        files, now = {}, dict(self._versions())
        for name, version in now.items():
            if self._known.get(name) != version:
                with suppress(FileNotFoundError):
                    files[name] = (self.root / name).read_bytes()
        gone = tuple(name for name in self._known if name not in now)
        self._known = now
        return Changes(files, dict(self._log_parts()), gone)

    def delete(self, names: Iterable[str]) -> None:
        """Delete files that the study has deleted."""
        for name in names:
            if _FILE.fullmatch(name):
                (self.root / name).unlink(missing_ok=True)
            self._known.pop(name, None)

    def clear(self) -> None:
        """Delete what the next order brings again if it needs it."""
        self.delete([name for name, _ in self._versions()])
        self._known.clear()

    def _versions(self) -> Iterator[tuple[str, _Version]]:
        for path in (*self.root.glob("checkpoints/*/*"), *self.root.glob("models/*")):
            name = path.relative_to(self.root).as_posix()
            if _FILE.fullmatch(name):
                with suppress(FileNotFoundError):
                    status = path.stat()
                    yield name, (status.st_mtime_ns, status.st_ino)

    def _log_parts(self) -> Iterator[tuple[str, bytes]]:
        for path in self.root.glob("logs/*.log"):
            name = path.relative_to(self.root).as_posix()
            with path.open("rb") as file:
                file.seek(self._log_ends.get(name, 0))
                part = file.read()
                self._log_ends[name] = file.tell()
            if part:
                yield name, part


def files_for(order: messages.Order, folder: Path) -> dict[str, bytes]:
    """Read the files of a study's folder that an order needs: checkpoints to continue from, a model to be tested."""
    study, paths = StudyFolder(folder), list[Path]()
    if isinstance(order, messages.Train):
        for run in dict.fromkeys((order.source, order.run.name)):
            paths += study.checkpoints.joinpath(run).glob("epoch-*.npz")
    elif isinstance(order, messages.Evaluate):
        paths.append(study.kept_model(order.run.name))
    found = {}
    for path in paths:
        with suppress(FileNotFoundError):  # the worker reports what it misses
            found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found


def apply_changes(folder: Path, changes: Changes) -> None:
    """Repeat in the study's folder what a worker has done in its mirror; each file appears whole or not at all.

    Raises:
        OSError: the folder cannot be written to.
        KerasSearchError: a name is not that of a study's file.
    """
    write_files(folder, changes.files)
    for name in changes.gone:
        _checked(name, _FILE)
        (folder / name).unlink(missing_ok=True)
    for name, part in changes.logs.items():
        _checked(name, _LOG)
        with suppress(OSError), (folder / name).open("ab") as file:
            file.write(part)


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files of a study by their names below its folder."""
    for name, content in files.items():
        _checked(name, _FILE)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as partial:
            partial.write_bytes(content)


def _checked(name: str, kind: re.Pattern[str]) -> None:
    if not kind.fullmatch(name):
        raise KerasSearchError(f"A worker has sent {name!r}, which is no file of a study.")
