"""Project what a search will take from a few runs that were measured: pure functions."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import mean, median, stdev
from typing import Any

from keras_search.tuner.study.records import Work

LEAST_SPREAD = 0.2
"""The least uncertainty of an estimate, as a share of it: the machine is not equally busy all the time."""
BYTES_OF_RUN, BYTES_OF_EPOCH = 2_000, 500
"""What the database holds of a run and of an epoch."""
TEST_SECONDS = 0.3
"""What it takes to load a small model and test it."""
DRAWING_SECONDS, REPORT_SECONDS = 2.8, 0.8
"""What the plots of the search take, which are drawn while models are retrained, and the rest of a report, in two
processes; measured on two cores for the digits, which have most plots, and a small table."""
DRAWING_PROCESSES = 2
TEST_FIXED = 2
"""To load and test a model takes about as long as so many times to build one, which is what is measured."""
BYTES_OF_REPORT = 3_000_000
"""The size of a report of images; measured on the digits: 3,021,000."""

TRIAL = "trial"
"""Stands for the model of every trial."""


@dataclass(frozen=True)
class Measurement:
    """One run that was trained to measure it.

    `began`, `epochs` and `ended` are the times, in seconds of one clock, at which it was given to a worker, at which
    each of its epochs was over, and at which it was. `checkpoint` are the bytes of one, `error` is why the run failed.
    `first` is whether it is the first run of its worker, which also warms up what all later ones share.
    """

    run: str
    model: str
    hyperparameters: Mapping[str, Any]
    began: float
    epochs: tuple[float, ...]
    ended: float
    parameters: int | None = None
    checkpoint: int = 0
    error: str = ""
    first: bool = False

    @property
    def per_epoch(self) -> float:
        """The seconds of a further epoch; of the only one, if there is one."""
        if len(self.epochs) > 1:
            return (self.epochs[-1] - self.epochs[0]) / (len(self.epochs) - 1)
        return self.epochs[0] - self.began if self.epochs else 0.0

    @property
    def fixed(self) -> float:
        """The seconds that the run takes besides its epochs: to build, compile, and save it."""
        return max(0.0, self.ended - self.began - len(self.epochs) * self.per_epoch)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "run": self.run,
            "model": self.model,
            "hyperparameters": dict(self.hyperparameters),
            "parameters": self.parameters,
            "epochs": len(self.epochs),
            "seconds_per_epoch": self.per_epoch,
            "seconds_besides": self.fixed,
            "error": self.error or None,
        }


@dataclass(frozen=True)
class Cost:
    """What a run of a kind takes: seconds besides its epochs, seconds of an epoch, and the spread of the latter.

    `spread` is the standard error of the mean, as a share of it.
    """

    fixed: float
    per_epoch: float
    spread: float = 0.0

    def of(self, work: Work) -> float:
        """Return the seconds of one worker for an amount of work."""
        return work.runs * self.fixed + work.epochs * self.per_epoch


@dataclass(frozen=True)
class Seconds:
    """What each stage takes, in seconds, and how far the total may be from that."""

    preparing: float
    search: float
    comparison: float
    ablation: float
    report: float
    spread: float = LEAST_SPREAD

    @property
    def total(self) -> float:
        """All of it."""
        return self.preparing + self.search + self.comparison + self.ablation + self.report

    def as_dict(self) -> dict[str, float]:
        """Return plain values: each stage, the total, and from `low` to `high` where the total is to be expected."""
        stages = {name: getattr(self, name) for name in ("preparing", "search", "comparison", "ablation", "report")}
        low, high = self.total / (1 + self.spread), self.total * (1 + self.spread)
        return {**stages, "total": self.total, "low": low, "high": high}


@dataclass(frozen=True)
class Disk:
    """What a study takes on the disk, in bytes, at most; `checkpoints` are deleted when nothing needs them."""

    data: int
    checkpoints: int
    models: int
    database: int
    report: int = field(default=BYTES_OF_REPORT)

    def as_dict(self) -> dict[str, int]:
        """Return plain values, with the total."""
        return {**vars(self), "total": sum(vars(self).values())}


def cost_of(measured: Sequence[Measurement]) -> Cost:
    """Average what runs took; those that failed count with the time that they took, as they will in the search.

    The first run of a worker, which may have waited for the kernels to be compiled, says nothing of the fixed part if
    there is another.
    """
    if not measured:
        return Cost(0.0, 0.0)
    fixed = median([each.fixed for each in measured if not each.first] or [each.fixed for each in measured])
    trained = [each for each in measured if each.epochs]
    share = len(trained) / len(measured)
    if not trained:
        return Cost(fixed, 0.0)
    slopes = [each.per_epoch for each in trained]
    average = mean(slopes)
    spread = stdev(slopes) / math.sqrt(len(slopes)) / average if len(slopes) > 1 and average else 0.0
    return Cost(fixed, share * average, spread)


def shared(seconds: float, longest: float, workers: int) -> float:
    """Return the time in which workers share some work of whole runs: at its end some have none left."""
    return min(seconds, max(seconds / workers + longest / 2 * (1 - 1 / workers), longest))


def search_seconds(cost: Cost, work: Work, epochs: int, workers: int, limit: float | None) -> float:
    """Return the time of a search of trials of up to `epochs` epochs; `limit` is its own, in seconds."""
    found = shared(cost.of(work), cost.of(Work(1, epochs)), workers)
    return found if limit is None else min(found, limit)


def comparison_seconds(costs: Sequence[tuple[Cost, int]], seeds: int, workers: int) -> float:
    """Return the time to retrain models on each seed and to test them; `costs` has what each takes, and its epochs."""
    each = [cost.of(Work(1, epochs)) + TEST_FIXED * cost.fixed for cost, epochs in costs]
    return shared(seeds * sum(each), max(each, default=0.0), workers)


def with_drawing(comparison: float, drawing: float, workers: int, cores: int) -> tuple[float, float]:
    """Return how long a comparison takes while the plots of the search are drawn, and what is left of these after it.

    `comparison` and `drawing` are what each takes alone, in seconds. With a worker on every core, one more process
    slows all of them down; what is left is drawn by `DRAWING_PROCESSES`.
    """
    slower = max(1.0, (workers + 1) / max(workers, cores))
    share = min(1.0, cores / (workers + 1))
    if drawing / share <= slower * comparison:
        return comparison + drawing / share * (1 - 1 / slower), 0.0
    return slower * comparison, (drawing - slower * comparison * share) / min(DRAWING_PROCESSES, cores)


def database_bytes(search: Work, comparison: Work, predictions: int) -> int:
    """Return the size of the database; `predictions` are the bytes of one model's."""
    runs, epochs = search.runs + comparison.runs, search.epochs + comparison.epochs
    return runs * BYTES_OF_RUN + epochs * BYTES_OF_EPOCH + comparison.runs * predictions
