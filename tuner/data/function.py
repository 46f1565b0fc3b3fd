"""Read the return value of a user's function as a data set."""

import inspect
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from types import ModuleType
from typing import Any, TypeVar

from keras_search.errors import KerasSearchError, TaskError, UsageError
from keras_search.models.loader import load_file
from keras_search.models.source import CodeReference, missing_message
from keras_search.tuner.data import frames
from keras_search.tuner.data.arrays import NAMES
from keras_search.tuner.data.dataset import Dataset, dataset_of
from keras_search.tuner.data.returned import as_arrays, named_parts, numbered
from keras_search.tuner.data.source import Source
from keras_search.tuner.system.quiet import silence_import_of_tensorflow

Result = TypeVar("Result")


def read_function(spec: str, source: Source) -> Dataset:
    """Call `FILE.py:FUNCTION` without arguments and read its return value; its output goes to stderr.

    It returns `(x, y)`, or `((x_train, y_train), (x_test, y_test))` in tuples, or three such pairs with the validation
    set in the middle, or a dict with `x_train`, `y_train` and, optionally, `x_val`, `y_val`, `x_test`, `y_test`,
    `sample_weight` and `class_names`, or a `tf.data.Dataset`, a `PyDataset` or a generator of batches, or two or three
    of them. Weights `(n,)` may follow each `x, y`. `x` and `y` may be dicts of arrays by the name of an input or
    output. A DataFrame, or one as `x_train` with more than numbers, is a table. Text labels are classes, in
    alphabetical order unless `class_names` has another. The test part is empty if none is given.

    Raises:
        UsageError: the function does not exist, or it returns something else.
        TaskError: it raises an error; the details are the frames of the user's code.
    """
    if source.image_size is not None:
        raise UsageError(f"--image-size is for folders of images, {spec} is not one.")
    place = CodeReference(*spec.rsplit(":", 1))
    name = place.path.stem
    with redirect_stdout(sys.stderr):
        function = _find(place)
        made = _guarded(function)
        if frames.is_frame(made):
            return frames.frame_dataset(made, source, name, spec)
        given, class_names = _guarded(lambda: named_parts(made, spec))
    if frames.is_table(given):
        return _of_table(given, class_names, source, name)
    source.refuse_table_options()
    arrays = as_arrays(given, spec)
    if source.task != "regression":
        arrays, class_names = numbered(arrays, class_names, spec)
    return dataset_of(name, arrays, class_names, source=spec, task=source.task, own_view="as given")


def _of_table(given: Mapping[str, Any], class_names: Any, source: Source, name: str) -> Dataset:
    """Make a data set of a DataFrame, refusing options that only arrays have."""
    more = [each for each in given if each not in NAMES] + ["class_names"] * (class_names is not None)
    if more:
        raise UsageError(
            f"{more[0]} is for arrays, and x_train of {source.dataset} is a table, a DataFrame with more than numbers: "
            "leave it out, or return numbers."
        )
    return frames.parts_dataset(given, source, name, source.dataset)


def _find(place: CodeReference) -> Callable[[], object]:
    """Return the function, after checking that it can be called without arguments."""
    if not place.path.is_file():
        raise UsageError(f"No file {place.place}. Check the path of FILE.py:FUNCTION.")
    # A data function that imports TensorFlow would take all of a GPU's memory from the workers.
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    silence_import_of_tensorflow()
    module = _guarded(lambda: _module(place))
    if not hasattr(module, place.name):
        raise UsageError(missing_message(place, _functions(module)))
    found: Callable[[], object] = getattr(module, place.name)
    if not inspect.isfunction(found):
        raise UsageError(f"{place} must be a function without arguments, it is of type {type(found).__name__}.")
    parameters = inspect.signature(found).parameters.values()
    asked = [p.name for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    if asked:
        raise UsageError(f"{place} must work without arguments, it requires {', '.join(asked)}: give them defaults.")
    return found


def _module(place: CodeReference) -> ModuleType:
    try:
        return load_file(place.path)
    except SyntaxError as error:
        if error.filename != str(place.path):
            raise
        raise UsageError(f"{place.place}, line {error.lineno}: {error.msg}. Correct it and start again.") from None


def _functions(module: ModuleType) -> list[str]:
    """List the public functions of a file."""
    found = inspect.getmembers(module, lambda value: inspect.isfunction(value) and value.__module__ == module.__name__)
    return [name for name, _ in found if not name.startswith("_")]


def _guarded(work: Callable[[], Result]) -> Result:
    """Run the user's code; an error or exit in it shows the frames of that code."""
    from keras_search.tuner.system.user_errors import one_line, user_frames

    try:
        return work()
    except KerasSearchError:
        raise
    except (Exception, SystemExit) as error:
        raise TaskError(one_line(error), user_frames(error)) from error
