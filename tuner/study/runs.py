"""A study's runs in memory, with views whose cost grows with what changes and not with how many runs there are."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from keras_search.tuner.study.records import Kind, Run


class Runs(Mapping[str, Run]):
    """The runs of a study by name, in the order of their start."""

    def __init__(self, runs: Iterable[Run] = ()) -> None:
        self._all: dict[str, Run] = {}
        self._by_kind: dict[Kind, dict[str, Run]] = {kind: {} for kind in Kind}
        self._unfinished: dict[str, Run] = {}
        self._feeds: list[Feed] = []
        self.replace(runs)

    def __getitem__(self, name: str) -> Run:
        return self._all[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    @property
    def unfinished(self) -> Mapping[str, Run]:
        """A live view of the runs that have not ended, in the order of their start."""
        return MappingProxyType(self._unfinished)

    def of_kind(self, kind: Kind) -> MappingProxyType[str, Run]:
        """Return a live view of the runs of one kind, in the order of their start."""
        return MappingProxyType(self._by_kind[kind])

    def put(self, run: Run) -> None:
        """Add a run, or replace the one of its name."""
        self._all[run.name] = run
        self._by_kind[run.kind][run.name] = run
        if run.finished:
            self._unfinished.pop(run.name, None)
        else:
            self._unfinished[run.name] = run
        for feed in self._feeds:
            feed.put(run)

    def delete(self, name: str) -> None:
        """Remove a run; one of the same name that is put later counts as started then."""
        run = self._all.pop(name)
        del self._by_kind[run.kind][name]
        self._unfinished.pop(name, None)

    def replace(self, runs: Iterable[Run]) -> None:
        """Hold these runs instead of all others."""
        self._all.clear()
        self._unfinished.clear()
        for of_kind in self._by_kind.values():
            of_kind.clear()
        for run in runs:
            self.put(run)

    def feed(self, kind: Kind) -> "Feed":
        """Return a feed of the runs of one kind, which begins with all that there are."""
        feed = Feed(kind)
        for run in self._by_kind[kind].values():
            feed.put(run)
        self._feeds.append(feed)
        return feed


class Feed:
    """The runs of one kind that are new or changed since they were last taken."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._changed: dict[str, Run] = {}

    def put(self, run: Run) -> None:
        """Keep a new or changed run until it is taken."""
        if run.kind is self._kind:
            self._changed[run.name] = run

    def take(self) -> list[Run]:
        """Return what has changed, each run as it is now, in the order in which it was first changed."""
        changed, self._changed = list(self._changed.values()), {}
        return changed
