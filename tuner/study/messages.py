"""The messages between the search process and its workers: a cluster engine would only have to carry these."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from keras_search.tuner.study.records import Metrics, Run


@dataclass(frozen=True)
class Context:
    """What every task of a study shares; `folder` is the study's, `threads` the cores that one worker uses.

    `carried` are a script's objects that cannot be imported by name, its hypermodel and callbacks: the bytes of a
    pickle that only the processes of one search exchange, or, within the same process, the objects themselves.
    `acknowledged`: the search process answers each epoch with `Kept`, because a worker's files are elsewhere.
    """

    folder: Path
    settings: dict[str, Any]
    space: dict[str, Any] | None
    threads: int = 1
    acknowledged: bool = False
    carried: Any = field(default=None, repr=False)


@dataclass(frozen=True)
class Survey:
    """Request the search space and the names of the metrics."""


@dataclass(frozen=True)
class Train:
    """Request training of a run, after the `after`-th epoch of `source` (0: from scratch).

    `rungs` are the budgets of the trials that it continues, the first one first, and its own: epochs from scratch.
    `checkpoint` is the hash of what it continues from, None if that was never committed; `rung` is the index in
    `rungs` at which a run without an epoch of its own continues.
    """

    run: Run
    source: str
    after: int
    rungs: tuple[int, ...]
    checkpoint: str | None = None
    rung: int = 0


@dataclass(frozen=True)
class Evaluate:
    """Request a retrained model's predictions and metrics on the test split; `model` is its file's hash."""

    run: Run
    model: str | None = None


@dataclass(frozen=True)
class Stop:
    """Ask a worker to leave its run after the epoch in progress."""


@dataclass(frozen=True)
class Plan:
    """The result of the survey: the search space, and the objective with its direction; not answered."""

    space: dict[str, Any]
    objective: str
    direction: str


@dataclass(frozen=True)
class Moved:
    """The new place of the study's folder; not answered."""

    folder: Path


@dataclass(frozen=True)
class Kept:
    """The last epoch reported is on the study's own disk, so that the next may begin; not answered."""


@dataclass(frozen=True)
class TryKernels:
    """Ask whether our own kernels can be compiled here."""


Order = Survey | TryKernels | Train | Evaluate | Stop | Plan | Moved | Kept


def subject(order: Order) -> str:
    """Name the run that an order is about, or `survey`."""
    return order.run.name if isinstance(order, Train | Evaluate) else "survey"


@dataclass(frozen=True)
class Ready:
    """The worker has started; `where` names its machine, if that is another one."""

    where: str = ""


@dataclass(frozen=True)
class Vocabulary:
    """How many tokens an embedding knows, from 0 up, and the input that numbers them, "" if it is the only one."""

    input: str
    layer: str
    tokens: int


@dataclass(frozen=True)
class Surveyed:
    """The search space as keras-tuner's config, the names of the metrics, and other observations.

    `comparable`: the model's output fits the targets. `own_fit`: it is trained by the user's own `fit`. `code`: a hash
    of the user's own files, "" if the hypermodel is a built-in one. `notes`: what looks wrong between the model and
    the data. `returned`: what its own `fit` returned, "history", "number", "numbers" or "values"; "" without one.
    `nothing_to_compare`: why it can only be searched. `vocabularies`: the embeddings that take inputs as they are.
    """

    space: dict[str, Any]
    metrics: list[str]
    comparable: bool = True
    own_fit: bool = False
    code: str = ""
    notes: list[str] = field(default_factory=list)
    returned: str = ""
    nothing_to_compare: str = ""
    vocabularies: list[Vocabulary] = field(default_factory=list)


@dataclass(frozen=True)
class KernelsTried:
    """The reason why the kernels cannot be compiled here, "" if they can; and whether they are on the disk already."""

    reason: str
    kept: bool = True


@dataclass(frozen=True)
class NotCarried:
    """A worker's process cannot load a script's objects: they must be trained in the script's own process."""

    run: str
    reason: str


@dataclass(frozen=True)
class EpochEnded:
    """An epoch is trained and its checkpoint, with this hash, is on the disk; `seconds` of wall time.

    `engine` is what has trained it, on what kind of `processor`.
    """

    run: str
    epoch: int
    metrics: Metrics
    seconds: float
    checkpoint: str = ""
    engine: str = ""
    processor: str = ""


@dataclass(frozen=True)
class Completed:
    """A run is completed; `model` is the hash of the retrained model's file."""

    run: str
    score: float
    best_epoch: int
    parameters: int
    model: str = ""


@dataclass(frozen=True)
class Evaluated:
    """Metrics, and probabilities `(n_test, classes)` or values `(n_test, width)`, as the bytes of an `.npy` file."""

    run: str
    metrics: Metrics
    probabilities: bytes = field(repr=False)


@dataclass(frozen=True)
class Failed:
    """A run has failed: `reason` on one line, `details` the user's own frames."""

    run: str
    reason: str
    details: str = ""


@dataclass(frozen=True)
class Lost:
    """The checkpoint to continue from cannot be read, so the run starts again."""

    run: str
    reason: str


@dataclass(frozen=True)
class Halted:
    """The study's folder cannot be written to, so nothing can continue."""

    run: str
    reason: str


@dataclass(frozen=True)
class Stopped:
    """A run was left, as requested, after a committed epoch."""

    run: str


@dataclass(frozen=True)
class Died:
    """The worker's process ended, or was ended because it hung; sent by the pool.

    `blameless`: its whole machine was lost, which says nothing about the run.
    """

    run: str
    reason: str
    blameless: bool = False


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

GOES_ON = (Ready, EpochEnded)
"""The reports after which a worker goes on with its order; any other ends it."""
