"""Start and resume studies from Python, by the names of the command line."""

import inspect
import multiprocessing
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike

from keras_search.errors import KerasSearchError, UsageError
from keras_search.models.import_guard import is_loading
from keras_search.tuner.api.spelling import as_flag, as_path, spells_as_python
from keras_search.tuner.api.study import Study, load
from keras_search.tuner.console.notebook import watcher
from keras_search.tuner.data import Dataset, Source, dataset_of, frames
from keras_search.tuner.data.arrays import ARRAYS, NAMES, PARTS
from keras_search.tuner.data.dataset import ClassNames
from keras_search.tuner.data.dividing import ORDER
from keras_search.tuner.data.loading import in_order, with_test
from keras_search.tuner.data.returned import arrays_of, numbered
from keras_search.tuner.session import session
from keras_search.tuner.session.options import make_options
from keras_search.tuner.study.refusal import one_value
from keras_search.tuner.study.settings import StudySettings, refuse_unknown

__all__ = ["Study", "load", "resume", "start"]

Place = str | Path
Given = ArrayLike | Mapping[str, ArrayLike] | None


@spells_as_python
def start(
    name: str | None = None,
    *,
    dataset: Any = None,
    hypermodel: str | Callable[..., Any] = "mlp",
    baseline: str | Sequence[str] | None = None,
    x_train: Given = None,
    y_train: Given = None,
    x_val: Given = None,
    y_val: Given = None,
    x_test: Given = None,
    y_test: Given = None,
    class_names: ClassNames = None,
    workers: int | str = "auto",
    threads: int = 1,
    engine: str = "local",
    ray_address: str | None = None,
    search_only: bool = False,
    overwrite: bool = False,
    quiet: bool = False,
    studies_dir: Place = "studies",
    reports_dir: Place = "reports",
    **settings: Any,
) -> Study:
    """Search, retrain the best trial against the baselines, write the report, and return the study.

    The arguments are the options of `keras-search start`; `settings` are those of a study, such as `tuner`,
    `objective`, `max_trials`, `max_epochs`, `compare_seeds` and `seed`. The arrays replace `dataset`,
    which is digits by default: `x` `(n, ...)` of numbers, `y` `(n,)` text or whole numbers from 0 for
    classes, or values `(n,)` or `(n, width)`; with several inputs or outputs, dicts of arrays by name.
    `class_names` are those of the only output, or of each by its name. Without `x_test` and `y_test`, a test split is
    set aside; `x_val` and `y_val` are your own validation set, if you have one. A DataFrame of more than plain
    numbers as `x_train`, or any as `dataset` with `target` for the name of a column, is read as a table; `y_train` may
    be the name of a column then. `hypermodel` may be a function `build(hp)` or a `HyperModel` class that a file or
    module defines.

    Example:
        >>> study = keras_search.start("first", tuner="random", max_trials=5, max_epochs=3)
        >>> study.comparison()

    Raises:
        UsageError: an argument is wrong.
        KerasSearchError: the study could not be finished; what was committed stays.
    """
    refuse_in_worker()
    places = as_path("studies_dir", studies_dir), as_path("reports_dir", reports_dir)
    flags = as_flag("search_only", search_only), as_flag("overwrite", overwrite)
    every = zip(NAMES, (x_train, y_train, x_val, y_val, x_test, y_test), strict=True)
    arrays = {part: array for part, array in every if array is not None}
    place = _place(dataset, arrays, class_names)
    if "baselines" in settings:
        raise UsageError("Unknown setting 'baselines'. Did you mean 'baseline'? It takes one name or a list of them.")
    refuse_unknown(settings, OWN_ARGUMENTS)
    given = StudySettings.create(dataset=place, hypermodel=named(hypermodel), baselines=baseline, **settings)
    data = _passed(dataset, arrays, class_names, given.source)
    options = make_options(workers, threads, *places, *flags, engine=engine, ray_address=ray_address)
    with watcher(as_flag("quiet", quiet)) as shown:
        folder = session.start(name, given, options, shown, data)
    return Study(folder)


OWN_ARGUMENTS = tuple(inspect.signature(start).parameters)[:-1]
"""The arguments of `start` that are no settings."""


