"""The names in a comparison: its metric, and the mark behind the best model."""

from collections.abc import Hashable, Iterable, Sequence

MARKS = ("best", "best, level")
"""The mark behind the name of the best model of a comparison: one alone, or each of several."""


def compared_metric(columns: Iterable[Hashable]) -> str:
    """Name the metric in which models are compared, such as accuracy, by the columns of a comparison."""
    spread = [column for column in map(str, columns) if column.startswith("test_") and column.endswith("_std")]
    return spread[0].removeprefix("test_").removesuffix("_std") if spread else "accuracy"


def marked(model: object, level: Sequence[str], best: object) -> str:
    """Format a model's name, with a mark if it is the best or one of several."""
    if model in level:
        return f"{model} ({MARKS[1]})"
    return f"{model} ({MARKS[0]})" if model == best else str(model)
