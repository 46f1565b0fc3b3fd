"""Watch a study that another process runs, by reading its database whenever that changes."""

import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from keras_search.models import DEFAULTS
from keras_search.tuner.console import terminal
from keras_search.tuner.console.live import LiveTable
from keras_search.tuner.console.progress import Lines, display
from keras_search.tuner.console.wrapping import tell
from keras_search.tuner.study import messages
from keras_search.tuner.study.database import holder_of
from keras_search.tuner.study.folder import StudyFolder, find_study
from keras_search.tuner.study.integrity import settings_of
from keras_search.tuner.study.plan import planned_comparison, planned_runs
from keras_search.tuner.study.ranking import best_so_far, kept_loss
from keras_search.tuner.study.records import SEARCHED, Epoch, Kind, Run, State, Work, work_done
from keras_search.tuner.study.snapshot import state_of
from keras_search.tuner.study.store import Store
from keras_search.tuner.workers.loop import Watcher

TICK_SECONDS = 0.5
PATIENCE = 10
"""A reading takes at most one in so many seconds."""


def watch(studies_dir: Path, name: str | None, quiet: bool) -> None:
    """Show the progress of a study until the process that runs it ends.

    Raises:
        UsageError: there is no such study.
        KerasSearchError: it cannot be read.
    """
    folder = _find(studies_dir, name)
    if holder_of(folder.root) is None:
        tell(f"No process runs {folder.name}. What it has: {folder.command('show')}. Go on: {folder.command('resume')}")
        return
    try:
        with _display(quiet) as display:
            follow(folder, display)
    except KeyboardInterrupt:
        tell(f"\nThe search goes on. Watch it again: {folder.command('watch')}", error=True)
        return
    tell(f"The process that ran {folder.name} has ended: {folder.command('show')}")


def follow(folder: StudyFolder, watcher: Watcher, wait: Callable[[float], None] = time.sleep) -> None:
    """Tell a watcher what happens in a study until the process that runs it ends; nothing is written.

    Raises:
        KerasSearchError: it cannot be read.
    """
    follower, seen = Follower(watcher), None
    while True:
        runs, state = holder_of(folder.root) is not None, state_of(folder.database)
        took = 0.0
        if state is not None and state != seen:
            began = time.monotonic()
            with Store.read(folder.root) as store:
                follower.look(store)
            seen, took = state, time.monotonic() - began
        watcher.on_tick()
        if not runs:
            return
        wait(max(TICK_SECONDS, PATIENCE * took))


class Follower:
    """Tells a watcher what has happened in a study since the last look, as the search itself does."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._events = 0
        self._epochs: set[tuple[str, int]] | None = None
        self._stage = ""

    def look(self, store: Store) -> None:
        """Report what is new; at the first look, the state of the study and the runs that workers have."""
        events, epochs = store.events(), store.epochs()
        fresh = events[self._events :]
        first, known = self._epochs is None, self._epochs or set()
        new = [] if first else [epoch for epoch in epochs if (epoch.run, epoch.epoch) not in known]
        self._events, self._epochs = len(events), {(epoch.run, epoch.epoch) for epoch in epochs}
        if first:
            settings = settings_of(store)
            self._watcher.on_objective(settings.objective, settings.direction)
            self._watcher.on_plan(
                len({worker for *_, worker in events if worker is not None}), planned_comparison(settings)
            )
            self._watcher.on_best(best_so_far(store.of_kind(Kind.TRIAL), settings, kept_loss(store)))
            self._announce(store)
            fresh = _in_hand(store, events)
        self._report(store, fresh, new)
        self._announce(store)

    def _announce(self, store: Store) -> None:
        """Report a new stage."""
        stage, planned, done = _stage(store)
        if stage != self._stage:
            self._stage = stage
            self._watcher.on_stage(stage, planned, done)

    def _report(self, store: Store, events: list[tuple[float, str, str | None, int | None]], new: list[Epoch]) -> None:
        """Report events in their order, each run's epochs before its end."""
        waiting = list(new)
        for _, kind, name, worker in events:
            run = store.runs.get(name or "")
            if run is None:
                continue
            if kind == "begin":
                self._watcher.on_order(worker or 0, run)
                continue
            self._report_epochs([epoch for epoch in waiting if epoch.run == run.name])
            waiting = [epoch for epoch in waiting if epoch.run != run.name]
            report = _report_of(kind, run)
            if report is not None:
                self._watcher.on_report(worker or 0, report)
        self._report_epochs(waiting)

    def _report_epochs(self, epochs: list[Epoch]) -> None:
        for epoch in epochs:
            self._watcher.on_report(
                epoch.worker, messages.EpochEnded(epoch.run, epoch.epoch, epoch.metrics, epoch.seconds)
            )


