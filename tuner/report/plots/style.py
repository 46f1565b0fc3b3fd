"""How every plot looks: colours, type, axes, and the file it becomes. No pyplot, no global state."""

import io
import math
import textwrap
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import Formatter, MaxNLocator, PercentFormatter
from PIL import Image

from keras_search.tuner.report.plots import settings
from keras_search.tuner.system.numbers import FARTHEST_SHARE, amount, is_share, metric_text

# Vermilion and a darkened blue of Okabe and Ito (2008): apart for colour-blind readers, and in greyscale too.
TUNED = "#D55E00"
BASELINE = "#00588F"
INK = "#24292F"
MUTED = "#6E7781"
FAINT = "#C4CAD1"
PALE = "#EDF0F3"
GOOD = LinearSegmentedColormap.from_list("good", ["#F1F5F9", "#A9C9E0", "#4A90BF", "#00588F", "#00304F"])

DPI = 144
GOLDEN = 0.6180339887498949
RC: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "text.color": INK,
    "text.parse_math": False,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.titlesize": "medium",
    "axes.labelsize": "medium",
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": "small",
    "ytick.labelsize": "small",
    "grid.color": PALE,
    "grid.linewidth": 0.8,
    "legend.frameon": False,
    "legend.fontsize": "small",
    "lines.solid_capstyle": "round",
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}

PHOTO = "photo"
"""The name of axes with a picture in colour, which stays as it is on a dark page."""
PHONE = 4.1
"""The width of a figure for a phone, in inches."""
PHONE_FONT = 9.0
PHONE_ROW = 3.0
"""The greatest height of a row of panels on a phone, in inches, unless a plot needs more."""
_on_phone: ContextVar[bool] = ContextVar("on_phone", default=False)

P = ParamSpec("P")


class Picture(Figure):
    """A figure that shows itself in a notebook, without pyplot; `marks` are the trials that its artists draw."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.marks: dict[Artist, tuple[str, ...]] = {}

    def _repr_png_(self) -> bytes:
        return png(self)


def name_marks(artist: Artist, trials: Iterable[object]) -> None:
    """Note which trial each mark of an artist is, in the order in which they are drawn; one for all of its marks."""
    figure = artist.get_figure(root=True)
    if isinstance(figure, Picture):
        figure.marks[artist] = tuple(map(str, trials))


def marks_of(figure: Figure) -> Mapping[Artist, tuple[str, ...]]:
    """Return the trials of each artist that draws some."""
    return figure.marks if isinstance(figure, Picture) else {}


@contextmanager
def phone() -> Iterator[None]:
    """Draw for a narrow screen: fewer panels side by side, smaller type, labels on several lines."""
    token = _on_phone.set(True)
    try:
        yield
    finally:
        _on_phone.reset(token)


def on_phone() -> bool:
    """Return whether figures are drawn for a narrow screen."""
    return _on_phone.get()


def room(wide: int, narrow: int) -> int:
    """Return how much fits: characters of a label, or panels side by side."""
    return narrow if on_phone() else wide


def drawing(font: float = 10) -> Callable[[Callable[P, Figure]], Callable[P, Figure]]:
    """Draw with the report's fonts, `font` in points on a wide screen: a decorator for plot functions."""

    def decorate(function: Callable[P, Figure]) -> Callable[P, Figure]:
        @wraps(function)
        def draw(*args: P.args, **kwargs: P.kwargs) -> Figure:
            with settings.only({**RC, "font.size": PHONE_FONT if on_phone() else font}):
                figure = function(*args, **kwargs)
                if on_phone():
                    _fold_labels(figure)
                return figure

        return draw

    return decorate


