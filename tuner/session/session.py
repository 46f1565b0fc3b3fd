"""Take a study through its stages: survey, search, retraining, test, report; each continues where it was left."""

import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from keras_search.errors import UsageError
from keras_search.models import DEFAULTS, HYPERMODEL_NAMES
from keras_search.models.source import check_source, locate, resolved
from keras_search.tuner.data import Dataset, load_dataset, open_splits
from keras_search.tuner.session import guard
from keras_search.tuner.session.engines import helper_for, pool_for, take_place
from keras_search.tuner.session.naming import new_name
from keras_search.tuner.session.options import Options
from keras_search.tuner.session.preparing import ask_survey, keep_splits, prepare_again, survey, try_kernels
from keras_search.tuner.session.proposing import Proposer
from keras_search.tuner.session.retraining import Retraining, Testing, forget_runs, trained_from_another
from keras_search.tuner.session.search import Search, seconds_spent
from keras_search.tuner.session.stopping import InterruptedStudyError, interruptible
from keras_search.tuner.study.beginning import beginning
from keras_search.tuner.study.checkpoints import Checkpoints
from keras_search.tuner.study.database import write_study
from keras_search.tuner.study.folder import StudyFolder, check_report_place, find_study
from keras_search.tuner.study.integrity import settings_of
from keras_search.tuner.study.plan import compared_baselines, compared_models, planned_comparison, planned_runs
from keras_search.tuner.study.ranking import best_so_far, best_trial, kept_loss
from keras_search.tuner.study.records import NOTHING, SEARCHED, Kind, Run, State, Values, Work, work_done
from keras_search.tuner.study.settings import SEARCH_BUDGET, StudySettings
from keras_search.tuner.study.store import Store
from keras_search.tuner.system import processes
from keras_search.tuner.system.importing import uncollected
from keras_search.tuner.workers.helper import Helper
from keras_search.tuner.workers.loop import Loop, Stage, StopRequest, Watcher
from keras_search.tuner.workers.pool import WorkerPool

DATA_CODE_CHANGED = (
    "The file of the data function has changed since the study was started; it goes on with its own copy of them."
)
CODE_CHANGED = (
    "The hypermodel's file has changed since the study was started; its trials did not all run the same code."
)


LOW = 0.8
"""The user is told where workers are busy for a smaller share of the time."""


def start(
    name: str | None, settings: StudySettings, options: Options, watcher: Watcher, dataset: Dataset | None = None
) -> StudyFolder:
    """Start a study and take it to its report; on `dataset` if given, else on that of the settings.

    Raises:
        UsageError: a wrong name, or a study of that name exists.
        KerasSearchError: the study could not be finished; what was committed stays.
    """
    folder = StudyFolder(options.studies_dir / new_name(name, settings))
    check_report_place(options.reports_dir, folder)
    code = resolved(check_source(settings.hypermodel))
    with beginning(folder, options.overwrite) as new:
        processes.warm_up(settings.kernels)
        watcher.on_stage("survey")
        watcher.on_step("data")
        data = dataset or load_dataset(settings.source)
        watcher.on_step("workers")
        seen = keep_splits(settings, data, new.staged, watcher)
        _import_meanwhile()
        with pool_for(new.staged, settings, options, code, watcher) as pool, helper_for(new.staged) as helper:
            facts = survey(settings, options, pool, helper, watcher, data, passed=dataset is not None)
            write_study(new.staged.root, {**facts, **seen, "hypermodel_at": code})
            take_place(new, pool, helper, watcher)
            with Store.open(folder.root, new.lock) as store:
                Session(store, folder, pool, helper, watcher, options).run()
    return folder


def resume(name: str | None, options: Options, watcher: Watcher, **budget: Any) -> StudyFolder:
    """Continue a study at whichever stage is unfinished; `budget` is what `StudySettings.extended` takes.

    Raises:
        UsageError: no such study, or a budget that it does not have.
        KerasSearchError: something that decides the result has changed, or the study is in use.
    """
    folder = find_study(options.studies_dir, name)
    check_report_place(options.reports_dir, folder)
    folder.make()
    with Store.open(folder.root) as store:
        watcher.on_stage("survey")
        watcher.on_step("data")
        processes.warm_up(guard.by_kernels(store))
        guard.check_unchanged(store)
        if guard.data_code_changed(store):
            watcher.on_note(DATA_CODE_CHANGED)
        settings = settings_of(store)
        if settings.script is not None:
            raise UsageError(f"{folder.name} was begun by a KerasTuner-style script: run that again to continue.")
        extended = settings.extended(**budget)
        options = replace(options, threads=store.fact("threads", options.threads))
        prepare_again(store, folder, settings)
        code = check_source(locate(settings.hypermodel, store.fact("hypermodel_at")))
        watcher.on_step("workers")
        _import_meanwhile()
        as_begun = settings.model_copy(update={"kernels": guard.by_kernels(store)})
        with (
            pool_for(folder, as_begun, options, code, watcher, store.fact("space")) as pool,
            helper_for(folder) as helper,
        ):
            guard.check_kernels(store, try_kernels(as_begun, pool, watcher))
            if settings.hypermodel not in HYPERMODEL_NAMES:
                found = ask_survey(pool, watcher)
                guard.check_space(store, found.space)
                if guard.keep_code(store, found.code):
                    watcher.on_note(CODE_CHANGED)
            guard.keep_machine(store)
            _extend(store, settings, extended)
            Session(store, folder, pool, helper, watcher, options).run()
    return folder


