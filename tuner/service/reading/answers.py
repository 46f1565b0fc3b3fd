"""The answers about studies, as JSON: times are seconds since 1970, numbers that are not finite are null."""

from typing import Any, Literal

from pydantic import Field

from keras_search.tuner.service.answers import Answer as Answer
from keras_search.tuner.service.answers import Page as Page

State = Literal["waiting", "running", "stopped", "done", "failed", "damaged"]
"""A study is `stopped` if it is unfinished and no process works on it, `failed` if none of its trials completed."""
Stage = Literal["search", "retraining", "done"]
Plain = bool | int | float | str | None
Values = dict[str, Plain]


class TrialCounts(Answer):
    """The trials of a search by state; `planned` is unknown until the search begins, and without a limit."""

    completed: int
    planned: int | None
    failed: int
    running: int


class Best(Answer):
    """The best trial so far."""

    trial: str
    score: float | None


class VerdictLine(Answer):
    """The verdict in two words, and in a sentence."""

    verdict: str
    sentence: str


class StudyRow(Answer):
    """A study in the list.

    `started` is when its first trial began, `changed` its last commit. A study that cannot be read has only a name, the
    state `damaged` and the `problem`. `job` is the job that works on it or waits to. `verdict_pending`: the study is
    done, and its verdict is being computed.
    """

    name: str
    state: State
    stage: Stage | None = None
    tuner: str = ""
    dataset: str = ""
    hypermodel: str = ""
    objective: str = ""
    direction: str = ""
    trials: TrialCounts = TrialCounts(completed=0, planned=None, failed=0, running=0)
    best: Best | None = None
    verdict: VerdictLine | None = None
    verdict_pending: bool = False
    started: float | None = None
    changed: float | None = None
    problem: str | None = None
    job: str | None = None


class WorkerLine(Answer):
    """What a worker of a running search does: its run, and the epoch that it has committed of those to train.

    `place` is the node that it runs on; "" on the machine of the search.
    """

    worker: int
    place: str
    run: str
    epoch: int
    epochs: int


class StudyDetail(StudyRow):
    """A study's own page.

    `summary` is what `keras-search show --json` prints; `eta` are the seconds to the end of the stage. `extendable`
    are the settings that `resume` may raise. `left_out` says what could not be read, and why.
    """

    settings: dict[str, Any] = Field(default_factory=dict)
    summary: dict[str, Any] = Field(default_factory=dict)
    eta: float | None = None
    workers: tuple[WorkerLine, ...] = ()
    engines: dict[str, int] = Field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    extendable: tuple[str, ...] = ()
    hyperparameters: tuple[str, ...] = ()
    epochs_trained: int = 0


class Column(Answer):
    """A column of trials; `hyperparameter`: it is one, and not a column that every study has."""

    name: str
    kind: Literal["number", "text", "flag"]
    hyperparameter: bool = False


class TrialsPage(Page[Values]):
    """Trials as in `trials.csv`, one dict each, and their columns in order."""

    columns: tuple[Column, ...]


class EpochLine(Answer):
    """The metrics of one epoch."""

    epoch: int
    metrics: dict[str, float | None]


class TrialDetail(Answer):
    """One trial: `curve` are all epochs that led to it, its parents' first; `log` the last lines of its output.

    `parents` are the trials that it continues, the first first, `children` those that continue it. `processors` are
    the kinds that trained it, in their order; none if they were not recorded.
    """

    trial: str
    kind: str
    state: str
    score: float | None
    best_epoch: int | None
    epochs: int
    trained: int
    parameters: int | None
    seed: str
    error: str | None
    parent: str | None
    parents: tuple[str, ...]
    children: tuple[str, ...]
    engine: str
    processors: tuple[str, ...]
    settings: Values
    curve: tuple[EpochLine, ...]
    log: tuple[str, ...]
    started: float | None
    seconds: float | None


class HistoryPoint(Answer):
    """A trial in the chart of the search: its place in the order of their ends, its score, and the best until then.

    A trial cut short by Hyperband does not count for `best`.
    """

    trial: str
    order: int
    score: float | None
    best: float | None
    state: str
    epochs: int
    time: float | None


class Share(Answer):
    """How much a hyperparameter mattered, from 0 to 1, with a 95% interval."""

    name: str
    share: float
    low: float
    high: float


class Parallel(Answer):
    """Completed trials as lines across their hyperparameters: a row a trial, `score` last."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Plain, ...], ...]
    trials: tuple[str, ...]


class Budget(Answer):
    """A rung of a bracket of Hyperband: the epochs of its trials, how many there are, and how many were promoted."""

    iteration: int
    bracket: int
    rung: int
    epochs: int
    trials: int
    completed: int
    failed: int
    promoted: int
    best: float | None


class Charts(Answer):
    """The data of each chart of a study.

    `thinned` says in a sentence how many points were left out, and is empty if none were. `importance` is that of the
    first `importance_trials` that completed, empty with fewer than four; `importance_pending`: it is being computed.
    """

    objective: str
    direction: str
    history: tuple[HistoryPoint, ...]
    importance: tuple[Share, ...]
    importance_pending: bool
    importance_trials: int
    importance_problem: str
    parallel: Parallel
    budgets: tuple[Budget, ...]
    thinned: str


class CommitEvent(Answer):
    """What is told to listeners after each commit; `version` differs after each."""

    study: str
    version: str
    state: State
    stage: Stage | None
    trials: TrialCounts
    best: Best | None
    eta: float | None
    workers: tuple[WorkerLine, ...]
    verdict_pending: bool = False


class ExportFile(Answer):
    """A file of an export, or a folder, `size` in bytes, and the certificate of the format if it has one."""

    file: str
    format: str
    size: int
    certificate: dict[str, Any] | None = None


class ComparedSetting(Answer):
    """A setting in which studies differ: its value in each, in the order of the studies."""

    name: str
    values: tuple[Any, ...]


class StudyCurve(Answer):
    """The score over the trials of one study."""

    name: str
    history: tuple[HistoryPoint, ...]


class Comparison(Answer):
    """Several studies beside each other, in the order in which they were named.

    `tests` are the measures of the tuned models on the test split: `metric`, `mean`, `std` and `seeds`, null before the
    test. `cautions` say what keeps the studies from being compared, or makes it less certain. `ranked` is the metric by
    which `leader` is ahead, both "" if the studies cannot be ranked. `pending`: tests, cautions and leader are still
    being computed; `problem` says why they could not be.
    """

    studies: tuple[StudyRow, ...]
    settings: tuple[ComparedSetting, ...]
    curves: tuple[StudyCurve, ...]
    tests: tuple[dict[str, Any] | None, ...]
    cautions: tuple[str, ...]
    ranked: str
    leader: str
    pending: bool
    problem: str