def panels(
    width: float, height: float, rows: int = 1, columns: int = 1, phone_row: float | None = None, **kwargs: Any
) -> tuple[Figure, list[Axes]]:
    """Make a figure of `width` x `height` inches and its axes, row by row.

    On a phone fewer panels stand side by side, each row `phone_row` inches high, at most `PHONE_ROW` by default.
    """
    wanted = rows * columns
    if on_phone():
        columns_there = max(1, min(columns, int(PHONE // (0.7 * width / columns))))
        row = phone_row or min(height / rows, PHONE_ROW)
        rows, columns = math.ceil(wanted / columns_there), columns_there
        width, height = PHONE, row * rows
        kwargs.pop("width_ratios", None)
    figure = Picture(figsize=(width, height), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes = list(figure.subplots(rows, columns, squeeze=False, **kwargs).flat)
    for spare in axes[wanted:]:
        spare.remove()
    return figure, axes[:wanted]


def _fold_labels(figure: Figure) -> None:
    """Break the labels and titles of the axes into lines that fit a phone."""
    for axes in figure.axes:
        place = axes.get_subplotspec()
        side = place.get_gridspec().ncols if place else 1
        for axis in (axes.xaxis, axes.yaxis):
            broad = 44 / side if axis is axes.xaxis else 32
            letters = broad * PHONE_FONT / float(axis.label.get_fontsize())
            axis.label.set_text(_folded(axis.label.get_text(), int(letters)))
        title = axes.get_title(loc="left")
        for text in axes.get_children():  # the title is among them, and no tick, which would have to be made
            if isinstance(text, Text) and title and text.get_text() == title:
                text.set_text(_folded(title, 46 // side))


def _folded(text: str, room: int) -> str:
    return "\n".join(textwrap.fill(line, room) for line in text.split("\n"))


def png(figure: Figure) -> bytes:
    """Return the bytes of a figure as a PNG."""
    return encoded(pixels(figure))


def pixels(figure: Figure) -> np.ndarray:
    """Render a figure to uint8 `(height, width, 3)`, which depends only on what is drawn."""
    canvas: Any = FigureCanvasAgg(figure)
    with without_glyph_warnings():
        canvas.draw()
    return np.asarray(canvas.buffer_rgba())[:, :, :3].copy()


@contextmanager
def without_glyph_warnings() -> Iterator[None]:
    """Render with the report's settings: a letter that the font lacks is a box, without a warning."""
    with warnings.catch_warnings(), settings.only(RC):
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def encoded(picture: np.ndarray) -> bytes:
    """Return the bytes of a PNG of 256 colours, chosen from the runs of pixels of one colour: a tenth of the pixels."""
    padded = np.zeros((*picture.shape[:2], 4), np.uint8)
    padded[..., :3] = picture
    colours = padded.view(np.uint32).ravel()
    begins = np.concatenate([[0], np.flatnonzero(colours[1:] != colours[:-1]) + 1])
    runs = Image.fromarray(picture.reshape(1, -1, 3)[:, begins])
    chosen = runs.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    places = np.repeat(np.asarray(chosen)[0], np.diff(begins, append=len(colours)))
    reduced = Image.fromarray(places.reshape(picture.shape[:2]))
    reduced.putpalette(chosen.getpalette() or [])
    buffer = io.BytesIO()
    reduced.save(buffer, "PNG")
    return buffer.getvalue()


def cells(axes: Axes, values: np.ndarray, **look: Any) -> None:
    """Draw a matrix as cells, the first row at the top, whole numbers in their middles; NaN is left out."""
    edges = (np.arange(side + 1) - 0.5 for side in values.shape[::-1])
    axes.pcolormesh(*edges, np.ma.masked_invalid(values), edgecolors="none", **look)
    axes.set(xlim=(-0.5, values.shape[1] - 0.5), ylim=(values.shape[0] - 0.5, -0.5))


def short(text: object, limit: int = 24) -> str:
    """Put a name on one line of at most `limit` characters, cut in the middle."""
    line = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    if len(line) <= limit:
        return line
    head = (limit - 1) * 2 // 3
    return f"{line[:head]}…{line[head + 1 - limit :]}"


def metric_label(metric: str) -> str:
    """Name a metric for an axis, with its unit: `val_accuracy` is "validation accuracy (%)"."""
    split, name = "training", metric
    for prefix, long in (("val_", "validation"), ("test_", "test")):
        if metric.startswith(prefix):
            split, name = long, metric.removeprefix(prefix)
    return short(f"{split} {name.replace('_', ' ')}", 40) + (" (%)" if is_share(metric) else "")


class _Percent(PercentFormatter):
    """Percent; values far from any share, such as a diverged metric, in powers of ten."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        return super().__call__(x, pos) if abs(x) < FARTHEST_SHARE else f"{100 * x:.3g}%"


class _Grouped(Formatter):
    """Plain numbers, with commas between thousands as in the tables; very large and small ones in powers of ten."""

    def __call__(self, x: float, pos: int | None = None) -> str:  # noqa: ARG002
        return self.format_ticks([x])[0]

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """Format all ticks of an axis, with as many decimals as tell them apart."""
        size = max(map(abs, values), default=0.0)
        near = 1e-9 * size
        plain = 1e-4 <= size < 1e10
        places = next((n for n in range(9) if all(abs(at - round(at, n)) <= near for at in values)), 9)
        shown = (amount(at, places) if plain else f"{at:.4g}" for at in values)
        return ["0" if abs(at) <= near else text for at, text in zip(values, shown, strict=True)]


def metric_axis(axis: Axis, metric: str, bins: int = 6) -> None:
    """Scale the ticks of an axis for a metric: shares in percent, numbers as they are."""
    axis.set_major_locator(MaxNLocator(room(bins, min(bins, 4)), steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(_Percent(1.0) if is_share(metric) else _Grouped())


def value_axes(axes: Axes, bins: int = 8) -> None:
    """Scale the ticks of both axes for plain numbers, few enough for their labels not to touch."""
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(room(bins, 4), steps=[1, 2, 2.5, 5, 10]))
        axis.set_major_formatter(_Grouped())


class _From(MaxNLocator):
    """Whole numbers from `first` on."""

    def __init__(self, bins: int, first: float) -> None:
        super().__init__(bins, integer=True, min_n_ticks=1)
        self.first = first

    def tick_values(self, vmin: float, vmax: float) -> Sequence[float]:
        return [tick for tick in super().tick_values(vmin, vmax) if tick >= self.first]


def count_axis(axis: Axis, bins: int = 10, first: float = -math.inf) -> None:
    """Put only whole numbers on an axis, none below `first`."""
    axis.set_major_locator(_From(room(bins, min(bins, 6)), first))
    axis.set_major_formatter(_Grouped())


def focus(values: np.ndarray, direction: str) -> tuple[float, float]:
    """Choose limits in which the better three quarters of `values` fill the axis, padded by 6%.

    The worst trials (a learning rate far too high) would otherwise press all others into one line.
    """
    sign = 1.0 if direction == "max" else -1.0
    good = sign * values[np.isfinite(values)]
    if good.size == 0:
        return 0.0, 1.0
    best, worst = float(good.max()), float(good.min())
    if good.size > 4:
        worst = float(good[good >= best - 2.5 * (best - np.quantile(good, 0.25))].min())
    pad = padding(worst, best, 0.06)
    low, high = sorted((sign * (best + pad), sign * (worst - pad)))
    return low, high


def padding(low: float, high: float, share: float) -> float:
    """Return the room to leave beside values, a share of their range; never so little that both limits coincide."""
    size = max(abs(low), abs(high))
    room = share * high - share * low
    return room if room > 1e-9 * size else size * 0.02 or 0.01


def outside(values: np.ndarray, limits: tuple[float, float]) -> np.ndarray:
    """Mark the values that fall outside `limits`."""
    mask: np.ndarray = (values < limits[0]) | (values > limits[1])
    return mask


def edge_note(axes: Axes, values: np.ndarray, limits: tuple[float, float], metric: str) -> None:
    """Note in the legend how many values lie past the limits, so that nothing is hidden silently."""
    for past, side, edge, mark in ((values < limits[0], "below", 0, "v"), (values > limits[1], "above", 1, "^")):
        if past.any():
            text = f"{past.sum()} {side} {metric_text(limits[edge], metric)}"
            axes.plot([], [], linestyle="none", marker=mark, color=FAINT, ms=6, label=text)


def jitter(count: int, width: float, step: float = GOLDEN) -> np.ndarray:
    """Spread `count` points over `width` evenly and without chance: multiples of an irrational `step`, modulo 1."""
    spread: np.ndarray = ((np.arange(count) * step) % 1.0 - 0.5) * width
    return spread


def clock_unit(seconds: float) -> tuple[float, str]:
    """Choose the unit of a time axis: its seconds and its name."""
    if seconds < 180:
        return 1.0, "seconds"
    return (60.0, "minutes") if seconds < 3 * 3600 else (3600.0, "hours")


def legend_above(figure: Figure, axes: Axes, columns: int = 6) -> None:
    """Put the legend of `axes` above the figure, on the right, where it hides nothing."""
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        legend_of(figure, handles, labels, columns)


def legend_of(figure: Figure, handles: list[Any], labels: list[Any], columns: int = 6) -> None:
    """Put a legend above the figure; on a phone in two columns, or one if its texts are long."""
    if on_phone():
        columns = min(columns, 1 if max(map(len, labels)) > 30 else 2)
    figure.legend(handles, labels, loc="outside upper right", ncols=columns)
