"""Retrain: the best trial and the baselines from scratch on the same fresh seeds, then open the test split."""

from keras_search.errors import KerasSearchError
from keras_search.tuner.study.checkpoints import Checkpoints
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.messages import Evaluate
from keras_search.tuner.study.plan import seed_index
from keras_search.tuner.study.records import Kind, Run, State, Work
from keras_search.tuner.study.store import MODEL, Store
from keras_search.tuner.workers.loop import WorkOrder, train_order


class Retraining:
    """The orders of a stage that trains the planned runs, all of one kind, from scratch."""

    def __init__(self, store: Store, checkpoints: Checkpoints, planned: list[Run], kind: Kind) -> None:
        self._store, self._checkpoints, self._planned, self._kind = store, checkpoints, planned, kind

    def left(self) -> Work:
        """Count the runs that have not ended, and their epochs."""
        runs = [self._store.runs.get(run.name, run) for run in self._planned]
        unfinished = [run for run in runs if not run.finished]
        return Work(len(unfinished), sum(run.epochs - run.trained for run in unfinished))

    def forget_others(self, folder: StudyFolder) -> None:
        """Delete the retrainings of a former best trial, before the search was extended, and those that failed."""
        planned = {run.name: (run.model, run.hyperparameters) for run in self._planned}
        others = [
            run.name
            for run in self._store.of_kind(self._kind).values()
            if planned.get(run.name) != (run.model, run.hyperparameters) or run.state is State.FAILED
        ]
        with self._store.transaction():
            forget_runs(self._store, self._checkpoints, others)
        for name in others:
            folder.kept_model(name).unlink(missing_ok=True)

    def next_order(self, in_hand: set[str]) -> WorkOrder | None:
        """Return the next run to train."""
        for planned in self._planned:
            run = self._store.runs.get(planned.name, planned)
            if not run.finished and run.name not in in_hand:
                return train_order(self._store, self._checkpoints, run)
        return None

    def continuable(self) -> set[str]:
        """Return no run: nothing continues from a retrained model."""
        return set()

    def check_complete(self) -> None:
        """Make sure that every model was retrained.

        Raises:
            KerasSearchError: one failed.
        """
        for planned in self._planned:
            run = self._store.runs[planned.name]
            if run.state is State.FAILED:
                raise KerasSearchError(f"Retraining {run.model} on seed {seed_index(run)} failed: {run.error}")


class Testing:
    """The orders of the stage that opens the test split, for every retrained model once, all seeds of it in turn."""

    def __init__(self, store: Store, planned: list[Run]) -> None:
        models = list(dict.fromkeys(run.model for run in planned))
        self._store, self._planned = store, sorted(planned, key=lambda run: models.index(run.model))

    def next_order(self, in_hand: set[str]) -> WorkOrder | None:
        """Return the next model to test."""
        done = self._store.evaluated() | in_hand
        left = next((run.name for run in self._planned if run.name not in done), None)
        return None if left is None else Evaluate(self._store.runs[left], self._store.file(left, MODEL))

    def continuable(self) -> set[str]:
        """Return no run: nothing is trained any more."""
        return set()


def trained_from_another(store: Store, best: Run) -> list[str]:
    """List the tuned models that were retrained from another trial than the best, and every step of the ablation."""
    return [
        run.name
        for run in store.runs.values()
        if run.kind is Kind.ABLATION or (run.role == "tuned" and run.hyperparameters != best.hyperparameters)
    ]


def forget_runs(store: Store, checkpoints: Checkpoints, names: list[str]) -> None:
    """Delete runs whose names may recur, after their checkpoints; call inside a transaction."""
    checkpoints.forget(names)
    store.delete_runs(names)
