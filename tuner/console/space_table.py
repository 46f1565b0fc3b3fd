"""Format a search space: names, kinds, ranges, defaults, conditions, and how many combinations."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from keras_search.tuner.console import terminal
from keras_search.tuner.system.numbers import short_value


def table(found: Mapping[str, Any]) -> Table:
    """Format a search space as a table, one row per hyperparameter."""
    table = terminal.table("name", "kind", "values", "default", "only where")
    for row in found["hyperparameters"]:
        conditions = [f"{name} is {_or(values)}" for name, values in row["conditions"].items()]
        cells = row["name"], row["kind"], row["values"], short_value(row["default"]), " and ".join(conditions)
        terminal.add_row(table, *cells)
    return table


def count_text(found: Mapping[str, Any]) -> str:
    """Return a sentence with the number of combinations."""
    names, count = len(found["hyperparameters"]), found["combinations"]
    if count is None:
        return f"{names} hyperparameters, infinitely many combinations: a range is continuous."
    return f"{names} hyperparameter{'s' * (names != 1)}, {count:,} combination{'s' * (count != 1)}."


def _or(values: list[Any]) -> str:
    shown = [short_value(value) for value in values]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"
