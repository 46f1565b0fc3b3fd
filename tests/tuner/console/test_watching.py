"""Watching shows what another process does, and changes nothing."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from keras_search.tuner.console.watching import follow
from keras_search.tuner.study import messages
from keras_search.tuner.study.database import claim
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.records import NOTHING, Epoch, Kind, Run, State, Work
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.store import Store
from keras_search.tuner.workers.loop import Watcher


class Recorder(Watcher):
    """A watcher that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def on_stage(
        self, stage: str, planned: Work | None = None, done: Work = NOTHING, seconds: float | None = None
    ) -> None:
        """Keep the stage."""
        self.told.append((stage, planned, done, seconds))

    def on_order(self, worker: int, run: Run) -> None:
        """Keep the run."""
        self.told.append((worker, run.name))

    def on_report(self, worker: int, report: messages.Report) -> None:
        """Keep the report."""
        self.told.append((worker, report))

    def on_best(self, best: Run | None) -> None:
        """Keep the name."""
        self.told.append(("best", best and best.name))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give a study that this process searches, with one completed trial and one that runs."""
    folder = StudyFolder(tmp_path / "a")
    folder.make()
    settings = StudySettings.create(tuner="random", max_trials=3, max_epochs=2, objective="val_accuracy")
    facts = {"settings": settings.model_dump(mode="json"), "planned": 3, "planned_epochs": 6}
    with Store.create(folder.root, claim(folder.root), **facts) as store:
        with store.transaction():
            store.put_event("session")
            for name in ("0001", "0002"):
                store.put_run(_trial(name))
                store.put_event("begin", name, int(name) - 1)
            _end(store, "0001", 0.5)
            store.put_epoch(Epoch("0002", 1, {"val_accuracy": 0.1}, 0.5, 1))
        yield store


def _trial(name: str) -> Run:
    return Run(name, Kind.TRIAL, "mlp", "trial", {"units": 3}, 7, 2)


def _end(store: Store, name: str, score: float) -> None:
    for epoch in (1, 2):
        store.put_epoch(Epoch(name, epoch, {"val_accuracy": score}, 0.5, 0))
    ended = {"state": State.COMPLETED, "score": score, "best_epoch": 2, "trained": 2, "parameters": 10}
    store.put_run(replace(_trial(name), **ended))
    store.put_event("completed", name, int(name) - 1)


def test_each_commit_is_told_as_the_search_tells_it(store: Store) -> None:
    watcher = Recorder()
    steps: Iterator[Callable[[], object]] = iter([lambda: None, lambda: _go_on(store), lambda: None, store.close])
    follow(StudyFolder(store.path.parent), watcher, wait=lambda _seconds: next(steps)())
    assert watcher.told == [
        ("best", "0001"),
        ("search", Work(3, 6), Work(1, 2), None),
        (1, "0002"),
        (0, "0003"),
        (1, messages.EpochEnded("0002", 2, {"val_accuracy": 0.9}, 0.5)),
        (1, messages.Completed("0002", 0.9, 2, 10)),
        (0, messages.EpochEnded("0003", 1, {"val_accuracy": 0.2}, 0.5)),
        (0, messages.Failed("0003", "too large")),
    ]


def _go_on(store: Store) -> None:
    with store.transaction():
        store.put_run(_trial("0003"))
        store.put_event("begin", "0003", 0)
        store.put_epoch(Epoch("0002", 2, {"val_accuracy": 0.9}, 0.5, 1))
        ended = {"state": State.COMPLETED, "score": 0.9, "best_epoch": 2, "trained": 2, "parameters": 10}
        store.put_run(replace(_trial("0002"), **ended))
        store.put_event("completed", "0002", 1)
        store.put_epoch(Epoch("0003", 1, {"val_accuracy": 0.2}, 0.5, 0))
        store.put_run(replace(_trial("0003"), state=State.FAILED, error="too large"))
        store.put_event("failed", "0003", 0)


def test_nothing_is_written_while_watching(store: Store) -> None:
    folder = store.path.parent

    def state() -> dict[str, tuple[int, int]]:
        found = {path: path.stat() for path in folder.rglob("*") if path.is_file() and not path.name.endswith("-shm")}
        return {path.name: (each.st_mtime_ns, each.st_size) for path, each in found.items()}

    before, states = state(), []
    steps: Iterator[Callable[[], object]] = iter([lambda: states.append(state()), store.close])
    follow(StudyFolder(folder), Recorder(), wait=lambda _seconds: next(steps)())
    assert states == [before]


def test_a_study_that_nobody_runs_is_looked_at_once(store: Store) -> None:
    store.close()
    watcher = Recorder()
    follow(StudyFolder(store.path.parent), watcher, wait=lambda _seconds: pytest.fail("it waited"))
    assert watcher.told[0] == ("best", "0001")
