"""Prepare a study for its search: survey the search space, fix the study's facts, repair its data."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from keras_search.errors import KerasSearchError, UsageError, did_you_mean
from keras_search.tuner.data import (
    Dataset,
    Splits,
    load_dataset,
    make_splits,
    save_splits,
)
from keras_search.tuner.data.copies import find_copies, odd_tests
from keras_search.tuner.data.fitness import broken_numbers, unfit_for_builtin
from keras_search.tuner.data.sight import describe, sentences, stored
from keras_search.tuner.data.tree import nbytes
from keras_search.tuner.session import guard
from keras_search.tuner.session.asking import Question, answer_of, ask
from keras_search.tuner.session.options import Options
from keras_search.tuner.session.proposing import Proposer
from keras_search.tuner.session.vocabulary import unknown_tokens
from keras_search.tuner.study import messages
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.integrity import ChangedDataError, check_data
from keras_search.tuner.study.objective import AUTO, DEFAULT_OBJECTIVE
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.store import Store
from keras_search.tuner.system.memory import is_large
from keras_search.tuner.system.versions import versions
from keras_search.tuner.workers.helper import Helper
from keras_search.tuner.workers.loop import Watcher
from keras_search.tuner.workers.pool import WorkerPool

OWN_FIT = (
    "The hypermodel's own fit trains each trial in one call. If it passes initial_epoch and callbacks on to "
    "model.fit and returns its History, an interrupted trial repeats at most one epoch; otherwise it starts again."
)
LARGE_OWN_FIT = (
    "The hypermodel's own fit gets the training examples as arrays that are mapped from files, for their size; "
    "model.fit copies arrays as a whole into the memory of each worker: if they do not fit, pass it batches, such as a "
    "PyDataset."
)
NUMBERS = {
    "number": "The hypermodel's fit returns a number, ",
    "numbers": "The hypermodel's fit returns a list of numbers, whose mean counts (if they come from "
    "model.evaluate, the loss and the metrics, return the one that you mean), ",
}
LINES = 4
"""The number of lines on how the data were read that are shown at the start; the report has all."""
NO_KERNELS = (
    "TensorFlow trains every network of this study, which takes longer: the kernels cannot be compiled here ({reason})."
)
NOT_COMPILED_YET = (
    "The first network that the kernels train takes 20 to 30 seconds longer, while they are compiled; they are kept on "
    "this machine for later searches."
)
MOST_COMBINATIONS = 10_000
"""The largest grid that is searched without `--max-trials`."""


def check_fit(settings: StudySettings, dataset: Dataset) -> None:
    """Refuse data that a built-in hypermodel cannot learn from.

    Raises:
        UsageError: it cannot; the message says why.
    """
    reason = unfit_for_builtin(dataset)
    if reason is not None and (settings.prepare or not settings.has_own_hypermodel):
        raise UsageError(reason)


def keep_splits(settings: StudySettings, dataset: Dataset, folder: StudyFolder, watcher: Watcher) -> dict[str, Any]:
    """Split a data set and store the splits; report how it was read and what the networks will get.

    Returns these and the seal as facts.

    Raises:
        UsageError: the hypermodel cannot learn from the data, or they cannot be split.
        KerasSearchError: they cannot be written.
    """
    check_fit(settings, dataset)
    splits = splits_of(settings, dataset)
    seal = save_splits(splits, folder.data)
    sights, read = describe(splits), how_read(dataset)
    for line in [*shortened(read), *sentences(sights)]:
        watcher.on_note(line)
    return {"seal": seal, "sights": stored(sights), "read": read}


def how_read(dataset: Dataset) -> list[str]:
    """List how ambiguous data were read, one line each, first what may mislead: copies, NaN and infinite numbers."""
    copied = [oddity.what for oddity in odd_tests(find_copies(dataset)) if oddity.weight == "bad"]
    broken = broken_numbers(dataset)
    return [*copied, *([broken] if broken else []), *(note.what for note in dataset.notes)]


def shortened(lines: list[str]) -> list[str]:
    """Cut many lines to a few, with a note on where the rest is."""
    if len(lines) <= LINES:
        return lines
    rest = f"{len(lines) - LINES + 1} more such notes are in the report; what to do about each: keras-search data"
    return [*lines[: LINES - 1], rest]


def splits_of(settings: StudySettings, dataset: Dataset) -> Splits:
    """Split a data set as a study with these settings does.

    Raises:
        UsageError: it cannot be split so.
    """
    own = settings.has_own_hypermodel and not settings.prepare
    return make_splits(dataset, settings.validation_split, settings.seed, own, settings.class_weights)


def survey(
    settings: StudySettings,
    options: Options,
    pool: WorkerPool,
    helper: Helper,
    watcher: Watcher,
    dataset: Dataset,
    passed: bool,
) -> dict[str, Any]:
    """Survey the search space, and return the facts of the study; `passed`: the data came from Python.

    Raises:
        UsageError: the settings do not fit the hypermodel.
        TaskError: the hypermodel fails on its defaults; the details are the user's own frames.
        KerasSearchError: no worker survives the survey.
    """
    kernels = _of_another_worker(settings, options, pool)
    found = _ask_first(pool, watcher, kernels)
    if found.nothing_to_compare and not options.search_only:
        raise UsageError(found.nothing_to_compare)
    asked, settings = settings.objective, settings.completed(dataset.targets, found.metrics)
    check_objective(asked, settings.objective, found.metrics)
    unfit = unfit_for_builtin(dataset)
    if unfit or not found.comparable:
        settings = settings.without_built_in(unfit)
    check_epochs(settings, found.space)
    for note in _notes(found, settings, dataset):
        watcher.on_note(note)
    if settings.kernels:
        watcher.on_step("kernels")
    without_kernels = try_kernels(settings, pool, watcher, kernels)
    if without_kernels:
        watcher.on_note(NO_KERNELS.format(reason=without_kernels))
    pool.tell(messages.Plan(found.space, settings.objective, settings.direction))
    _check_grid(settings, Proposer(helper, settings, found.space))
    return {
        "settings": settings.model_dump(mode="json"),
        "fingerprint": settings.fingerprint(),
        "data": _facts_of(dataset, "" if passed else guard.data_code(settings.dataset), passed),
        "space": found.space,
        "comparable": found.comparable,
        "notes": found.notes,
        "code": found.code,
        "versions": versions(),
        "threads": options.threads,
        "without_kernels": without_kernels,
    }


def _notes(found: messages.Surveyed, settings: StudySettings, dataset: Dataset) -> Iterator[str]:
    if found.own_fit:
        yield OWN_FIT
        if is_large(nbytes(dataset.x_train)):
            yield LARGE_OWN_FIT
    if found.returned in NUMBERS:
        yield NUMBERS[found.returned] + _meaning(settings)
    yield from found.notes
    yield from unknown_tokens(found.vocabularies, dataset)


def _facts_of(dataset: Dataset, code: str, passed: bool) -> dict[str, Any]:
    return {
        "name": dataset.name,
        "digest": dataset.digest,
        "class_names": dataset.class_names,
        "targets": [asdict(target) for target in dataset.targets],
        "passed": passed,
        "code": code,
    }


def check_objective(asked: str, objective: str, metrics: Sequence[str]) -> None:
    """Make sure that a model has the `asked` metric or, if the data decide, the `objective`.

    Raises:
        UsageError: it does not; the message lists those that it has.
    """
    if objective in metrics:
        return
    has, hint = ", ".join(metrics), "compile the model with metrics=['accuracy']"
    if asked == AUTO:
        validated = [name for name in metrics if name.startswith("val_")]
        choice = f"choose one with --objective, such as {validated[-1]}, or " if validated else ""
        raise UsageError(f"The model has no accuracy to search by, it has {has}: {choice}{hint}.")
    raise UsageError(
        f"--objective must be one of {has}, received {asked!r}.{did_you_mean(asked, metrics)}"
        + ("" if "accuracy" in metrics else f" For accuracy, {hint}.")
    )


def _meaning(settings: StudySettings) -> str:
    """Explain how a number that a `fit` returns is interpreted."""
    if settings.objective == DEFAULT_OBJECTIVE and settings.direction == "min":
        return (
            "where less is better, as in KerasTuner. For one where more is better, add --direction max, or name "
            "it with --objective."
        )
    more = "more" if settings.direction == "max" else "less"
    return f"taken for {settings.objective}, where {more} is better."


def check_epochs(settings: StudySettings, space: dict[str, Any]) -> None:
    """Refuse a hyperparameter `epochs` that exceeds the budget: a trial would not train as long as it says.

    Raises:
        UsageError: it does.
    """
    configs = [each["config"] for each in space["space"] if each["config"]["name"] == "epochs"]
    choices = [config.get("values") or [config.get("max_value", config.get("value"))] for config in configs]
    most = max((each for values in choices for each in values if isinstance(each, int)), default=0)
    if most > settings.max_epochs:
        raise UsageError(
            f"The hyperparameter epochs goes up to {most}, --max-epochs is {settings.max_epochs}: no trial could run "
            f"that many epochs. Use --max-epochs {most}, or lower the hyperparameter's maximum."
        )


def _check_grid(settings: StudySettings, oracle: Proposer) -> None:
    """Refuse a grid too large to finish."""
    if settings.tuner != "grid" or settings.max_trials is not None:
        return
    combinations = oracle.planned().runs
    if combinations > MOST_COMBINATIONS:
        raise UsageError(
            f"This grid has {combinations:,} combinations: cap it with --max-trials, or use --tuner random."
        )


def ask_survey(pool: WorkerPool, watcher: Watcher) -> messages.Surveyed:
    """Let a worker find the search space.

    Raises:
        TaskError, KerasSearchError: as `survey` does.
    """
    return _ask_first(pool, watcher, None)


def _ask_first(pool: WorkerPool, watcher: Watcher, kernels: Question | None) -> messages.Surveyed:
    """Let a worker find the search space, while another tries the kernels, if that is asked for."""
    asked = Question(messages.Survey(), "The hypermodel could not be built")
    others = [kernels] if kernels is not None else []
    ask(pool, asked, *others)
    found = answer_of(pool, asked, *others, on_ready=lambda: watcher.on_step("space"))
    assert isinstance(found, messages.Surveyed)
    return found


def try_kernels(settings: StudySettings, pool: WorkerPool, watcher: Watcher, asked: Question | None = None) -> str:
    """Let a worker try our own kernels, unless that was `asked`; return why they cannot be used, "" if they can.

    Or if they are off. If they have yet to be compiled, a note says so.
    If they crash the process, they cannot be used on this machine.
    """
    if not settings.kernels:
        return ""
    if asked is None:
        asked = Question(messages.TryKernels())
        ask(pool, asked)
    try:
        tried = answer_of(pool, asked)
    except KerasSearchError as error:
        return str(error)
    assert isinstance(tried, messages.KernelsTried)
    if not tried.reason and not tried.kept:
        watcher.on_note(NOT_COMPILED_YET)
    return tried.reason


def _of_another_worker(settings: StudySettings, options: Options, pool: WorkerPool) -> Question | None:
    """Return the question whether the kernels can be used, for a second worker of this machine if there is one."""
    if not settings.kernels or options.engine != "local" or len(pool.workers) == 1:
        return None
    return Question(messages.TryKernels(), number=1)


def prepare_again(store: Store, folder: StudyFolder, settings: StudySettings) -> None:
    """Check the study's copy of its data; if it is lost, restore it from the same data.

    Raises:
        ChangedDataError: it has changed, or it is lost and cannot be restored as it was.
    """
    try:
        check_data(store, folder)
    except ChangedDataError as error:
        if not error.lost or store.needed("data").get("passed"):
            raise
        dataset = load_dataset(settings.source)
        if dataset.digest != store.needed("data")["digest"]:
            raise
        save_splits(splits_of(settings, dataset), folder.data)
        check_data(store, folder)
