"""The loop: give orders to workers and commit their reports, until no order is left."""

import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Protocol, assert_never

from keras_search.errors import KerasSearchError
from keras_search.tuner.study import messages
from keras_search.tuner.study.checkpoints import Checkpoints
from keras_search.tuner.study.executions import RETRIED, mean_score, retries_of
from keras_search.tuner.study.processors import KINDS, announcement, differing
from keras_search.tuner.study.records import NOTHING, SEARCHED, Epoch, Evaluation, Kind, Run, State, Work, best_epoch
from keras_search.tuner.study.store import MODEL, Store
from keras_search.tuner.system import faults
from keras_search.tuner.system.seeds import derive_seed
from keras_search.tuner.workers.pool import Worker, WorkerPool
from keras_search.tuner.workers.utilisation import Utilisation

MAX_DEATHS = 3
"""The number of workers that a run may crash without a new committed epoch before it has failed."""
MAX_STARTS = 10
"""The number of starts of a run without a new committed epoch, for any reason, before it has failed."""
TICK_SECONDS = 0.5
ENDED = {"attempts": 0, "deaths": 0}

WorkOrder = messages.Train | messages.Evaluate


class Stage(Protocol):
    """The work of one stage of a study."""

    def next_order(self, in_hand: set[str]) -> WorkOrder | None:
        """Return the next order, or None if nothing can start now; `in_hand` names the runs that workers have."""

    def continuable(self) -> set[str]:
        """List the ended runs whose checkpoints some run may still continue from."""


class Watcher(Protocol):
    """An observer, such as the live table."""

    def on_objective(self, name: str, direction: str) -> None:
        """Called once the objective is known; `direction` is "max" or "min"."""

    def on_best(self, best: Run | None) -> None:
        """Called with the best trial of an earlier session."""

    def on_stage(
        self, stage: str, planned: Work | None = None, done: Work = NOTHING, seconds: float | None = None
    ) -> None:
        """Called at the beginning of a stage, such as `search`, with its largest amount of work, if any, and that done.

        `seconds` is its time limit, if any.
        """

    def on_step(self, step: str) -> None:
        """Called at each step before the first trial: `data`, `workers`, `space`, `kernels`."""

    def on_plan(self, workers: int, comparison: Work | None) -> None:
        """Called before the stages with the number of workers, and the largest amount of work after the search.

        The latter is None if no report follows.
        """

    def on_stop(self) -> None:
        """Called when a stage ends early because the user asked for it."""

    def on_note(self, text: str) -> None:
        """Called with a note for the user."""

    def on_order(self, worker: int, run: Run) -> None:
        """Called when a worker begins a run."""

    def on_report(self, worker: int, report: messages.Report) -> None:
        """Called with a worker's report, after it is committed."""

    def on_tick(self) -> None:
        """Called at each tick."""


@dataclass
class StopRequest:
    """A request to stop after the running epochs, and its reason; `deadline` is in seconds of `time.monotonic`."""

    reason: str | None = None
    deadline: float | None = None

    def check(self) -> bool:
        """Return whether to stop now."""
        if self.reason is None and self.deadline is not None and time.monotonic() >= self.deadline:
            self.reason = "time"
        return self.reason is not None


