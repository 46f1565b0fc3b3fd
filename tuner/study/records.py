"""The records that all rooms exchange: what is trained, and the results."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Values = dict[str, Any]
"""Hyperparameter values by name; only active hyperparameters have one."""

Metrics = dict[str, float]
"""Metric values of one epoch by name, `val_` before those of the validation split."""

TUNED = "tuned"
"""The name of the best trial in the comparison with the baselines."""

KERNELS = "kernels"
"""The engine of runs that our own kernels train."""

COMPILED = "compiled TensorFlow"
"""The engine of runs whose epochs are each one compiled function of TensorFlow."""

COMPILED_LOSS = "compiled_loss"
"""The metric of the test split that is a model's own loss, where `loss` is that of its predictions."""


class State(StrEnum):
    """The state of a run."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class Kind(StrEnum):
    """Whether a run belongs to the search, to the comparison after it, or to the ablation after that.

    An execution is one more training of a trial, on a seed of its own.
    """

    TRIAL = "trial"
    EXECUTION = "execution"
    RETRAIN = "retrain"
    ABLATION = "ablation"


SEARCHED = (Kind.TRIAL, Kind.EXECUTION)
"""The kinds of runs that a search trains."""


@dataclass(frozen=True)
class Proposal:
    """An oracle's proposal: a name and values, to train up to `epochs` epochs counted from scratch.

    A promoted trial names its `parent` and continues after the parent's last epoch.
    """

    name: str
    hyperparameters: Values
    epochs: int
    parent: str | None = None


@dataclass(frozen=True)
class Run:
    """One training: a trial of the search, or the retraining of one model on one fresh seed.

    `model` is the hypermodel's name for a trial and for the tuned model, else the baseline's. `epochs` is the
    budget, counted from scratch; `trained` is how many of them are committed, the parent's included.
    Since the last committed epoch, `attempts` counts the starts, and `deaths` those that ended with only the worker;
    the others ended with the whole search, which is not the fault of any run. `engine` names what trains it, as
    in `training.engine`, "" before its first epoch.
    """

    name: str
    kind: Kind
    model: str
    role: str
    hyperparameters: Values
    seed: int
    epochs: int
    parent: str | None = None
    state: State = State.RUNNING
    attempts: int = 0
    deaths: int = 0
    trained: int = 0
    score: float | None = None
    best_epoch: int | None = None
    parameters: int | None = None
    error: str | None = None
    engine: str = ""

    @property
    def recipe(self) -> str:
        """The identity of a training in its study, as JSON; a trial and the one that continues it have the same."""
        return json.dumps([self.model, self.seed, self.hyperparameters], sort_keys=True)

    @property
    def finished(self) -> bool:
        """True if nothing is left to train."""
        return self.state is not State.RUNNING


@dataclass(frozen=True)
class Work:
    """An amount of training: runs, and the epochs of all of them together."""

    runs: int
    epochs: int


NOTHING = Work(0, 0)


@dataclass(frozen=True)
class Epoch:
    """One committed epoch of a run; `epoch` counts from 1, `seconds` is its wall time."""

    run: str
    epoch: int
    metrics: Metrics
    seconds: float
    worker: int


@dataclass(frozen=True)
class Evaluation:
    """A retrained model's results on the test split: metrics, and probabilities `(n_test, classes)` or values."""

    run: str
    metrics: Metrics
    probabilities: bytes = field(repr=False)


def work_done(runs: Mapping[str, Run]) -> Work:
    """Add up the finished work of `runs`; a run that ended early leaves nothing to do."""
    epochs = 0
    for run in runs.values():
        before = runs[run.parent].epochs if run.parent else 0
        epochs += (run.epochs if run.finished else max(run.trained, before)) - before
    return Work(sum(run.finished for run in runs.values()), epochs)


def best_epoch(history: Mapping[int, Metrics], objective: str, direction: str) -> tuple[int, float]:
    """Find the epoch with the best value of `objective` among epochs `{epoch: metrics}`; the first of equals.

    If no epoch has the objective, as for some baselines, the lowest `val_loss` is the best.

    Raises:
        ValueError: no epoch has a finite value.
    """
    if not any(objective in metrics for metrics in history.values()):
        objective, direction = "val_loss", "min"
    known = {epoch: metrics[objective] for epoch, metrics in history.items() if objective in metrics}
    finite = {epoch: value for epoch, value in known.items() if abs(value) < float("inf")}
    if not finite:
        raise ValueError(f"{objective} was never a finite number")
    sign = 1 if direction == "max" else -1
    epoch = max(finite, key=lambda candidate: (sign * finite[candidate], -candidate))
    return epoch, finite[epoch]