def _report_of(kind: str, run: Run) -> messages.Report | None:
    """Return the report that an event was recorded for."""
    if kind == State.COMPLETED and run.score is not None:
        return messages.Completed(run.name, run.score, run.best_epoch or 0, run.parameters or 0)
    if kind == State.FAILED:
        return messages.Failed(run.name, run.error or "")
    if kind == "evaluated":
        return messages.Evaluated(run.name, {}, b"")
    return messages.Stopped(run.name) if kind in ("stopped", "died", "halted") else None


def _in_hand(
    store: Store, events: list[tuple[float, str, str | None, int | None]]
) -> list[tuple[float, str, str | None, int | None]]:
    """Return the events that gave workers the runs that they have now."""
    hands: dict[int | None, tuple[float, str, str | None, int | None]] = {}
    for event in events:
        _, kind, _, worker = event
        if kind == "session":
            hands.clear()
        elif kind == "begin":
            hands[worker] = event
        else:
            hands.pop(worker, None)
    return [event for event in hands.values() if (run := store.runs.get(event[2] or "")) and not run.finished]


def _stage(store: Store) -> tuple[str, Work | None, Work]:
    """Find the stage of a study that is running, with its planned work and that done."""
    settings = settings_of(store)
    if store.fact("search_ended") is None:
        runs = {name: run for name, run in store.runs.items() if run.kind in SEARCHED}
        planned = store.fact("planned") or 0
        epochs = store.fact("planned_epochs") or planned * settings.max_epochs
        return "search", Work(planned, epochs) if planned else None, work_done(runs)
    best, defaults = store.runs[store.fact("best")], store.fact("defaults")
    if DEFAULTS in settings.baselines and defaults is None:
        return "retraining", None, Work(0, 0)
    planned_names = [run.name for run in planned_runs(settings, best, defaults)]
    all_planned = {run.name: store.runs.get(run.name, run) for run in planned_runs(settings, best, defaults)}
    if not all(run.finished for run in all_planned.values()):
        work = Work(len(all_planned), sum(run.epochs for run in all_planned.values()))
        return "retraining", work, work_done(all_planned)
    if not set(planned_names) <= store.evaluated():
        return "test", None, Work(0, 0)
    if any(not run.finished for run in store.of_kind(Kind.ABLATION).values()):
        return "ablation", None, Work(0, 0)
    return "report", None, Work(0, 0)


def _find(studies_dir: Path, name: str | None) -> StudyFolder:
    """Find the study, or wait for one that is being prepared."""
    if name is not None:
        staged = StudyFolder(studies_dir / name).staged
        if staged.root.is_dir() and holder_of(staged.root) is not None:
            tell(f"{name} is being prepared ...", error=True)
            while staged.root.is_dir() and holder_of(staged.root) is not None:
                time.sleep(TICK_SECONDS)
    return find_study(studies_dir, name)


def _display(quiet: bool) -> AbstractContextManager[Lines | LiveTable]:
    return display(terminal.console(sys.stdout, quiet=quiet), quiet)
