"""Take the study of a KerasTuner-style script through its search: begin it, or continue it."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

from keras_search.errors import KerasSearchError, UsageError, did_you_mean
from keras_search.tuner.data.passed import digest_of, save_passed
from keras_search.tuner.data.splits import Splits
from keras_search.tuner.data.tree import Array, leaves
from keras_search.tuner.session import guard
from keras_search.tuner.session.asking import NotCarriedError
from keras_search.tuner.session.engines import helper_for, take_place
from keras_search.tuner.session.options import Options
from keras_search.tuner.session.preparing import NO_KERNELS, OWN_FIT, ask_survey, try_kernels
from keras_search.tuner.session.retraining import forget_runs
from keras_search.tuner.session.session import CODE_CHANGED, Session
from keras_search.tuner.study import messages
from keras_search.tuner.study.beginning import beginning
from keras_search.tuner.study.checkpoints import Checkpoints
from keras_search.tuner.study.database import write_study
from keras_search.tuner.study.executions import failures_in_row
from keras_search.tuner.study.fields import EXTENDABLE
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.integrity import check_data, settings_of
from keras_search.tuner.study.records import Kind
from keras_search.tuner.study.script import STREAM
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.store import Store
from keras_search.tuner.system import processes
from keras_search.tuner.system.versions import versions
from keras_search.tuner.workers import in_process
from keras_search.tuner.workers.loop import Watcher
from keras_search.tuner.workers.pool import WorkerPool

STREAMED = (
    "The data are a stream: its order and its randomness are the script's own, so the same seed need not give the "
    "same result, and an interrupted trial begins its epoch with the stream's next batch."
)
ARGUMENTS = {
    "executions": "executions_per_trial", "retries": "max_retries_per_trial", "iterations": "hyperband_iterations",
    "failures_in_row": "max_consecutive_failed_trials", "initial_points": "num_initial_points",
    "entries": "hyperparameters", "objectives": "objective",
}  # fmt: skip
"""The arguments of a tuner whose settings have other names."""
IN_PROCESS = "The trials are trained in this process, one at a time: {}."


@dataclass(frozen=True)
class Script:
    """The objects of a script's search: `here` in this process, `pickled` for other processes.

    `pickled` is None if they cannot leave this process, and `reason` says why. `others` are arrays of which the
    study keeps no copy, as they are among the objects. `places` say where the arrays belong among the arguments.
    """

    settings: StudySettings
    arrays: Sequence[Array]
    here: Any
    pickled: bytes | None
    reason: str = ""
    code: str = ""
    others: Sequence[Array] = ()
    places: Sequence[str] = ()

    @property
    def digest(self) -> str:
        """The hash of its arrays and of their places."""
        content = f"{digest_of([*self.arrays, *self.others])} {' '.join(self.places)}"
        return hashlib.sha256(content.encode()).hexdigest()


def search(folder: StudyFolder, script: Script, options: Options, watcher: Watcher) -> None:
    """Search to the end of the budget, from the beginning or from where an earlier search stopped.

    Raises:
        UsageError: something that decides the result differs from the existing study.
        KerasSearchError: the search could not be finished; what was committed stays.
        InterruptedStudyError: it was asked to stop.
    """
    folder.finish_start()
    if folder.database.is_file() and not options.overwrite:
        _go_on(folder, script, options, watcher)
    else:
        _begin(folder, script, options, watcher)


def _begin(folder: StudyFolder, script: Script, options: Options, watcher: Watcher) -> None:
    with beginning(folder, options.overwrite) as new:
        watcher.on_stage("survey")
        seal = save_passed(script.arrays, new.staged.data)
        with _surveyed(new.staged, script, options, watcher) as (pool, found), helper_for(new.staged) as helper:
            settings = _settled(script.settings, found)
            pool.tell(messages.Plan(found.space, settings.objective, settings.direction))
            without_kernels = _without_kernels(settings, pool, watcher)
            notes = [*([STREAMED] if settings.dataset == STREAM else []), *found.notes]
            without = [NO_KERNELS.format(reason=without_kernels)] if without_kernels else []
            for note in [*([OWN_FIT] if found.own_fit else []), *without, *notes]:
                watcher.on_note(note)
            known = {"notes": notes, "seal": seal, "without_kernels": without_kernels}
            write_study(new.staged.root, {**_facts(script, settings, found, options), **known})
            take_place(new, pool, helper, watcher)
            with Store.open(folder.root, new.lock) as store:
                Session(store, folder, pool, helper, watcher, options).search()


def _go_on(folder: StudyFolder, script: Script, options: Options, watcher: Watcher) -> None:
    folder.make()
    with Store.open(folder.root) as store:
        extended = check_same(store, script)
        check_data(store, folder)
        if store.fact("search_ended") is not None and extended == settings_of(store):
            return
        options = replace(options, threads=store.fact("threads", options.threads))
        kept = _as_begun(script, store)
        with (
            _surveyed(folder, kept, options, watcher, store.fact("space")) as (pool, found),
            helper_for(folder) as helper,
        ):
            guard.check_kernels(store, _without_kernels(kept.settings, pool, watcher))
            guard.check_space(store, found.space)
            guard.keep_machine(store)
            if guard.keep_code(store, script.code):
                watcher.on_note(CODE_CHANGED)
            pool.tell(messages.Plan(store.fact("space"), extended.objective, extended.direction))
            raised = extended != settings_of(store)
            with store.transaction():
                store.set_facts(settings=extended.model_dump(mode="json"), search_ended=None)
                if raised:
                    store.set_facts(extended_after_test=bool(store.evaluated()))
                _forget_failures(store, Checkpoints(folder.checkpoints))
            Session(store, folder, pool, helper, watcher, options).search()


def compare(
    folder: StudyFolder, script: Script, splits: Splits, seeds: int, options: Options, watcher: Watcher
) -> None:
    """Retrain the best trial and the hypermodel's defaults on fresh seeds, and test them; `splits` hold the test set.

    Raises:
        UsageError: the search has not ended, or its study was tested on other data.
        KerasSearchError: something could not be trained or tested.
        InterruptedStudyError: it was asked to stop.
    """
    folder.make()
    with Store.open(folder.root) as store:
        check_same(store, script)
        if store.fact("search_ended") is None:
            raise UsageError("The search has not ended: call search again with its arguments, then compare.")
        _keep_test(store, folder, script, splits)
        settings = settings_of(store)
        extended = settings.extended(compare_seeds=max(seeds, settings.compare_seeds))
        with store.transaction():
            store.set_facts(settings=extended.model_dump(mode="json"))
            if extended != settings and store.evaluated():
                store.set_facts(seeds_added=True)
        options = replace(options, threads=store.fact("threads", options.threads))
        ready = _as_begun(replace(script, settings=extended), store)
        with (
            _surveyed(folder, ready, options, watcher, store.fact("space")) as (pool, found),
            helper_for(folder) as helper,
        ):
            guard.check_kernels(store, _without_kernels(ready.settings, pool, watcher))
            guard.check_space(store, found.space)
            guard.keep_machine(store)
            pool.tell(messages.Plan(store.fact("space"), extended.objective, extended.direction))
            Session(store, folder, pool, helper, watcher, options).compare()


def _as_begun(script: Script, store: Store) -> Script:
    """Train with our kernels, or without them, as the study began."""
    return replace(script, settings=script.settings.model_copy(update={"kernels": guard.by_kernels(store)}))


def _without_kernels(settings: StudySettings, pool: WorkerPool, watcher: Watcher) -> str:
    """Return why our kernels cannot be used, "" if they can; in the script's own process TensorFlow trains anyway."""
    return "" if pool.in_this_process else try_kernels(settings, pool, watcher)