class Session:
    """One process's work on a study, from its present stage to its report."""

    def __init__(
        self,
        store: Store,
        folder: StudyFolder,
        pool: WorkerPool,
        helper: Helper,
        watcher: Watcher,
        options: Options,
    ) -> None:
        self._store, self._folder, self._options = store, folder, options
        self._settings = settings_of(store)
        self._checkpoints = Checkpoints(folder.checkpoints)
        self._loop = Loop(store, pool, self._checkpoints, watcher)
        self._pool, self._helper, self._watcher = pool, helper, watcher

    def run(self) -> None:
        """Search, retrain, test and report, leaving out what is done."""
        compared = NOTHING if self._options.search_only else planned_comparison(self._settings)
        self._watcher.on_plan(self._options.pool_size, compared)
        self._watcher.on_objective(self._settings.objective, self._settings.direction)
        with ExitStack() as stack:
            with interruptible() as stop:
                if self._store.fact("search_ended") is None:
                    self._search(stop)
                from keras_search.tuner.report.ahead import DrawingAhead  # imports the drawing libraries

                baselines = compared_baselines(self._settings)
                ahead = stack.enter_context(DrawingAhead(self._folder, self._retrained, baselines))
                if not self._options.search_only:
                    ahead.start()
                    self._compare(stop)
                    if self._settings.ablation:
                        self._ablate(stop)
            self._pool.dismiss()
            self._watcher.on_stage("report")
            from keras_search.tuner.report import write

            try:
                write.write(self._folder, self._options.reports_dir, self._watcher.on_note, ahead.stop)
            except KeyboardInterrupt:
                again = self._folder.command("report")
                raise InterruptedStudyError(f"Stopped; only the report is missing. Write it: {again}") from None

    def search(self) -> None:
        """Search to the end of the budget, and stop there."""
        self._watcher.on_plan(self._options.pool_size, None)
        self._watcher.on_objective(self._settings.objective, self._settings.direction)
        with interruptible() as stop:
            self._search(stop)
        self._pool.dismiss()

    def compare(self) -> None:
        """Retrain the best trial and the baselines of a finished search, and test each model once."""
        self._watcher.on_objective(self._settings.objective, self._settings.direction)
        with interruptible() as stop:
            self._compare(stop)
        self._pool.dismiss()

    def _search(self, stop: StopRequest) -> None:
        if self._store.fact("all_failed"):
            self._forget_trials()
        oracle = Proposer(self._helper, self._settings, self._store.fact("space"))
        search = Search(self._store, self._checkpoints, self._settings, oracle)
        planned = self._multiplied(oracle.planned())
        with self._store.transaction():
            self._store.set_facts(planned=planned.runs, planned_epochs=planned.epochs)
            self._store.put_event("session")
        trials = self._store.of_kind(Kind.TRIAL)
        trained = {name: run for name, run in self._store.runs.items() if run.kind in SEARCHED}
        left = None
        if self._settings.max_minutes is not None:
            of_search = [event for event in self._store.events() if event[1] == "session" or event[2] in trained]
            left = self._settings.max_minutes * 60 - seconds_spent(of_search)
            stop.deadline = time.monotonic() + left
        self._watcher.on_stage("search", planned, work_done(trained), left)
        self._watcher.on_best(best_so_far(trials, self._settings, kept_loss(self._store)))
        self._work(search, stop)
        busy = self._loop.utilisation
        if busy and (busy < LOW or self._options.verbose):
            self._watcher.on_note(_how_busy(busy, self._settings, planned.runs, self._options.pool_size))
        self._end_search(stop)

    def _multiplied(self, planned: Work) -> Work:
        """Count each execution of a script's trials."""
        executions = self._settings.script.executions if self._settings.script else 1
        return Work(planned.runs * executions, planned.epochs * executions)

    def _end_search(self, stop: StopRequest) -> None:
        """Commit the best trial, or that none was completed, in which case the next session repeats the search."""
        trials = self._store.of_kind(Kind.TRIAL)
        with self._store.transaction():
            self._store.set_facts(all_failed=bool(trials) and all(run.state is State.FAILED for run in trials.values()))
        best = best_trial(trials, self._settings, kept_loss(self._store))
        with self._store.transaction():
            if best.name != self._store.fact("best"):
                forget_runs(self._store, self._checkpoints, trained_from_another(self._store, best))
            self._store.set_facts(search_ended=stop.reason or "done", best=best.name)
        stop.deadline = None
        if stop.reason == "time":
            stop.reason = None

    def _forget_trials(self) -> None:
        """Let a search in which every trial failed begin again, because the cause may have been fixed."""
        with self._store.transaction():
            forget_runs(self._store, self._checkpoints, list(self._store.of_kind(Kind.TRIAL)))
            self._store.set_facts(all_failed=False, code_changed=False)

    def _compare(self, stop: StopRequest) -> None:
        from keras_search.tuner.report.samples import keep_test_samples, lacks_samples  # imports the drawing libraries

        best = self._store.runs[self._store.fact("best")]
        planned = planned_runs(self._settings, best, self._default_values())
        retraining = Retraining(self._store, self._checkpoints, planned, Kind.RETRAIN)
        retraining.forget_others(self._folder)
        if retraining.left().runs:
            self._watcher.on_stage("retraining", retraining.left())
        self._work(retraining, stop)
        retraining.check_complete()
        if any(run.name not in self._store.evaluated() for run in planned):
            self._watcher.on_stage("test", Work(len(planned), 0), Work(len(self._tested(planned)), 0))
            self._work(Testing(self._store, planned), stop)
        if lacks_samples(self._store):
            keep_test_samples(self._store, open_splits(self._folder.data, test=True))

    def _retrained(self) -> set[str]:
        """Return the models of the comparison of which every seed has been retrained; called in another thread."""
        seeds, runs = range(self._settings.compare_seeds), self._store.runs

        def has_ended(name: str) -> bool:
            run = runs.get(name)
            return run is not None and run.finished

        models = compared_models(self._settings)
        return {model for model in models if all(has_ended(f"{model}-seed{seed}") for seed in seeds)}

    def _tested(self, planned: list[Run]) -> list[Run]:
        return [run for run in planned if run.name in self._store.evaluated()]

    def _default_values(self) -> Values | None:
        """Return the hypermodel's default values if it is compared with them, and store them."""
        if DEFAULTS not in self._settings.baselines:
            return None
        if self._store.fact("defaults") is None:
            values = self._helper.call(defaults_of, self._store.fact("space"))
            with self._store.transaction():
                self._store.set_facts(defaults=values)
        kept: Values = self._store.fact("defaults")
        return kept

    def _ablate(self, stop: StopRequest) -> None:
        planned = self._helper.call(_ablation_plan, self._folder.root.absolute(), self._settings)
        retraining = Retraining(self._store, self._checkpoints, planned, Kind.ABLATION)
        retraining.forget_others(self._folder)
        self._watcher.on_stage("ablation", retraining.left())
        self._work(retraining, stop)

    def _work(self, stage: Stage, stop: StopRequest) -> None:
        self._loop.work(stage, stop)
        if stop.reason == "interrupt":
            raise InterruptedStudyError(f"Stopped; nothing is lost. Continue: {self._folder.command('resume')}")


