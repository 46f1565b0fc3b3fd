"""How the values of one hyperparameter are laid out on an axis: linear, log, or one place per value."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from keras_search.tuner.report.plots.style import short

FEW = 6
REPEATS = 3
LOG_RATIO = 50
FARTHEST = 1e150


@dataclass(frozen=True)
class Scale:
    """The axis of a hyperparameter: `kind` is "linear", "log" or "places"; `places` are its values in order.

    `numeric` distinguishes places that are numbers, such as batch sizes, from places without an order.
    """

    name: str
    kind: str
    low: float
    high: float
    places: tuple[str, ...] = ()
    numeric: bool = True

    def at(self, values: "pd.Series[Any]") -> np.ndarray:
        """Return positions on the axis, NaN where the hyperparameter is inactive."""
        if self.kind != "places":
            return np.asarray(pd.to_numeric(values, errors="coerce"), dtype=float)
        order = {place: index for index, place in enumerate(self.places)}
        return np.array([order.get(text(v), np.nan) if active(v) else np.nan for v in values], dtype=float)

    def unit(self, values: "pd.Series[Any]") -> np.ndarray:
        """Return positions between 0 and 1, for axes that stand side by side."""
        low, high = self.bend(np.array([self.low, self.high]))
        return np.asarray((self.bend(self.at(values)) - low) / ((high - low) or 1.0))

    def bend(self, positions: np.ndarray) -> np.ndarray:
        """Take the logarithm on a log scale."""
        return np.log10(positions) if self.kind == "log" else positions

    def unbend(self, positions: np.ndarray) -> np.ndarray:
        """Undo `bend`."""
        return np.power(10.0, positions) if self.kind == "log" else positions

    def ticks(self) -> tuple[list[float], list[str]]:
        """Return the positions on the axis that are labelled, and their labels."""
        if self.kind == "places":
            return [float(i) for i in range(len(self.places))], [short(p, 24) for p in self.places]
        marks = log_ticks(self.low, self.high) if self.kind == "log" else linear_ticks(self.low, self.high)
        return marks, [f"{mark:g}" for mark in marks]

    def apply(self, axes: Axes, which: Literal["x", "y"]) -> None:
        """Set the scale, the ticks and their labels of one axis of `axes`."""
        if self.kind == "log":
            (axes.set_xscale if which == "x" else axes.set_yscale)("log")
        axis = axes.xaxis if which == "x" else axes.yaxis
        marks, labels = self.ticks()
        axis.set_major_locator(FixedLocator(marks))
        axis.set_major_formatter(FuncFormatter(lambda value, _: dict(zip(marks, labels, strict=True)).get(value, "")))
        axis.set_minor_locator(NullLocator())


def active(value: object) -> bool:
    """Return whether a hyperparameter had a value in a trial."""
    return value is not None and not (isinstance(value, float) and np.isnan(value))


def text(value: object) -> str:
    """Write a value as a category: whole numbers without a point."""
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value)).lower()
    if isinstance(value, (float, np.floating)):
        return f"{value:g}"
    return str(value) or '""'


def scale_of(values: "pd.Series[Any]") -> Scale:
    """Choose the scale of a hyperparameter from its values: text and a few recurring numbers get a place each."""
    name = str(values.name)
    seen = [value for value in values if active(value)]
    numeric = all(map(_is_number, seen))
    if not numeric or not seen:
        return _places(name, sorted({text(v) for v in seen}), numeric=False)
    numbers = np.array(sorted({float(v) for v in seen}))
    low, high = float(numbers[0]), float(numbers[-1])
    if 0 < low < high and ("learning_rate" in name or _looks_logarithmic(numbers)):
        return Scale(name, "log", low, high)
    whole = bool(np.all(numbers == np.round(numbers)))
    if len(numbers) <= FEW and (whole or len(seen) >= REPEATS * len(numbers)):
        return _places(name, list(dict.fromkeys(text(value) for value in sorted(seen, key=float))), numeric=True)
    return Scale(name, "linear", low, high)


def _is_number(value: object) -> bool:
    """Return whether an axis has a place for a value: not for infinity, nor for numbers near the end of all floats."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.number)):
        return False
    try:
        return abs(float(value)) < FARTHEST
    except OverflowError:
        return False


def _looks_logarithmic(numbers: np.ndarray) -> bool:
    """Return whether values look drawn from a wide log range: most would crowd at the low end of a linear axis."""
    low, high = numbers[0], numbers[-1]
    return bool(high / low >= LOG_RATIO and (np.median(numbers) - low) / (high - low) < 0.25)


def log_ticks(low: float, high: float) -> list[float]:
    """Choose powers of ten in a range, or 1-2-5 steps where it holds fewer than two of them."""
    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    for steps in ((1,), (1, 3), (1, 2, 5)):
        marks = [float(f"{step}e{decade}") for decade in decades for step in steps]
        inside = [mark for mark in marks if low * 0.999 <= mark <= high * 1.001]
        if len(inside) >= 2:
            return inside
    return [low, high]


def linear_ticks(low: float, high: float) -> list[float]:
    """Choose about four round numbers in a range."""
    marks = MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(low, high)
    return [float(f"{mark:.12g}") for mark in marks if low - 1e-9 <= mark <= high + 1e-9]


def _places(name: str, places: list[str], numeric: bool) -> Scale:
    return Scale(name, "places", 0.0, float(max(len(places) - 1, 1)), tuple(places), numeric)
