"""Search: turn the oracle's proposals into trials, and decide when there are enough."""

import itertools
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from keras_search.errors import KerasSearchError
from keras_search.tuner.study.checkpoints import Checkpoints
from keras_search.tuner.study.executions import execution_name, executions_of, failures_in_row
from keras_search.tuner.study.records import Kind, Proposal, Run, State
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.store import Store
from keras_search.tuner.system.seeds import derive_seed
from keras_search.tuner.workers.loop import WorkOrder, train_order

if TYPE_CHECKING:
    from keras_search.tuner.oracles import Oracle

PLATEAU_LOOKAHEAD = 8
"""The number of last trials that the plateau rule ignores: this many workers stay busy under it."""


class Search:
    """The orders of the search stage."""

    def __init__(self, store: Store, checkpoints: Checkpoints, settings: StudySettings, oracle: "Oracle") -> None:
        self._store, self._checkpoints, self._settings, self._oracle = store, checkpoints, settings, oracle
        self._changes = store.runs.feed(Kind.TRIAL)
        self._plateau = Plateau(settings.plateau, settings.direction)
        self._executions = settings.script.executions if settings.script else 1

    def next_order(self, in_hand: set[str]) -> WorkOrder | None:
        """Continue a trial that was interrupted, else start the oracle's next."""
        for run in [run for run in self._store.runs.unfinished.values() if run.kind is Kind.TRIAL]:
            next_run = self._next_training(run, in_hand)
            if next_run is not None:
                return train_order(self._store, self._checkpoints, next_run)
        self._check_failures()
        if not self._plateau.may_go_on(self._store.of_kind(Kind.TRIAL)):
            return None
        self._learn()
        proposal = self._oracle.propose()
        if proposal is None:
            return None
        trial = self._trial(proposal)
        if self._executions == 1:
            return train_order(self._store, self._checkpoints, trial)
        with self._store.transaction():
            self._store.put_run(trial)
            for run in executions_of(trial, self._executions):
                trained = self._store.runs[run.parent].trained if run.parent else 0
                self._store.put_run(replace(run, trained=trained))
        return self.next_order(in_hand)

    def _next_training(self, trial: Run, in_hand: set[str]) -> Run | None:
        """Return the next training of an unfinished trial: its further executions, and finally itself."""
        executions = [
            self._store.runs.get(each.name, each) for each in executions_of(trial, self._executions)
        ]  # fmt: skip
        failed = next((each for each in executions if each.state is State.FAILED), None)
        if failed is not None:
            with self._store.transaction():
                self._store.put_run(replace(trial, state=State.FAILED, error=failed.error))
            return None
        left = [each for each in executions if not each.finished]
        for run in left or [trial]:
            if run.name not in in_hand:
                return run
        return None

    def _check_failures(self) -> None:
        """End the search of a script if as many trials in a row have failed as it allows.

        Raises:
            KerasSearchError: they have.
        """
        script = self._settings.script
        failed = failures_in_row(self._store) if script is not None else []
        if script is not None and len(failed) >= script.failures_in_row:
            raise KerasSearchError(
                f"{len(failed)} trials in a row failed, as many as max_consecutive_failed_trials allows. The last, "
                f"{failed[-1].name}: {failed[-1].error} Once that is fixed, run the same again: they are trained anew."
            )

    def continuable(self) -> set[str]:
        """List the ended trials that the oracle may still promote, and their further executions."""
        self._learn()
        names = self._oracle.continuable()
        further = range(2, self._executions + 1)
        return names | {execution_name(name, number) for name in names for number in further}

    def _learn(self) -> None:
        for run in self._changes.take():
            self._oracle.learn(run)

    def _trial(self, proposal: Proposal) -> Run:
        parent = self._store.runs[proposal.parent] if proposal.parent else None
        return Run(
            name=proposal.name,
            kind=Kind.TRIAL,
            model=self._settings.hypermodel,
            role="trial",
            hyperparameters=proposal.hyperparameters,
            seed=parent.seed if parent else derive_seed(self._settings.seed, "trial", proposal.name),
            epochs=proposal.epochs,
            parent=proposal.parent,
            trained=parent.trained if parent else 0,
        )


class Plateau:
    """The rule that ends a search after `patience` trials in a row without a better score; None never ends it.

    The last few trials are ignored so that this many workers can run ahead and still always stop at the same place.
    """

    def __init__(self, patience: int | None, direction: str) -> None:
        self._patience, self._sign = patience, 1 if direction == "max" else -1
        self._counted, self._since_best = 0, 0
        self._best: float | None = None

    def may_go_on(self, trials: Mapping[str, Run]) -> bool:
        """Return whether the trials before the next place, but the last few, have ended and reached no plateau."""
        if self._patience is None:
            return True
        known = max(0, len(trials) + 1 - PLATEAU_LOOKAHEAD)
        for run in itertools.islice(trials.values(), self._counted, known):
            if not run.finished:
                return False
            self._count(run.score)
        return self._since_best < self._patience

    def _count(self, score: float | None) -> None:
        """Count a trial; a failed one has no score, and those before the first score do not count."""
        self._counted += 1
        if score is not None and (self._best is None or self._sign * score > self._sign * self._best):
            self._best, self._since_best = score, 0
        elif self._best is not None:
            self._since_best += 1


def seconds_spent(events: list[tuple[float, str, str | None, int | None]]) -> float:
    """Add up the wall time of all search sessions, each from its `session` event to its last one, in seconds.

    `events` are those of the search only: a session that only retrains does not count.
    """
    spent, start, last = 0.0, 0.0, 0.0
    for moment, kind, _, _ in events:
        if kind == "session":
            spent, start = spent + last - start, moment
        last = moment if start else 0.0
    return spent + last - start
