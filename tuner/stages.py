"""Take a study through its stages: survey, search, retraining, test, report; each continues where it was left."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from keras_search.tuner import guard, protocol, report
from keras_search.tuner.checkpoints import Checkpoints
from keras_search.tuner.data import load_dataset, make_splits, open_splits, save_splits
from keras_search.tuner.errors import KerasSearchError, UsageError
from keras_search.tuner.folder import StudyFolder, find_study
from keras_search.tuner.loop import Loop, Stage, StopRequest, Watcher
from keras_search.tuner.options import Options
from keras_search.tuner.records import Kind
from keras_search.tuner.retraining import Retraining, Testing, planned_runs
from keras_search.tuner.samples import keep_test_samples
from keras_search.tuner.search import Search, best_trial, seconds_spent
from keras_search.tuner.settings import StudySettings, check_study_name
from keras_search.tuner.store import Store
from keras_search.tuner.workers import WorkerPool


class InterruptedStudyError(KerasSearchError):
    """Say how to go on with a study that was asked to stop."""

    exit_code = 130


class TaskError(KerasSearchError):
    """Say what the user's own code raised; `details` are its frames."""

    def __init__(self, message: str, details: str) -> None:
        super().__init__(message)
        self.details = details


def start(name: str, settings: StudySettings, options: Options, watcher: Watcher) -> StudyFolder:
    """Start a study and take it to its report.

    Raises:
        UsageError: a wrong name, or a study of that name exists.
        KerasSearchError: the study could not be finished; what was committed stays.
    """
    folder = StudyFolder(options.studies_dir / check_study_name(name))
    _make_room(folder, options.overwrite)
    folder.make()
    try:
        with Store.create(folder.root) as store, _pool(folder, settings, options) as pool:
            _prepare(store, folder, settings, pool, watcher)
            _Session(store, folder, pool, watcher, options).run()
    finally:
        if not _is_started(folder):
            folder.remove()
    return folder


def resume(name: str | None, options: Options, watcher: Watcher, **budget: Any) -> StudyFolder:
    """Continue a study at whichever stage is unfinished; `budget` raises `max_trials`, `iterations`, `max_minutes`.

    Raises:
        UsageError: no such study, or a budget that it does not have.
        KerasSearchError: something that decides the result has changed, or the study is in use.
    """
    folder = find_study(options.studies_dir, name)
    folder.make()
    with Store.open(folder.root) as store:
        guard.check_unchanged(store)
        settings = _extend(store, budget)
        with _pool(folder, settings, options, store.fact("space")) as pool:
            _Session(store, folder, pool, watcher, options).run()
    return folder


class _Session:
    """One process's work on a study, from where it stands to its report."""

    def __init__(self, store: Store, folder: StudyFolder, pool: WorkerPool, watcher: Watcher, options: Options) -> None:
        self._store, self._folder, self._options = store, folder, options
        self._settings = StudySettings.model_validate(store.fact("settings"))
        self._checkpoints = Checkpoints(folder.checkpoints)
        self._loop = Loop(store, pool, self._checkpoints, watcher)
        self._watcher = watcher

    def run(self) -> None:
        """Search, retrain, test and report, leaving out what is done."""
        with _interruptible() as stop:
            if self._store.fact("search_ended") is None:
                self._search(stop)
            if not self._options.search_only:
                self._compare(stop)
        self._watcher.on_stage("report", None)
        report.write(self._folder, self._options.reports_dir)

    def _search(self, stop: StopRequest) -> None:
        search = Search(self._store, self._checkpoints, self._settings)
        planned = search.oracle.planned()
        with self._store.transaction():
            self._store.set_facts(planned=planned)
            self._store.put_event("session")
        ended = sum(run.finished for run in self._store.runs.values())
        self._watcher.on_stage("search", None if planned is None else planned - ended)
        if self._settings.max_minutes is not None:
            left = self._settings.max_minutes * 60 - seconds_spent(self._store.events())
            stop.deadline = time.monotonic() + left
        self._work(search, stop)
        best = best_trial(self._store.of_kind(Kind.TRIAL), self._settings)
        with self._store.transaction():
            self._store.set_facts(search_ended=stop.reason or "done", best=best.name)
        stop.reason = stop.deadline = None

    def _compare(self, stop: StopRequest) -> None:
        best = self._store.runs[self._store.fact("best")]
        planned = planned_runs(self._settings, best)
        retraining = Retraining(self._store, self._checkpoints, planned)
        retraining.forget_others(self._folder)
        self._watcher.on_stage("retraining", sum(run.name not in self._store.runs for run in planned))
        self._work(retraining, stop)
        retraining.check_complete()
        self._watcher.on_stage("test", None)
        self._work(Testing(self._store, planned), stop)
        keep_test_samples(self._store, open_splits(self._folder.data, test=True))

    def _work(self, stage: Stage, stop: StopRequest) -> None:
        self._loop.work(stage, stop)
        if stop.reason == "interrupt":
            raise InterruptedStudyError(f"Stopped; nothing is lost. Continue: keras-search resume {self._folder.name}")


