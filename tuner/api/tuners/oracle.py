"""The parts of `tuner.oracle` that KerasTuner scripts read, from the study."""

from collections.abc import Callable
from typing import Any

from keras_tuner import HyperParameters, Objective
from keras_tuner.engine.trial import Trial, TrialStatus

from keras_search.tuner.study.ranking import kept_loss
from keras_search.tuner.study.records import Kind, Run, State, Values
from keras_search.tuner.study.store import Store

STATUS = {
    State.RUNNING: TrialStatus.RUNNING,
    State.COMPLETED: TrialStatus.COMPLETED,
    State.FAILED: TrialStatus.FAILED,
}
Opened = Callable[[], "Store | None"]


class StudyOracle:
    """The trials of a search, read anew at every call; `store` opens the study, None before there is one.

    `space` returns the search space before the study has one.
    """

    def __init__(self, store: Opened, space: Callable[[], HyperParameters], objective: Objective, limit: int | None):
        self._store, self._space, self.objective, self.max_trials = store, space, objective, limit

    @property
    def trials(self) -> dict[str, Trial]:
        """KerasTuner's `Trial` of each trial by its name, in the order of their start."""
        with _reading(self._store()) as store:
            return {} if store is None else {run.name: trial_of(store, run) for run in _runs(store)}

    @property
    def start_order(self) -> list[str]:
        """The names of the trials in the order of their start."""
        return list(self.trials)

    @property
    def hyperparameters(self) -> HyperParameters:
        """The search space."""
        return self.get_space()

    def get_space(self) -> HyperParameters:
        """Return a copy of the search space."""
        with _reading(self._store()) as store:
            return self._space() if store is None else HyperParameters.from_config(store.fact("space"))

    def get_trial(self, trial_id: str) -> Trial:
        """Return a trial by its name."""
        return self.trials[trial_id]

    def get_best_trials(self, num_trials: int = 1) -> list[Trial]:
        """Return the best trials, the best first: those trained to the full budget of epochs before all others.

        Failed trials are never among them, however few there are.
        """
        with _reading(self._store()) as store:
            return [] if store is None else [trial_of(store, run) for run in best_runs(store)[:num_trials]]

    def remaining_trials(self) -> int | None:
        """Count the trials that are left of `max_trials`; None if there is no limit."""
        return None if self.max_trials is None else max(0, self.max_trials - len(self.trials))


class _reading:  # noqa: N801 - a `with` block that also takes None
    """Close a store after reading; None if there is none."""

    def __init__(self, store: "Store | None") -> None:
        self._store = store

    def __enter__(self) -> "Store | None":
        return self._store

    def __exit__(self, *_: object) -> None:
        if self._store is not None:
            self._store.close()


def best_runs(store: Store) -> list[Run]:
    """List the completed trials, the best first; the rules are those by which a study chooses its best trial."""
    runs = [run for run in _runs(store) if run.state is State.COMPLETED and run.score is not None]
    budget = max((run.epochs for run in runs), default=0)
    sign, loss = (1 if store.fact("settings")["direction"] == "max" else -1), kept_loss(store)

    def rank(run: Run) -> tuple[Any, ...]:
        score = run.score or 0.0
        return run.epochs < budget, -sign * score, loss(run), run.parameters or 0, run.name

    return sorted(runs, key=rank)


def trial_of(store: Store, run: Run) -> Trial:
    """Return a trial as KerasTuner's object, with the metrics of its best epoch."""
    trial = Trial(values_in(store, run.hyperparameters), run.name, STATUS[run.state], run.error)
    if run.state is State.COMPLETED and run.best_epoch is not None:
        settings = store.fact("settings")
        trial.score, trial.best_step = run.score, max(0, run.best_epoch - 1)
        trial.metrics.register(settings["objective"], settings["direction"])
        found = {**store.history(run.name).get(run.best_epoch, {}), settings["objective"]: run.score}
        for name, value in found.items():
            trial.metrics.update(name, value, step=trial.best_step)
    return trial


def values_in(store: Store, values: Values) -> HyperParameters:
    """Return a configuration with its search space."""
    space = HyperParameters.from_config(store.fact("space"))
    space.values = dict(values)
    return space


def _runs(store: Store) -> list[Run]:
    return list(store.of_kind(Kind.TRIAL).values())
