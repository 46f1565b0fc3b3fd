"""The studies of a folder, each kept in memory as far as it was read; for several threads at once."""

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from keras_search.errors import KerasSearchError
from keras_search.tuner.service.reading.deferred import Deferred
from keras_search.tuner.service.reading.helper import Helper
from keras_search.tuner.study.database import DamagedStudyError
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.progress import settings_in, stage_of
from keras_search.tuner.study.records import Metrics, Run
from keras_search.tuner.study.replica import Reading, Replica
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.snapshot import Snapshot, state_of
from keras_search.tuner.system.text import storable
from keras_search.tuner.system.user_errors import one_line

MOST_RUNS = 20_000
"""Runs that are kept in memory of all studies together, but for the last study."""
T = TypeVar("T")


class Book:
    """One study in memory; what is derived from it is kept until the next commit.

    `snapshot` keeps what is read of it without the whole.
    """

    def __init__(self, folder: StudyFolder) -> None:
        self.folder = folder
        self.snapshot = Snapshot(folder.database)
        self._replica = Replica(folder)
        self._lock = threading.RLock()
        self._derived: dict[str, Any] = {}
        self._version: Any = None

    @property
    def size(self) -> int:
        """The number of runs that are kept in memory."""
        return len(self._replica.reading.runs)

    def read(self) -> Reading:
        """Return the study as it is now.

        Raises:
            KerasSearchError: it cannot be read, or is damaged.
        """
        with self._lock, making_sense(self.folder):
            reading = self._replica.refresh()
            if reading.state is None or reading.state != self._version:
                self._derived, self._version = {}, reading.state
            return reading

    def derive(self, name: str, make: Callable[[Reading], T]) -> T:
        """Return what `make` returns for the study as it is now, or returned for it before.

        Raises:
            KerasSearchError: the study cannot be read, or is damaged.
        """
        with self._lock, making_sense(self.folder):
            reading = self.read()
            if name not in self._derived:
                self._derived[name] = make(reading)
            found: T = self._derived[name]
            return found

    @property
    def settings(self) -> StudySettings:
        """Its settings."""
        return self.derive("settings", settings_in)

    @property
    def stage(self) -> str:
        """Its stage."""
        settings = self.settings
        return self.derive("stage", lambda reading: stage_of(reading, settings))

    def losses(self, names: Iterable[str] | None = None) -> Mapping[str, float]:
        """Return the validation loss of each trial's best epoch; of all trials, or those named."""
        with self._lock, making_sense(self.folder):
            return self._replica.losses(names)

    def loss(self, run: Run) -> float:
        """Return the validation loss of a run's best epoch, infinite if there is none."""
        return self.losses([run.name]).get(run.name, float("inf"))

    def curve(self, run: str) -> dict[int, Metrics]:
        """Return the metrics of each epoch that led to a run's state."""
        with self._lock, making_sense(self.folder):
            return self._replica.curve(run)

    def processors(self, run: str) -> tuple[str, ...]:
        """Return the kinds of processors that trained a run, in their order."""
        with self._lock, making_sense(self.folder):
            return self._replica.processors(run)

    def mixed_processors(self) -> dict[str, Any]:
        """Return how many runs each kind of processor trained; empty if there is one."""
        with self._lock, making_sense(self.folder):
            return self._replica.mixed_processors()


class Library:
    """All studies; `helper` computes what needs pandas and SciPy, in a process of its own."""

    def __init__(self, kept: Path | None = None) -> None:
        self._books: OrderedDict[Path, Book] = OrderedDict()
        self._briefs: dict[Path, tuple[Any, Mapping[str, Any]]] = {}
        self._lock = threading.Lock()
        self.helper = Helper()
        self.deferred = Deferred(self.helper, kept)

    def book(self, folder: StudyFolder) -> Book:
        """Return the study in a folder, from memory if it is there."""
        with self._lock:
            book = self._books.setdefault(folder.root, Book(folder))
            self._books.move_to_end(folder.root)
            total = sum(each.size for each in self._books.values())
            while total > MOST_RUNS and len(self._books) > 1:
                total -= self._books.popitem(last=False)[1].size
            return book

    def brief(self, folder: StudyFolder, make: Callable[[Book, Reading], Mapping[str, Any]]) -> Mapping[str, Any]:
        """Return the few values that a list shows of a study; they stay in memory when the study does not.

        Raises:
            KerasSearchError: the study cannot be read, or is damaged.
        """
        state, known = state_of(folder.database), self._briefs.get(folder.root)
        if known is not None and state is not None and known[0] == state:
            return known[1]
        book = self.book(folder)
        values = book.derive("brief", lambda reading: make(book, reading))
        self._briefs[folder.root] = book.read().state, values
        return values

    def forget(self, folder: StudyFolder) -> None:
        """Drop a study from memory."""
        with self._lock:
            self._books.pop(folder.root, None)
            self._briefs.pop(folder.root, None)

    def close(self) -> None:
        """End the helper's process."""
        self.deferred.close()
        self.helper.close()


@contextmanager
def making_sense(folder: StudyFolder) -> Iterator[None]:
    """Report errors from contents that make no sense as damage to the study.

    Raises:
        DamagedStudyError: they make none.
    """
    try:
        yield
    except KerasSearchError:
        raise
    except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError, RecursionError) as error:
        raise DamagedStudyError(folder.database, f"its contents make no sense: {one_line(error)}") from error


def clean(value: Any) -> Any:
    """Return JSON values without surrogates, which no JSON text can hold, and None for numbers that are not finite."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Mapping):
        return {storable(str(name)): clean(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
