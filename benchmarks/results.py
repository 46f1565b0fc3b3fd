"""Compute the tables from the records: medians, ratios, intervals; pure functions."""

from collections.abc import Iterable
from statistics import mean, median, stdev
from typing import Any

from scipy import stats

from keras_search.benchmarks.records import Record

NONE = "-"
"""The cell of a table if nothing was measured."""


def middle(records: list[Record], field: str) -> float | None:
    """Return the median of a field over repetitions; None if nothing was measured."""
    values = [record[field] for record in records if record.get(field) is not None]
    return median(values) if values else None


def steady(record: Record) -> Record:
    """Add to the record of a search what an epoch and a trial take once it runs, in seconds, all workers together.

    `epoch`: the median over all epochs but the first of each trial, in which its network is compiled. `trial`: the
    median over all trials but the first. Both divided by the workers, which work side by side; None if there
    is none.
    """
    firsts: dict[str, int] = {}
    for name, epoch, _ in record["epochs"]:
        firsts[name] = min(epoch, firsts.get(name, epoch))
    later = [seconds for name, epoch, seconds in record["epochs"] if epoch != firsts[name]]
    trials = [seconds for _, seconds in record["trials"][1:]]
    return {**record, "epoch": _share(later, record["workers"]), "trial": _share(trials, record["workers"])}


def ratio(other: float | None, own: float | None) -> float | None:
    """Return `other` divided by `own`."""
    return None if other is None or not own else other / own


def spread(accuracies: list[float]) -> tuple[float, float]:
    """Return mean and standard deviation."""
    return mean(accuracies), stdev(accuracies) if len(accuracies) > 1 else 0.0


def difference(own: list[float], other: list[float]) -> tuple[float, float, float]:
    """Return the difference of the means, `own - other`, with its 95% interval (Welch's t)."""
    interval = stats.ttest_ind(own, other, equal_var=False).confidence_interval(0.95)
    return mean(own) - mean(other), float(interval.low), float(interval.high)


def markdown(header: Iterable[str], rows: Iterable[Iterable[Any]], texts: int = 1) -> list[str]:
    """Write a table; all but the first `texts` columns hold numbers, which are right-aligned."""
    names = list(header)
    marks = [*["---"] * texts, *["---:"] * (len(names) - texts)]
    return [_line(names), _line(marks), *(_line(row) for row in rows), ""]


def number(value: float | None, digits: int = 1) -> str:
    """Format a number, `NONE` if there is none."""
    return NONE if value is None else f"{value:,.{digits}f}"


def _share(seconds: list[float], workers: int) -> float | None:
    return median(seconds) / workers if seconds else None


def _line(cells: Iterable[Any]) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"