def _prepare(store: Store, folder: StudyFolder, settings: StudySettings, pool: WorkerPool, watcher: Watcher) -> None:
    """Split the data, survey the search space, and commit all that the study stands on."""
    watcher.on_stage("survey", None)
    dataset = load_dataset(settings.dataset)
    save_splits(make_splits(dataset, settings.validation_split, settings.seed), folder.data)
    found = _survey(pool)
    if settings.objective not in found.metrics:
        raise UsageError(f"--objective must be one of {', '.join(found.metrics)}, received {settings.objective!r}.")
    pool.use_space(found.space)
    with store.transaction():
        store.set_facts(
            settings=settings.model_dump(mode="json"),
            fingerprint=settings.fingerprint(),
            data={"name": dataset.name, "digest": dataset.digest, "class_names": dataset.class_names},
            space=found.space,
            versions=guard.versions(),
        )


def _survey(pool: WorkerPool) -> protocol.Surveyed:
    ordered = False
    while True:
        if not ordered and pool.idle():
            pool.give(pool.idle()[0], protocol.Survey())
            ordered = True
        for _, answer in pool.reports(timeout=0.5):
            match answer:
                case protocol.Surveyed():
                    return answer
                case protocol.Failed():
                    raise TaskError(answer.reason, answer.details)
                case protocol.Died():
                    raise KerasSearchError(f"The hypermodel could not be built: {answer.reason}")


def _pool(
    folder: StudyFolder, settings: StudySettings, options: Options, space: dict[str, Any] | None = None
) -> WorkerPool:
    context = protocol.Context(folder.root.absolute(), settings.model_dump(mode="json"), space, options.threads)
    return WorkerPool(options.pool_size, context, settings.epoch_minutes * 60)


def _make_room(folder: StudyFolder, overwrite: bool) -> None:
    """Delete what `overwrite` allows to delete, and what an earlier start that was killed left behind."""
    if not folder.root.exists():
        return
    if not folder.holds_only_ours():
        raise UsageError(f"{folder.root} exists and is not a study: choose another name or --studies-dir.")
    if _is_started(folder) and not overwrite:
        raise UsageError(
            f"A study named {folder.name!r} exists. Continue it: keras-search resume {folder.name}. "
            "Start again: add --overwrite."
        )
    if folder.database.exists():
        Store.claim(folder.root)
    folder.remove()


def _is_started(folder: StudyFolder) -> bool:
    """Whether a study has come so far that `resume` can continue it."""
    if not folder.database.is_file():
        return False
    try:
        with Store.read(folder.root) as store:
            return store.fact("settings") is not None
    except KerasSearchError:
        return folder.database.stat().st_size > 0


def _extend(store: Store, budget: dict[str, Any]) -> StudySettings:
    """Raise the budget; a search that had ended goes on."""
    before = StudySettings.model_validate(store.fact("settings"))
    settings = before.extended(**budget)
    if settings != before:
        with store.transaction():
            store.set_facts(settings=settings.model_dump(mode="json"), search_ended=None)
            if store.evaluated():
                store.set_facts(extended_after_test=True)
    return settings


@contextmanager
def _interruptible() -> Iterator[StopRequest]:
    """Turn the first Ctrl-C or SIGTERM into a request to stop after the epoch; the second ends at once."""
    stop = StopRequest()

    def ask(*_: object) -> None:
        if stop.reason == "interrupt":
            raise KeyboardInterrupt
        stop.reason = "interrupt"

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
