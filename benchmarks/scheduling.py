"""Measure what a trial costs outside its training, with workers that train nothing.

    python -m benchmarks.scheduling --trials 10000
    python -m benchmarks.scheduling --trials 10000 --workers 1000 --tuner random

For each tuner it prints milliseconds per trial around the 100th, the 1,000th and so on, and the memory of the search
process at the end.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from benchmarks.simulated import make_space, simulated_workers
from keras_search.tuner.session.proposing import Proposer
from keras_search.tuner.session.search import Search
from keras_search.tuner.study import messages
from keras_search.tuner.study.checkpoints import Checkpoints
from keras_search.tuner.study.records import NOTHING, Run, Work
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.store import Store, claim
from keras_search.tuner.workers.helper import Helper
from keras_search.tuner.workers.loop import Loop, StopRequest
from keras_search.tuner.workers.pool import WorkerPool

WINDOW = 100
"""The number of trials over which a figure is taken."""


class Clock:
    """A watcher that notes when each trial ended, and stops the search after the last."""

    def __init__(self, trials: int, stop: StopRequest) -> None:
        self.ended, self._trials, self._stop = list[float](), trials, stop

    def on_report(self, _worker: int, report: messages.Report) -> None:
        """Note the end of a trial."""
        if isinstance(report, messages.Completed):
            self.ended.append(time.perf_counter())
            if len(self.ended) >= self._trials:
                self._stop.reason = "time"

    def on_order(self, worker: int, run: Run) -> None:
        """Do nothing."""

    def on_objective(self, name: str, direction: str) -> None:
        """Do nothing."""

    def on_best(self, best: Run | None) -> None:
        """Do nothing."""

    def on_stage(
        self, stage: str, planned: Work | None = None, done: Work = NOTHING, seconds: float | None = None
    ) -> None:
        """Do nothing."""

    def on_step(self, step: str) -> None:
        """Do nothing."""

    def on_plan(self, workers: int, comparison: Work | None) -> None:
        """Do nothing."""

    def on_stop(self) -> None:
        """Do nothing."""

    def on_note(self, text: str) -> None:
        """Do nothing."""

    def on_tick(self) -> None:
        """Do nothing."""


def make_settings(tuner: str, trials: int) -> StudySettings:
    """Return settings that allow at least `trials` trials of two epochs, or Hyperband's."""
    if tuner == "hyperband":
        return StudySettings.create(
            max_epochs=9, iterations=trials // 20 + 1, objective="val_accuracy", direction="max"
        )
    chosen: dict[str, Any] = {"tuner": tuner, "max_trials": trials, "max_epochs": 2}
    return StudySettings.create(**chosen, objective="val_accuracy", direction="max")


def measure(tuner: str, trials: int, workers: int, folder: Path) -> Iterator[str]:
    """Search, and yield the lines to print."""
    settings, stop = make_settings(tuner, trials), StopRequest()
    clock = Clock(trials, stop)
    with simulated_workers(workers) as start, Helper(folder) as helper:
        space = helper.call(make_space)
        facts = {"settings": settings.model_dump(mode="json"), "space": space}
        context = messages.Context(folder, facts["settings"], space)
        proposer = Proposer(helper, settings, space)
        proposer.planned()
        checkpoints = Checkpoints(folder / "checkpoints")
        with Store.create(folder, claim(folder), **facts) as store, WorkerPool(workers, context, 600, start) as pool:
            begun = time.perf_counter()
            Loop(store, pool, checkpoints, clock).work(Search(store, checkpoints, settings, proposer), stop)
    ended = [begun, *clock.ended]
    for place in (100, 1_000, 10_000, 100_000):
        if place <= trials:
            cost = (ended[place] - ended[place - WINDOW]) / WINDOW * 1000
            yield f"{tuner:10} {workers:5} workers  trials {place - WINDOW + 1:,} to {place:,}: {cost:.2f} ms a trial"
    memory = psutil.Process().memory_info().rss / 2**20
    yield f"{tuner:10} {len(clock.ended) / (ended[-1] - begun):.0f} trials a second, {memory:.0f} MB"


def main() -> None:
    """Print the figures of the chosen tuners."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--tuner", action="append", choices=["hyperband", "random", "bayesian", "grid"])
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    for tuner in given.tuner or ["hyperband", "random", "grid"]:
        with tempfile.TemporaryDirectory(prefix="keras-search-scheduling-") as folder:
            for line in measure(tuner, given.trials, given.workers, Path(folder)):
                print(line, flush=True)


if __name__ == "__main__":
    main()