class Loop:
    """Work through the orders of one study."""

    def __init__(self, store: Store, pool: WorkerPool, checkpoints: Checkpoints, watcher: Watcher) -> None:
        self._store, self._pool, self._checkpoints, self._watcher = store, pool, checkpoints, watcher
        settings = store.fact("settings")
        self._objective = settings["objective"], settings["direction"]
        script = settings.get("script")
        self._retries: int = script["retries"] if script else 0
        self._keeps_trials = script is not None
        """Whether trials are saved as they were after their best epoch, for a script that needs their models."""
        self._places: dict[str, str] = {}
        """The machine of each worker that is on another one, by its number."""
        self._busy, self.utilisation = Utilisation(len(pool.workers)), 0.0
        """The share of the workers' time, from 0 to 1, in which the last stage kept them busy."""

    def work(self, stage: Stage, stop: StopRequest) -> None:
        """Give every order of a stage to workers, and return when all are done or `stop` is true."""
        told_to_stop = False
        self._busy = Utilisation(len(self._pool.workers))
        while True:
            if stop.check() and not told_to_stop:
                self._pool.stop()
                told_to_stop = True
                if stop.reason == "interrupt":
                    self._watcher.on_stop()
            idle = self._pool.idle()
            order = None
            if not told_to_stop and (idle or not self._pool.busy):
                order = stage.next_order(self._pool.in_hand())
            if order is not None and idle:
                self._begin(idle[0], order)
            elif order is None and not self._pool.busy:
                self.utilisation = self._busy.share
                return
            else:
                self._hear(stage)

    def _begin(self, worker: Worker, order: WorkOrder) -> None:
        run = self._store.runs.get(order.run.name, order.run)
        if run.attempts >= MAX_STARTS:
            self._fail(worker.number, run.name, f"The search was ended in each of {MAX_STARTS} starts of this run.")
            return
        run = replace(run, attempts=run.attempts + 1)
        with self._store.transaction():
            self._store.put_run(run)
            if run.parent and run.attempts == 1:
                faults.point("promotion")
            self._store.put_event("begin", run.name, worker.number)
        self._locate(worker)
        self._pool.give(worker, order)
        self._busy.take(worker.number)
        self._watcher.on_order(worker.number, run)

    def _locate(self, worker: Worker) -> None:
        """Store and show on which machine a worker is, if it has come to another one."""
        if worker.where and self._places.get(str(worker.number)) != worker.where:
            self._places[str(worker.number)] = worker.where
            with self._store.transaction():
                self._store.set_facts(places=self._places)
            self._watcher.on_report(worker.number, messages.Ready(worker.where))

    def _hear(self, stage: Stage) -> None:
        for worker, report in self._pool.reports(TICK_SECONDS):
            self._busy.resize(len(self._pool.workers))
            if not isinstance(report, messages.GOES_ON):
                self._busy.leave(worker.number)
            self._commit(worker.number, report)
            report = self._outcome(report)
            if isinstance(report, messages.Completed | messages.Failed):
                self._checkpoints.keep_runs(self._store.runs.unfinished.keys() | stage.continuable())
            self._watcher.on_report(worker.number, report)
        self._watcher.on_tick()

    def _outcome(self, report: messages.Report) -> messages.Report:
        """Turn a worker's death in the last attempt into a failure."""
        run = self._store.runs.get(report.run) if isinstance(report, messages.Died) else None
        return messages.Failed(run.name, run.error or "") if run and run.state is State.FAILED else report

    def _commit(self, worker: int, report: messages.Report) -> None:
        match report:
            case messages.EpochEnded():
                self._commit_epoch(worker, report)
            case messages.Completed():
                self._complete(worker, report)
            case messages.Evaluated():
                self._commit_evaluation(worker, report)
            case messages.Failed():
                self._fail(worker, report.run, report.reason)
            case messages.Lost():
                self._checkpoints.forget([report.run])
                self._note(worker, report.run, "checkpoint lost", attempts=0, trained=0)
            case messages.Halted():
                self._note(worker, report.run, "halted", attempts=0)
                raise KerasSearchError(report.reason)
            case messages.Died():
                self._try_again(worker, report)
            case messages.Stopped():
                self._note(worker, report.run, "stopped", attempts=0)
            case messages.Ready() | messages.Surveyed() | messages.NotCarried() | messages.KernelsTried():
                pass  # of no run
            case _:
                assert_never(report)

    def _commit_epoch(self, worker: int, report: messages.EpochEnded) -> None:
        run = self._store.runs[report.run]
        attempts = run.attempts if report.epoch == run.trained else 0
        deaths = run.deaths if report.epoch in self._store.history(run.name) else 0
        engine = report.engine or run.engine
        run = replace(run, trained=report.epoch, attempts=attempts, deaths=deaths, engine=engine)
        parent = self._store.runs[run.parent] if run.parent else None
        with self._store.transaction():
            if parent is None or report.epoch > parent.trained:
                self._store.put_epoch(Epoch(report.run, report.epoch, report.metrics, report.seconds, worker))
            self._store.put_run(run)
            if report.checkpoint:
                self._store.put_file(report.run, report.epoch, report.checkpoint)
            of_new_kind = bool(report.processor) and self._store.put_processor(
                report.run, report.epoch, report.processor
            )
        faults.point("epoch committed")
        if of_new_kind and len(differing(kinds := self._store.fact(KINDS))) > 1:
            self._watcher.on_note(announcement(kinds))
        self._checkpoints.keep_only(run.name, self._useful_epochs(run))

    def _useful_epochs(self, run: Run) -> set[int]:
        """Return which checkpoints are needed: the last to continue, and the best of a model that is saved."""
        if run.kind in SEARCHED and not self._keeps_trials:
            return {run.trained}
        with suppress(ValueError):
            known = {epoch: told for epoch, told in self._store.history(run.name).items() if epoch <= run.trained}
            return {run.trained, best_epoch(known, *self._objective)[0]}
        return {run.trained}

    def _complete(self, worker: int, report: messages.Completed) -> None:
        run = self._store.runs[report.run]
        score = mean_score(self._store, run.name, report.score) if run.kind is Kind.TRIAL else report.score
        done = {"score": score, "best_epoch": report.best_epoch, "parameters": report.parameters}
        with self._store.transaction():
            if report.model:
                self._store.put_file(report.run, MODEL, report.model)
            self._put_note(worker, report.run, State.COMPLETED, **ENDED, state=State.COMPLETED, **done)

    def _commit_evaluation(self, worker: int, report: messages.Evaluated) -> None:
        with self._store.transaction():
            self._store.put_evaluation(Evaluation(report.run, report.metrics, report.probabilities))
            self._store.put_event("evaluated", report.run, worker)

    def _end(self, worker: int, name: str, state: State, **outcome: Any) -> None:
        self._note(worker, name, state, state=state, **ENDED, **outcome)

    def _fail(self, worker: int, name: str, reason: str) -> None:
        """End a failed run; if it was trained and cannot be tested, the session ends with it."""
        run = self._store.runs[name]
        trained = run.finished
        if self._may_retry(run):
            self._retry(worker, run)
            return
        self._end(worker, name, State.FAILED, error=reason)
        if trained:
            why = f"{name} could not be tested: {reason.rstrip('.')}."
            raise KerasSearchError(f"{why} To retrain it: keras-search resume")

    def _may_retry(self, run: Run) -> bool:
        """Return whether a script's failed trial is to be trained again."""
        if run.kind not in SEARCHED or run.finished or not self._retries:
            return False
        return retries_of(self._store, run.name) < self._retries

    def _retry(self, worker: int, run: Run) -> None:
        """Let a failed trial begin again, from scratch and on another seed, as on the same one it would fail again."""
        seed = derive_seed(run.seed, RETRIED)
        self._checkpoints.forget([run.name])
        with self._store.transaction():
            self._store.delete_runs([run.name])
            self._store.put_run(replace(run, attempts=0, deaths=0, seed=seed, parent=None, trained=0))
            self._store.put_event(RETRIED, run.name, worker)

    def _try_again(self, worker: int, report: messages.Died) -> None:
        """Return a run to the queue; after too many deaths that may be its own fault it has failed."""
        deaths = self._store.runs[report.run].deaths + (not report.blameless)
        if deaths < MAX_DEATHS:
            self._note(worker, report.run, "died", deaths=deaths)
        else:
            self._fail(worker, report.run, f"{report.reason} ({deaths} attempts)")

    def _note(self, worker: int, name: str, event: str, **changes: Any) -> None:
        with self._store.transaction():
            self._put_note(worker, name, event, **changes)

    def _put_note(self, worker: int, name: str, event: str, **changes: Any) -> None:
        self._store.put_run(replace(self._store.runs[name], **changes))
        self._store.put_event(event, name, worker)


def train_order(store: Store, checkpoints: Checkpoints, run: Run) -> messages.Train:
    """Order a run to be trained on from the latest checkpoint: its own, an ancestor's, or else from scratch.

    Its own may be later than the committed state, if a kill came between the two. From scratch, a promoted trial
    repeats its parent's epochs, which have the same seed and so the same result.
    """
    lineage = [run]
    while lineage[-1].parent is not None:
        lineage.append(store.runs[lineage[-1].parent])
    rungs = tuple(ancestor.epochs for ancestor in reversed(lineage))
    for place, holder in enumerate(lineage):
        after = checkpoints.latest(holder.name)
        if after:
            rung = len(rungs) - max(place, 1)
            return messages.Train(run, holder.name, after, rungs, store.file(holder.name, after), rung)
    return messages.Train(run, run.name, 0, rungs)
