"""Estimate the time that a search still takes, from what its runs have taken so far."""

import math
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean

from keras_search.tuner.session.projecting import Cost, shared
from keras_search.tuner.study import messages
from keras_search.tuner.study.records import KERNELS, Run, Work
from keras_search.tuner.study.rungs import rung_place

COMMIT_SECONDS = 0.015
"""What it takes to save an epoch, beside its training."""
LOAD = Path("/proc/loadavg")
PROMOTED = 3
"""Where the best go on, most of the epochs to come are of trials like the best of so many."""


@dataclass(frozen=True)
class Timing:
    """What one run has taken so far.

    `began`, `epochs` and `ended` are seconds of one clock: when a worker got the run, when each of its epochs was over,
    and when it was itself, None while it trains. `seconds` are those of each epoch as the worker measured them.
    `first` is whether it is the first run of its worker, which also warms up what all later ones share. `merit` is its
    score, the higher the better.
    """

    budget: int
    began: float
    first: bool
    epochs: tuple[float, ...] = ()
    seconds: tuple[float, ...] = ()
    ended: float | None = None
    engine: str = ""
    merit: float = -math.inf

    @classmethod
    def of(cls, run: Run, now: float, first: bool) -> "Timing":
        """Begin to time a run."""
        return cls(run.epochs - run.trained, now, first)

    def after_epoch(self, seconds: float, engine: str, now: float) -> "Timing":
        """Return the timing with one more epoch."""
        epochs, all_seconds = (*self.epochs, now), (*self.seconds, seconds)
        return replace(self, epochs=epochs, seconds=all_seconds, engine=engine or self.engine)

    @property
    def per_epoch(self) -> float:
        """The seconds of an epoch, from one end to the next; the worker's own of the only one."""
        if len(self.epochs) < 2:
            return self.seconds[0] + COMMIT_SECONDS if self.seconds else 0.0
        later = self.seconds[1:]
        return max((self.epochs[-1] - self.epochs[0]) / len(later), sum(later) / len(later))

    @property
    def fixed(self) -> float:
        """The seconds besides the epochs: to build, compile and save the model."""
        return max(0.0, (self.ended or self.began) - self.began - len(self.epochs) * self.per_epoch)

    @property
    def warms_up(self) -> bool:
        """Whether the first epoch says nothing of others: it may have waited for the kernels to be compiled."""
        return self.first and self.engine == KERNELS


def pace(timings: Sequence[Timing], promotes: bool = False) -> Cost | None:
    """Return what a run takes on average besides its epochs and for each; None until that can be known."""
    trained = [each for each in timings if each.epochs and (len(each.epochs) > 1 or not each.warms_up)]
    ended = [each for each in timings if each.ended is not None]
    if not trained or not ended:
        return None
    if promotes:
        trained = sorted(trained, key=lambda each: each.merit, reverse=True)[: -(-len(trained) // PROMOTED)]
    epochs = sum(len(each.epochs) for each in trained)
    per_epoch = sum(len(each.epochs) * each.per_epoch for each in trained) / epochs
    typical = [each for each in ended if not each.first] or [each for each in ended if not each.warms_up]
    return Cost(mean([each.fixed for each in typical]) if typical else 0.0, per_epoch)


def seconds_left(
    timings: Sequence[Timing],
    left: Work,
    comparison: Work,
    workers: int,
    tuned: Timing | None = None,
    promotes: bool = False,
    limit: float = math.inf,
) -> float | None:
    """Estimate the seconds to the end of the last training, or None until a trial has ended.

    `left` is the work of the stage, which ends after `limit` seconds, and `comparison` that of the
    stage after it, half of which trains models like `tuned`, the timing of the best trial; `promotes`: the search goes
    on with its best trials.
    """
    cost = pace(timings, promotes)
    if cost is None:
        return None
    longest = cost.of(Work(1, max(each.budget for each in timings)))
    stage = shared(cost.of(left), min(longest, cost.of(left)), workers)
    after = _comparison(cost, comparison, workers, tuned)
    return min(stage, limit) + after


def _comparison(cost: Cost, work: Work, workers: int, tuned: Timing | None) -> float:
    """Return the time to retrain models."""
    half = cost if tuned is None else Cost(cost.fixed, max(cost.per_epoch, tuned.per_epoch))
    return (half.of(work) + cost.of(work)) / 2 / min(workers, work.runs or 1)


def crowding(busy: int) -> float:
    """Return how many times as long one process takes as on an idle machine, while `busy` of our workers train.

    Beside the workers, as many processes as the load of the last minute want the cores; if fewer do now, so many.
    """
    if not hasattr(os, "getloadavg"):
        return 1.0
    return crowded(min(os.getloadavg()[0], _running()) - busy, os.cpu_count() or 1)


def _running() -> float:
    """Return how many processes want a core now, where Linux says so: the load takes minutes to forget those before."""
    try:
        return float(LOAD.read_text(encoding="ascii").split()[3].partition("/")[0])
    except (OSError, ValueError, IndexError):
        return math.inf


def crowded(others: float, cores: int) -> float:
    """Return the factor by which a process is slowed down by `others` on `cores`; 1 as long as a core is free."""
    return max(1.0, (max(0.0, others) + 1) / cores)


class Timings:
    """The timings of the runs of a stage by name, taken as they are reported."""

    def __init__(self) -> None:
        self._runs: dict[str, Timing] = {}
        self._workers: set[int] = set()
        self._promotes = False
        self._news = 0.0

    def forget_runs(self) -> None:
        """Begin a stage: what its runs take may be something else."""
        self._runs = {}

    def begin(self, worker: int, run: Run) -> None:
        """Note that a worker begins a run."""
        self._promotes = rung_place(run.name) is not None
        self._runs[run.name] = Timing.of(run, time.monotonic(), worker not in self._workers)
        self._workers.add(worker)

    def add_epoch(self, report: messages.EpochEnded) -> None:
        """Note the end of an epoch."""
        if report.run in self._runs:
            self._news = time.monotonic()
            self._runs[report.run] = self._runs[report.run].after_epoch(report.seconds, report.engine, self._news)

    def score(self, name: str, merit: float) -> None:
        """Note how good a run is, the higher the better."""
        if name in self._runs:
            self._runs[name] = replace(self._runs[name], merit=merit)

    def end(self, name: str) -> None:
        """Note the end of a run."""
        if name in self._runs:
            self._news = time.monotonic()
            self._runs[name] = replace(self._runs[name], ended=self._news)

    def left(self, work: Work, comparison: Work, workers: int, best: str | None, limit: float) -> float | None:
        """Estimate as `seconds_left` does; `best` names the best trial. Without news it counts down, to the half."""
        tuned = self._runs.get(best or "")
        found = seconds_left(list(self._runs.values()), work, comparison, workers, tuned, self._promotes, limit)
        return None if found is None else max(found / 2, found - (time.monotonic() - self._news))
