"""Train a few runs for a few epochs, and note what they take."""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from keras_search.errors import KerasSearchError
from keras_search.tuner.session.projecting import TRIAL, Measurement
from keras_search.tuner.session.retraining import Retraining
from keras_search.tuner.study import messages
from keras_search.tuner.study.checkpoints import Checkpoints
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.records import NOTHING, Kind, Run, Work
from keras_search.tuner.study.store import Store
from keras_search.tuner.workers.loop import Loop, StopRequest, Watcher, WorkOrder
from keras_search.tuner.workers.pool import WorkerPool

EPOCHS = 4
"""Epochs of each run that is measured, at most: the first takes longer than the others."""
FEWEST = 3
"""How many trials are measured however long they take."""
ENOUGH_SECONDS, MOST_SECONDS = 15.0, 90.0
"""After how long no further trial is begun, and after how long those that run end with their epoch."""
SEARCH_DRAWINGS, DRAWINGS_OF_EACH, REPORT_DRAWINGS = 32, 3, 16
"""How many small drawings take as long as the plots of the search, with so many more for each hyperparameter, and as
the rest of a report. Measured: 74 and 16 for the digits, which have most plots and 13 hyperparameters, 71 and 16 for a
small table, 43 and 13 for an own model with 3."""


def measure(
    store: Store, folder: StudyFolder, trials: Sequence[Run], others: Sequence[Run], pool: WorkerPool, watcher: Watcher
) -> list[Measurement]:
    """Train trials, at least `FEWEST`, and all the `others`, for a few epochs, with all workers at once.

    Raises:
        KerasSearchError: every trial failed.
    """
    planned = [replace(run, epochs=min(EPOCHS, run.epochs)) for run in (*trials[:FEWEST], *others, *trials[FEWEST:])]
    checkpoints, clock = Checkpoints(folder.checkpoints), Clock(watcher, folder)
    stage = Measuring(store, checkpoints, planned, Kind.TRIAL)
    stage.needed = FEWEST + len(others)
    Loop(store, pool, checkpoints, clock).work(stage, StopRequest(deadline=time.monotonic() + MOST_SECONDS))
    found = list(clock.measured.values())
    if not any(each.epochs for each in found if each.model == TRIAL):
        reasons = [each.error for each in found if each.error]
        why = reasons[0] if reasons else f"none ended an epoch within {MOST_SECONDS:g} seconds."
        raise KerasSearchError(f"No trial could be measured: {why}")
    return found


class Measuring(Retraining):
    """The orders of the runs to measure: all that are `needed`, and more until enough time has passed."""

    needed = 0

    def next_order(self, in_hand: set[str]) -> WorkOrder | None:
        """Return the next run to train."""
        order = super().next_order(in_hand)
        return order if len(self._store.runs) < self.needed or self._early() else None

    def _early(self) -> bool:
        """Return whether enough time has passed since the first run ended, which may have compiled the kernels."""
        ended = next((moment for moment, kind, _, _ in self._store.events() if kind != "begin"), None)
        return ended is None or time.time() - ended < ENOUGH_SECONDS


class Clock(Watcher):
    """A watcher that notes when each run begins and ends, and when each of its epochs is over."""

    def __init__(self, watcher: Watcher, folder: StudyFolder) -> None:
        self._watcher, self._folder = watcher, folder
        self.measured: dict[str, Measurement] = {}
        self._workers: set[int] = set()

    def on_order(self, worker: int, run: Run) -> None:
        """Note when a run begins."""
        now = time.monotonic()
        model = TRIAL if run.kind is Kind.TRIAL else run.model
        first = worker not in self._workers
        self._workers.add(worker)
        self.measured[run.name] = Measurement(run.name, model, run.hyperparameters, now, (), now, first=first)
        self._watcher.on_order(worker, run)

    def on_report(self, worker: int, report: messages.Report) -> None:
        """Note the end of an epoch or of a run."""
        now, run = time.monotonic(), self.measured.get(getattr(report, "run", ""))
        if run is not None:
            self.measured[run.run] = self._noted(run, report, now)
        self._watcher.on_report(worker, report)

    def on_tick(self) -> None:
        """Pass it on."""
        self._watcher.on_tick()

    def on_objective(self, name: str, direction: str) -> None:
        """Pass it on."""
        self._watcher.on_objective(name, direction)

    def on_best(self, best: Run | None) -> None:
        """Pass it on."""
        self._watcher.on_best(best)

    def on_stage(
        self, stage: str, planned: Work | None = None, done: Work = NOTHING, seconds: float | None = None
    ) -> None:
        """Pass it on."""
        self._watcher.on_stage(stage, planned, done, seconds)

    def on_step(self, step: str) -> None:
        """Pass it on."""
        self._watcher.on_step(step)

    def on_plan(self, workers: int, comparison: Work | None) -> None:
        """Pass it on."""
        self._watcher.on_plan(workers, comparison)

    def on_stop(self) -> None:
        """Pass it on."""
        self._watcher.on_stop()

    def on_note(self, text: str) -> None:
        """Pass it on."""
        self._watcher.on_note(text)

    def _noted(self, run: Measurement, report: messages.Report, now: float) -> Measurement:
        match report:
            case messages.EpochEnded():
                held = _largest(self._folder.checkpoints / run.run)
                return replace(run, epochs=(*run.epochs, now), ended=now, checkpoint=held or run.checkpoint)
            case messages.Completed():
                return replace(run, ended=now, parameters=report.parameters)
            case messages.Failed():
                return replace(run, ended=now, error=report.reason)
            case messages.Died():
                return replace(run, began=now, epochs=(), ended=now)
        return run


def _largest(folder: Path) -> int:
    """Return the bytes of the largest file in a folder."""
    return max((path.stat().st_size for path in folder.glob("*.npz")), default=0)


def small_drawing_seconds() -> float:
    """Measure how long a small drawing takes."""
    from keras_search.tuner.report.plots import style  # imports the drawing libraries

    seconds = 0.0
    for _ in range(2):  # the first one also reads the fonts
        began = time.monotonic()
        figure, (axes,) = style.panels(8, 4)
        axes.plot(range(50))
        style.png(figure)
        seconds = time.monotonic() - began
    return seconds