@spells_as_python
def resume(
    name: str | None = None,
    *,
    workers: int | str = "auto",
    engine: str = "local",
    ray_address: str | None = None,
    search_only: bool = False,
    quiet: bool = False,
    studies_dir: Place = "studies",
    reports_dir: Place = "reports",
    **budget: Any,
) -> Study:
    """Continue an interrupted study, or extend it.

    `budget`: `max_trials`, `iterations`, `max_minutes`, `compare_seeds`, `fair_epochs`, `ablation`.

    Raises:
        UsageError: no such study, or a budget that it does not have.
        KerasSearchError: something that decides the result has changed, or the study is in use.
    """
    refuse_in_worker()
    places = as_path("studies_dir", studies_dir), as_path("reports_dir", reports_dir)
    alone = as_flag("search_only", search_only)
    options = make_options(workers, 1, *places, alone, False, engine=engine, ray_address=ray_address)
    with watcher(as_flag("quiet", quiet)) as shown:
        return Study(session.resume(name, options, shown, **budget))


def named(hypermodel: str | Callable[..., Any]) -> str:
    """Return the name of a hypermodel by which a worker finds it.

    Raises:
        UsageError: it is not at the top level of a file or module.
    """
    if isinstance(hypermodel, str):
        return hypermodel
    name, module = getattr(hypermodel, "__qualname__", ""), getattr(hypermodel, "__module__", "")
    if not name.isidentifier():
        raise UsageError(
            f"hypermodel must be a function or a class at the top level of a file, received {one_value(hypermodel)}: "
            "the workers import it by its name."
        )
    file = getattr(sys.modules.get(module), "__file__", None)
    if module == "__main__" and not (file and Path(file).is_file()):
        raise UsageError(
            f"{name} is defined in a notebook or a console, where the workers cannot import it: write it to a file "
            f"(in a notebook, %%writefile hypermodel.py) and pass hypermodel='hypermodel.py:{name}'."
        )
    return f"{Path(file).resolve()}:{name}" if file and "." not in module else f"{module}:{name}"


def _place(dataset: Any, arrays: Mapping[str, Given], class_names: ClassNames) -> str:
    """Return the name of the data set, after checking that only one is given, and complete."""
    if not arrays:
        if class_names is not None:
            raise UsageError(
                "class_names= names the classes of y_train=: pass x_train= and y_train= with it, or leave it out."
            )
        if frames.is_frame(dataset):
            return frames.NAME
        if not isinstance(dataset, str | PathLike | None):
            raise UsageError(
                f"dataset= must be the name of a data set, a path, FILE.py:FUNCTION or a DataFrame, received "
                f"{one_value(dataset)}. Pass arrays as x_train= and y_train=."
            )
        return "digits" if dataset is None else str(dataset)
    if dataset is not None:
        shown = "a DataFrame" if frames.is_frame(dataset) else one_value(dataset)
        raise UsageError(f"Pass either dataset= or x_train= and y_train=, received both, {shown} and arrays.")
    if frames.is_table(arrays):
        return frames.NAME
    parts = {part: [name for name in arrays if name.endswith(part)] for part in PARTS}
    if len(parts["train"]) != 2 or any(len(found) == 1 for found in parts.values()):
        raise UsageError("Pass x_train and y_train, and x_val, y_val, x_test and y_test in pairs or not at all.")
    return ARRAYS


def _passed(dataset: Any, arrays: Mapping[str, Given], class_names: ClassNames, source: Source) -> Dataset | None:
    """Make a data set of what was passed from Python; None if it is to be read."""
    if frames.is_frame(dataset):
        return with_test(frames.frame_dataset(dataset, source), source)
    if frames.is_table(arrays):
        if class_names is not None:
            raise UsageError("class_names= is for arrays; the classes of a DataFrame are those in its column.")
        return with_test(frames.parts_dataset(arrays, source), source)
    return _dataset(arrays, class_names, source) if arrays else None


def _dataset(arrays: Mapping[str, Given], class_names: ClassNames, source: Source) -> Dataset:
    if source.target or source.drop or source.image_size:
        raise UsageError("target and drop are for tables, image_size is for folders of images: leave them out.")
    if source.read_as or source.group or source.keep or source.validation or source.time not in (None, ORDER):
        raise UsageError(
            "read_as, group, keep and validation are for tables, and time= can only be 'order' for arrays: pass a "
            "DataFrame, or leave them out."
        )
    given, names = arrays_of({**arrays, "class_names": class_names}, ARRAYS)
    if source.task != "regression":
        given, names = numbered(given, names, ARRAYS)
    found = dataset_of(ARRAYS, given, names, task=source.task, own_view="as given")
    return with_test(replace(found, arranged=in_order(found)) if source.time else found, source)


def refuse_in_worker() -> None:
    """Stop a file that we load from starting its own study on import."""
    if multiprocessing.current_process().daemon or is_loading():
        raise KerasSearchError(
            "A file that defines the hypermodel or the data starts a study whenever it is imported: "
            'put that under `if __name__ == "__main__":`.'
        )
