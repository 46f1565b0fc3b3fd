"""Show a search space before the search: names, kinds, ranges, defaults, conditions, and how many combinations."""

import math
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from typing import Any

from keras_tuner import HyperParameters
from keras_tuner.engine import hyperparameters as kt
from rich.table import Table

from keras_search.models.source import check_source
from keras_search.tuner.console import terminal
from keras_search.tuner.data import Source, load_dataset, make_splits
from keras_search.tuner.space import discover
from keras_search.tuner.space import walk as spaces
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.training.dry_run import FitExplorer
from keras_search.tuner.training.networks import Networks, problem_of


def describe(hypermodel: str, source: Source) -> dict[str, Any]:
    """Find the search space of a hypermodel on a data set; what its code prints goes to stderr.

    `combinations` is None if a range is continuous. Each hyperparameter has `name`, `kind`, `values` (as text),
    `default` and `conditions`, which maps the name of another to the values for which this one exists.

    Raises:
        UsageError: the hypermodel or the data set does not exist.
        Exception: whatever building the hypermodel with its defaults raises.
    """
    splits = make_splits(load_dataset(source), None, 0)
    with redirect_stdout(sys.stderr):
        networks = Networks(check_source(hypermodel), problem_of(splits, StudySettings.create().max_epochs), None)
        space = discover.discover(FitExplorer(networks, splits), seed=0)
    return described(space) | {"hypermodel": hypermodel, "dataset": source.dataset}


def described(space: HyperParameters) -> dict[str, Any]:
    """Return a search space as plain values."""
    count = spaces.count_combinations(space, spaces.all_values)
    return {
        "hyperparameters": [_described(parameter) for parameter in space.space],
        "combinations": None if math.isinf(count) else int(count),
    }


def table(found: Mapping[str, Any]) -> Table:
    """Format a search space as a table, one row per hyperparameter."""
    table = terminal.table("name", "kind", "values", "default", "only where")
    for row in found["hyperparameters"]:
        conditions = [f"{name} is {_or(values)}" for name, values in row["conditions"].items()]
        cells = row["name"], row["kind"], row["values"], _short(row["default"]), " and ".join(conditions)
        terminal.add_row(table, *cells)
    return table


def count_text(found: Mapping[str, Any]) -> str:
    """Return a sentence with the number of combinations."""
    names, count = len(found["hyperparameters"]), found["combinations"]
    if count is None:
        return f"{names} hyperparameters, infinitely many combinations: a range is continuous."
    return f"{names} hyperparameter{'s' * (names != 1)}, {count:,} combination{'s' * (count != 1)}."


def _described(parameter: Any) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "kind": type(parameter).__name__,
        "values": _values(parameter),
        "default": parameter.default,
        "conditions": {condition.name: list(condition.values) for condition in parameter.conditions},
    }


def _values(parameter: Any) -> str:
    if not isinstance(parameter, kt.Int | kt.Float):
        return ", ".join(map(_short, parameter.values))
    text = f"{_short(parameter.min_value)} to {_short(parameter.max_value)}"
    if parameter.step is not None and parameter.step != 1:
        text += f" by {'factors of ' if parameter.sampling != 'linear' else ''}{_short(parameter.step)}"
    return text if parameter.sampling == "linear" else f"{text}, {parameter.sampling}"


def _or(values: list[Any]) -> str:
    shown = [_short(value) for value in values]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"


def _short(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
