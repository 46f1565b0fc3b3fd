"""The comparison of a finished study, as a table of text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keras_search.tuner.service.reading.answers import StudyDetail
from keras_search.tuner.system.numbers import amount, figure, is_share, percent, points, signed

TUNED = "tuned"


@dataclass(frozen=True)
class Table:
    """A table as text: headings, rows of cells, and which columns are numbers."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]


def comparison_table(study: StudyDetail) -> Table | None:
    """Return the retrained models, a row each, the best first; None if there is no comparison."""
    rows: Sequence[Mapping[str, Any]] = study.summary.get("comparison") or ()
    if not rows:
        return None
    verdict = study.summary.get("verdict") or {}
    metric = next(name for name in rows[0] if name.startswith("test_") and name.endswith("_std"))[5:-4]
    places = int(verdict.get("decimals") or 2)
    spoken = metric.replace("_", " ")
    unit = " (points)" if is_share(metric) else ""
    head: tuple[str, ...] = ("model", f"test {spoken}", "± (seeds)", f"tuned minus model{unit}", f"validation {spoken}")
    cells = tuple(_row(row, metric, places, verdict) for row in rows)
    head = (*head, "parameters", "epochs", "seeds")
    return Table(head, cells, (False,) + (True,) * (len(head) - 1))


def _row(row: Mapping[str, Any], metric: str, places: int, verdict: Mapping[str, Any]) -> tuple[str, ...]:
    level, use, name = verdict.get("level") or [], verdict.get("use"), str(row["model"])
    mark = " (best, level)" if name in level else " (best)" if name == use else ""
    gap = None if name == TUNED else row.get("difference")
    return (
        name + mark,
        _value(row.get(f"test_{metric}"), metric, places),
        _value(row.get(f"test_{metric}_std"), metric, places).rstrip("%"),
        "" if gap is None else points(gap) if is_share(metric) else signed(gap, places),
        _value(row.get(f"val_{metric}"), metric, places),
        f"{row['parameters']:,}",
        figure_text(row.get("epochs")),
        figure_text(row.get("seeds")),
    )


def _value(value: float | None, metric: str, places: int) -> str:
    if value is None:
        return ""
    return percent(value) if is_share(metric) else amount(value, places)


def figure_text(value: Any) -> str:
    """Write a number that is mostly whole."""
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else figure(float(value)) if isinstance(value, float) else str(value)