def _keep_test(store: Store, folder: StudyFolder, script: Script, splits: Splits) -> None:
    """Store the test set with the study's data; a study is tested on only one."""
    digest = digest_of([*leaves(splits.x_test).values(), *leaves(splits.y_test).values()])
    before = store.fact("tested_on")
    if before == digest:
        check_data(store, folder)
        return
    if store.evaluated():
        raise UsageError("This study was tested on other data: a test set chosen afterwards cannot give a fair result.")
    seal = save_passed(script.arrays, folder.data, splits)
    data = {**store.fact("data"), "class_names": list(splits.class_names)}
    data["targets"] = [asdict(target) for target in splits.targets]
    with store.transaction():
        store.set_facts(seal=seal, tested_on=digest, data=data, comparable=not splits.target.other)


def _forget_failures(store: Store, checkpoints: Checkpoints) -> None:
    """Let the failed trials at the end be trained anew, because their cause may have been fixed."""
    failed = [run.name for run in failures_in_row(store)]
    further = [name for name in store.of_kind(Kind.EXECUTION) if name.rpartition(".x")[0] in failed]
    forget_runs(store, checkpoints, [*failed, *further])


def check_same(store: Store, script: Script) -> StudySettings:
    """Compare a script with the one at the study's start; return its settings with a raised budget.

    Raises:
        UsageError: something that decides the result differs; the message names it.
    """
    before, now = settings_of(store), script.settings
    if before.script is None:
        raise UsageError(f"{store.path.parent} holds a study of another kind: choose another project_name=.")
    now = now.model_copy(update={"compare_seeds": before.compare_seeds})
    for name in StudySettings.model_fields:
        was, given = getattr(before, name), getattr(now, name)
        if was != given and name == "script":
            _refuse_script(before.script.model_dump(), now.script.model_dump() if now.script else {})
        if was != given and not (name in EXTENDABLE and (given is None or (was is not None and given > was))):
            raise _other(_argument(name, before), given, was)
    guard.check_versions(store, before)
    if store.fact("data")["digest"] != script.digest:
        raise UsageError(
            "The arrays differ from those at the start of the study in this directory= and project_name=, or are "
            "passed as other arguments: pass them as before, or overwrite=True, or another project_name=."
        )
    return now