def _how_busy(busy: float, settings: StudySettings, trials: int, workers: int) -> str:
    """Say how busy the workers were, and why not more."""
    text = f"The workers were busy {busy:.0%} of the search time"
    if busy >= LOW:
        return f"{text}."
    if trials < 2 * workers:
        return f"{text}: {trials} trials are few for {workers} workers."
    if settings.tuner == "hyperband":
        return f"{text}: at the end of a bracket some wait until it is known which trials are promoted."
    if settings.tuner == "bayesian":
        return f"{text}: each batch of {settings.batch_trials} trials waits for the results of the one before."
    return f"{text}: the last trials left some without work, or a worker had to be started anew."


def _ablation_plan(study: Path, settings: StudySettings) -> list[Run]:
    """List the runs of the ablation, in the helper's process."""
    from keras_search.tuner.session.ablation import plan_of

    return plan_of(study, settings)


def defaults_of(space: dict[str, Any]) -> Values:
    """Return the default values of a search space, in the helper's process."""
    from keras_search.tuner.session.ablation import default_values

    return default_values(space)


def _import_meanwhile() -> None:
    """Begin to import what the report needs, while this process waits for the workers to import TensorFlow.

    The thread is no daemon: a process that ends in the middle of an import of compiled code would be aborted.
    """
    threading.Thread(target=_import_report, name="keras-search imports").start()


def _import_report() -> None:
    with suppress(Exception), uncollected():  # the report meets the same error
        import keras_search.tuner.report.ahead
        import keras_search.tuner.system.cpu  # noqa: F401 - for the versions


def _extend(store: Store, before: StudySettings, settings: StudySettings) -> None:
    """Store a raised budget; a search that had ended continues if it has more."""
    tested = bool(store.evaluated())
    with store.transaction():
        store.set_facts(settings=settings.model_dump(mode="json"))
        if any(getattr(settings, field) != getattr(before, field) for field in SEARCH_BUDGET):
            store.set_facts(search_ended=None, extended_after_test=tested)
        if settings.compare_seeds != before.compare_seeds and tested:
            store.set_facts(seeds_added=True)
