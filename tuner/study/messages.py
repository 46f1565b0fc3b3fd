"""The messages between the search process and its workers: all that a cluster engine would have to carry."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from keras_search.tuner.study.records import Metrics, Run


@dataclass(frozen=True)
class Context:
    """What every task of a study shares; `folder` is the study's, `threads` the cores that one worker uses.

    `carried` is what a script has that no name leads to, its hypermodel and callbacks: the bytes of a pickle that only
    the processes of one search hand on, or, in one and the same process, the thing itself.
    """

    folder: Path
    settings: dict[str, Any]
    space: dict[str, Any] | None
    threads: int = 1
    carried: Any = field(default=None, repr=False)


@dataclass(frozen=True)
class Survey:
    """Ask for the search space and the names of the metrics."""


@dataclass(frozen=True)
class Train:
    """Ask for a run to be trained on, after the `after`-th epoch of `source` (0: from scratch).

    `rungs` are the budgets of the trials that it continues, the first one first, and its own: epochs from scratch.
    `checkpoint` is the hash of what it continues from, None where that was never committed; `rung` is the place among
    `rungs`, counted from 0, at which a run that has no epoch of its own goes on.
    """

    run: Run
    source: str
    after: int
    rungs: tuple[int, ...]
    checkpoint: str | None = None
    rung: int = 0


@dataclass(frozen=True)
class Evaluate:
    """Ask for what a retrained model says of the test split, and its metrics there; `model` is its file's hash."""

    run: Run
    model: str | None = None


@dataclass(frozen=True)
class Stop:
    """Ask a worker to leave its run after the epoch in progress."""


@dataclass(frozen=True)
class Plan:
    """Give what the survey has settled: the search space, and the objective with its direction; not answered."""

    space: dict[str, Any]
    objective: str
    direction: str


@dataclass(frozen=True)
class Moved:
    """Say where the study's folder is now; not answered."""

    folder: Path


@dataclass(frozen=True)
class TryKernels:
    """Ask whether kernels of our own can be compiled here."""


Order = Survey | TryKernels | Train | Evaluate | Stop | Plan | Moved


def subject(order: Order) -> str:
    """Name the run that an order is about, or `survey`."""
    return order.run.name if isinstance(order, Train | Evaluate) else "survey"


@dataclass(frozen=True)
class Ready:
    """Say that the worker has started."""


@dataclass(frozen=True)
class Surveyed:
    """Give the search space as keras-tuner's config, the names of the metrics, and what else was seen.

    `comparable`: the model says what the data want to know. `own_fit`: it is trained by a `fit` of the user's own.
    `code`: a hash of the user's own files, "" where the hypermodel is a built-in one. `notes` say what looks wrong
    between the model and the data. `returned`: what its own `fit` gave, "history", "number", "numbers" or "values";
    "" without one. `nothing_to_compare`: why a search is all that can be done with it.
    """

    space: dict[str, Any]
    metrics: list[str]
    comparable: bool = True
    own_fit: bool = False
    code: str = ""
    notes: list[str] = field(default_factory=list)
    returned: str = ""
    nothing_to_compare: str = ""


@dataclass(frozen=True)
class KernelsTried:
    """Say why the kernels cannot be compiled here, "" where they can."""

    reason: str


@dataclass(frozen=True)
class NotCarried:
    """Say that a worker's process cannot take in what a script has: it must be trained in the script's own process."""

    run: str
    reason: str


@dataclass(frozen=True)
class EpochEnded:
    """Say that an epoch is trained and its checkpoint is on the disk, of this hash; `seconds` of wall time.

    `engine` is what has trained it.
    """

    run: str
    epoch: int
    metrics: Metrics
    seconds: float
    checkpoint: str = ""
    engine: str = ""


@dataclass(frozen=True)
class Completed:
    """Say that a run has ended well; `model` is the hash of the retrained model's file."""

    run: str
    score: float
    best_epoch: int
    parameters: int
    model: str = ""


@dataclass(frozen=True)
class Evaluated:
    """Give metrics, and probabilities `(n_test, classes)` or values `(n_test, width)`, the bytes of an `.npy` file."""

    run: str
    metrics: Metrics
    probabilities: bytes = field(repr=False)


@dataclass(frozen=True)
class Failed:
    """Say that a run cannot end well: `reason` on one line, `details` the user's own frames."""

    run: str
    reason: str
    details: str = ""


@dataclass(frozen=True)
class Lost:
    """Say that the checkpoint to continue from cannot be read, so that the run starts again."""

    run: str
    reason: str


@dataclass(frozen=True)
class Halted:
    """Say that the study's folder takes no more files, so that nothing can go on."""

    run: str
    reason: str


@dataclass(frozen=True)
class Stopped:
    """Say that a run was left, as asked, after a committed epoch."""

    run: str


@dataclass(frozen=True)
class Died:
    """Say that the worker's process ended, or was ended because it hung; the pool says it."""

    run: str
    reason: str


Report = (
    Ready
    | Surveyed
    | NotCarried
    | KernelsTried
    | EpochEnded
    | Completed
    | Evaluated
    | Failed
    | Lost
    | Halted
    | Stopped
    | Died
)