def _refuse_script(before: dict[str, Any], now: dict[str, Any]) -> None:
    for name, was in before.items():
        given = now.get(name)
        if was != given and isinstance(was, dict) and isinstance(given, dict):
            name = next(key for key in [*was, *given] if was.get(key) != given.get(key))
            was, given = was.get(name), given.get(name)
        if was != given:
            raise _other(ARGUMENTS.get(name, name), given, was)


def _argument(setting: str, before: StudySettings) -> str:
    return "epochs" if setting == "max_epochs" and before.tuner != "hyperband" else ARGUMENTS.get(setting, setting)


def _other(name: str, now: Any, before: Any) -> UsageError:
    return UsageError(
        f"{name}={now!r} differs from the {before!r} at the start of the study in this directory= and "
        "project_name=: restore it, or pass overwrite=True or another project_name=."
    )


@contextmanager
def _surveyed(
    folder: StudyFolder, script: Script, options: Options, watcher: Watcher, space: dict[str, Any] | None = None
) -> Iterator[tuple[WorkerPool, messages.Surveyed]]:
    """Start workers and survey the search space; in this process if the script's objects cannot leave it."""
    watcher.on_step("workers")
    reason = script.reason
    if script.pickled is not None:
        processes.warm_up(script.settings.kernels)
        with _pool(folder, script, options, space, script.pickled) as pool:
            try:
                found = ask_survey(pool, watcher)
            except NotCarriedError as error:
                reason = str(error)
            else:
                yield pool, found
                return
    watcher.on_note(IN_PROCESS.format(reason))
    with _pool(folder, script, options, space, script.here) as pool:
        yield pool, ask_survey(pool, watcher)


def _pool(
    folder: StudyFolder, script: Script, options: Options, space: dict[str, Any] | None, carried: Any
) -> WorkerPool:
    settings = script.settings.model_dump(mode="json")
    context = messages.Context(folder.root.absolute(), settings, space, options.threads, carried=carried)
    if carried is script.here:
        return WorkerPool(1, context, float("inf"), in_process.start)
    return WorkerPool(options.pool_size, context, script.settings.epoch_minutes * 60)


def _settled(settings: StudySettings, found: messages.Surveyed) -> StudySettings:
    """Make sure that the model reports the objective, if its metrics are known."""
    if found.metrics and settings.objective not in found.metrics:
        raise KerasSearchError(
            f"objective= must be one of {', '.join(found.metrics)}, received {settings.objective!r}."
            + did_you_mean(settings.objective, found.metrics)
        )
    return settings


def _facts(script: Script, settings: StudySettings, found: messages.Surveyed, options: Options) -> dict[str, Any]:
    return {
        "settings": settings.model_dump(mode="json"),
        "fingerprint": settings.fingerprint(),
        "data": {
            "name": settings.dataset,
            "digest": script.digest,
            "class_names": [],
            "targets": [],
            "passed": True,
            "code": "",
        },
        "space": found.space,
        "comparable": False,
        "code": script.code,
        "versions": versions(),
        "threads": options.threads,
    }
