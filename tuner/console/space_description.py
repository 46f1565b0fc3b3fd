"""Describe a search space before the search."""

import math
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import Any

from keras_search.errors import KerasSearchError, TaskError
from keras_search.models import HYPERMODEL_NAMES
from keras_search.models.source import check_source
from keras_search.tuner.data import Dataset, Source, load_dataset, make_splits
from keras_search.tuner.study.fields import DATASETS
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.system.cache import cached
from keras_search.tuner.system.importing import annotations_compiled_once, uncollected
from keras_search.tuner.system.late_imports import late
from keras_search.tuner.system.numbers import short_value
from keras_search.tuner.system.quiet import silent_stderr
from keras_search.tuner.system.tf_private import LATE, keep_waiting
from keras_search.tuner.system.user_errors import one_line, user_frames


def find_space(hypermodel: str, source: Source) -> dict[str, Any]:
    """Find a search space; that of a built-in hypermodel is found once for each data set and then kept.

    Raises:
        UsageError: the hypermodel or the data set does not exist, or the data cannot be read so.
        TaskError: the user's own code failed; the details are the frames of that code.
    """
    check_source(hypermodel)
    if hypermodel not in HYPERMODEL_NAMES:
        return _by_own_code(lambda: describe(hypermodel, source))
    known = source == Source(source.dataset) and source.dataset in DATASETS
    data = None if known else load_dataset(source)
    key = hypermodel, source, "" if data is None else data.digest
    found: dict[str, Any] = cached("space", key, lambda: describe(hypermodel, source, data))
    return found


def _by_own_code(find: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return find()
    except KerasSearchError:
        raise
    except Exception as error:
        raise TaskError(one_line(error), user_frames(error)) from error


def describe(hypermodel: str, source: Source, data: Dataset | None = None) -> dict[str, Any]:
    """Find the search space of a hypermodel on a data set; what its code prints goes to stderr.

    `combinations` is None if a range is continuous. Each hyperparameter has `name`, `kind`, `values` (as text),
    `default` and `conditions`, which maps the name of another to the values for which this one exists.

    Raises:
        UsageError: the hypermodel or the data set does not exist.
        Exception: whatever building the hypermodel with its defaults raises.
    """
    splits = make_splits(
        data or load_dataset(source), None, 0
    )  # what is wrong with the data is known before the imports
    with silent_stderr(), uncollected(), annotations_compiled_once(), late(LATE, silent_stderr):
        from keras_search.tuner.training import runtime

        runtime.prepare(1)

        from keras_search.tuner.space import discover
        from keras_search.tuner.training.dry_run import FitExplorer
        from keras_search.tuner.training.networks import Networks, problem_of

        keep_waiting()
    with redirect_stdout(sys.stderr):
        networks = Networks(check_source(hypermodel), problem_of(splits, StudySettings.create().max_epochs), None)
        space = discover.discover(FitExplorer(networks, splits), seed=0)
    return described(space) | {"hypermodel": hypermodel, "dataset": source.dataset}


def described(space: Any) -> dict[str, Any]:
    """Return a search space as plain values."""
    from keras_search.tuner.space import walk as spaces  # imports KerasTuner, and with it TensorFlow

    count = spaces.count_combinations(space, spaces.all_values)
    return {
        "hyperparameters": [_described(parameter) for parameter in space.space],
        "combinations": None if math.isinf(count) else int(count),
    }


def _described(parameter: Any) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "kind": type(parameter).__name__,
        "values": _values(parameter),
        "default": parameter.default,
        "conditions": {condition.name: list(condition.values) for condition in parameter.conditions},
    }


def _values(parameter: Any) -> str:
    if not hasattr(parameter, "min_value"):
        return ", ".join(map(short_value, parameter.values))
    text = f"{short_value(parameter.min_value)} to {short_value(parameter.max_value)}"
    if parameter.step is not None and parameter.step != 1:
        text += f" by {'factors of ' if parameter.sampling != 'linear' else ''}{short_value(parameter.step)}"
    return text if parameter.sampling == "linear" else f"{text}, {parameter.sampling}"
