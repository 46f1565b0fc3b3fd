"""The whole search space in one picture: parallel coordinates, and score by pairs of hyperparameters."""

from itertools import combinations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from keras_search.tuner.report.contents import full_budget, longest, ranking, varying
from keras_search.tuner.report.plots import style
from keras_search.tuner.report.plots.scales import Scale, scale_of
from keras_search.tuner.report.plots.space import numeric_scales

INACTIVE = -0.14
MAX_PAIRS = 3
BANDWIDTH = 0.16
NEAR = 0.1
PLANE = (0.7548776662466927, 0.5698402909980532)
"""Steps that fill a square evenly: the powers of 1 / x with x**3 = x + 1 (Roberts 2018, the R2 sequence)."""
MARGIN = 0.06
MARKS = (("o", "full budget"), ("v", "cut short"))


def parallel_lines(trials: pd.DataFrame) -> np.ndarray:
    """Return each configuration, at its longest, as a line over the varying hyperparameters, shape `(trials, axes)`.

    Positions are 0 to 1 from an axis's lowest value to its highest; an inactive hyperparameter is at `INACTIVE`.
    """
    done = longest(trials)
    columns = [scale_of(done[name]).unit(done[name]) for name in varying(trials)]
    lines = np.column_stack(columns)
    return np.where(np.isfinite(lines), lines, INACTIVE)


@style.drawing(font=13)
def parallel_coordinates(
    trials: pd.DataFrame, objective: str, direction: str, winner: str = "", brackets: pd.DataFrame | None = None
) -> Figure:
    """Draw every configuration as a line over its hyperparameters, the best tenth darker, the best marked.

    Those that were cut short are dotted, and the best tenth is of those with the full budget first.
    """
    done, names = longest(trials), varying(trials)
    figure, (axes,) = style.panels(15, 6)
    lines, schedule = parallel_lines(trials), pd.DataFrame() if brackets is None else brackets
    full = full_budget(done, schedule).to_numpy(bool)
    ranked = pd.Index(done["trial"]).get_indexer(pd.Index(ranking(trials, schedule, direction)["trial"]))
    order = ranked[::-1]
    cut = len(order) - max(1, len(order) // 10)
    rest, faint = order[:cut], 0.9 if len(order) < 60 else 0.35
    _bundle(axes, lines[rest[full[rest]]], style.MUTED, 0.6, faint)
    _bundle(axes, lines[rest[~full[rest]]], style.MUTED, 0.6, faint, ":")
    _bundle(axes, lines[order[cut:]], style.BASELINE, 1.5 if len(order) < 150 else 0.9, 0.85)
    best = (done["trial"] == winner).to_numpy()
    others = bool((~best[order[cut:]]).any())
    _bundle(axes, lines[best], style.TUNED, 3.2, 1.0)
    for place, name in enumerate(names):
        _upright(axes, place, scale_of(done[name]), bool((lines[:, place] < 0).any()), 160 // len(names))
    _parallel_frame(axes, names)
    for colour, width, line, label, shown in (
        (style.MUTED, 1.0, "-", "trial" if full.all() else "trial, full budget", True),
        (style.MUTED, 1.0, ":", "trial, cut short", not full.all()),
        (style.BASELINE, 2.0, "-", f"best tenth by {style.metric_label(objective).removesuffix(' (%)')}", others),
        (style.TUNED, 3.2, "-", f"best: {style.short(winner)}", bool(best.any())),
    ):
        if shown:
            axes.plot([], [], line, color=colour, lw=width, label=label)
    style.legend_above(figure, axes)
    return figure


def _bundle(axes: Axes, lines: np.ndarray, colour: str, width: float, alpha: float, line: str = "-") -> None:
    places = np.arange(lines.shape[1])
    paths = [np.column_stack([places, line]) for line in lines]
    axes.add_collection(LineCollection(paths, colors=colour, linewidths=width, alpha=alpha, linestyles=line))


def _upright(axes: Axes, place: int, scale: Scale, inactive: bool, room: int) -> None:
    axes.plot([place, place], [0, 1], color=style.INK, lw=1.0, zorder=3)
    marks, labels = scale.ticks()
    low, high = scale.bend(np.array([scale.low, scale.high]))
    heights = (scale.bend(np.array(marks)) - low) / ((high - low) or 1.0)
    if inactive:
        heights, labels = np.append(heights, INACTIVE), [*labels, "inactive"]
    for height, label in zip(heights, (style.short(label, room) for label in labels), strict=True):
        axes.plot([place, place + 0.03], [height, height], color=style.INK, lw=1.0, zorder=3)
        axes.text(place + 0.05, height, label, va="center", ha="left", fontsize="x-small", zorder=4,
                  bbox={"fc": "white", "ec": "none", "pad": 0.8})  # fmt: skip


def _parallel_frame(axes: Axes, names: list[str]) -> None:
    tilt = 0 if sum(len(style.short(name, 26)) for name in names) < 90 and len(names) <= 6 else 28
    axes.set_xticks(range(len(names)), [style.short(name, 26) for name in names], rotation=tilt,
                    ha="left" if tilt else "center", rotation_mode="anchor")  # fmt: skip
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    axes.set_xlim(-0.1, len(names) - 1 + 0.6)
    axes.set_ylim(-0.2, 1.04)


def best_pairs(trials: pd.DataFrame, importance: pd.DataFrame) -> list[tuple[str, str]]:
    """Choose up to three pairs of numeric hyperparameters, the most important first if that is known."""
    names = list(numeric_scales(trials))
    if not importance.empty:
        rank = dict(zip(importance["hyperparameter"], importance["importance"], strict=True))
        names.sort(key=lambda name: -float(rank.get(name, 0.0)))
    done = longest(trials)
    pairs = [pair for pair in combinations(names[:4], 2) if len(done.dropna(subset=list(pair))) >= 8]
    return pairs[:MAX_PAIRS]


def smooth_scores(x: np.ndarray, y: np.ndarray, scores: np.ndarray, steps: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Average scores over the unit square and its margin, weighted by a Gaussian kernel; NaN where no trial is near.

    Args: `x`, `y`, `scores` of shape `(n,)`, positions between 0 and 1. Returns the `steps` grid coordinates and
    the surface `(steps, steps)`, rows along `y`. Source: Nadaraya 1964 and Watson 1964, kernel regression.
    """
    grid = np.linspace(-MARGIN, 1 + MARGIN, steps)
    across = np.exp(-0.5 * ((grid[:, None] - x) / BANDWIDTH) ** 2)
    along = np.exp(-0.5 * ((grid[:, None] - y) / BANDWIDTH) ** 2)
    weight = along @ across.T
    surface = (along * scores) @ across.T / np.maximum(weight, 1e-12)
    return grid, np.where(weight > NEAR, surface, np.nan)


@style.drawing()
def score_pairs(
    trials: pd.DataFrame,
    importance: pd.DataFrame,
    objective: str,
    direction: str,
    winner: str = "",
    brackets: pd.DataFrame | None = None,
) -> Figure:
    """Draw the score over pairs of numeric hyperparameters: a smoothed surface, and the configurations it rests on."""
    pairs, done = best_pairs(trials, importance), longest(trials)
    done = done.assign(_full=full_budget(done, pd.DataFrame() if brackets is None else brackets).to_numpy(bool))
    figure, axes = style.panels(max(4.0 * len(pairs), 6.5), 4.2, 1, len(pairs))
    limits = style.focus(done["score"].to_numpy(float), direction)
    shades = Normalize(*limits)
    for panel, pair in zip(axes, pairs, strict=True):
        _pair(panel, done.dropna(subset=list(pair)), pair, shades, direction, winner)
    colours = style.GOOD if direction == "max" else style.GOOD.reversed()
    bar = figure.colorbar(ScalarMappable(shades, colours), ax=axes, label=style.metric_label(objective), pad=0.02)
    style.metric_axis(bar.ax.yaxis, objective)
    if not done["_full"].all():
        for mark, label in MARKS:
            axes[0].plot([], [], mark, color=style.MUTED, ms=5, label=label)
        style.legend_above(figure, axes[0])
    return figure


def _pair(
    axes: Axes, rows: pd.DataFrame, pair: tuple[str, str], shades: Normalize, direction: str, winner: str
) -> None:
    across, along = (scale_of(rows[name]) for name in pair)
    scores = np.clip(rows["score"].to_numpy(float), shades.vmin, shades.vmax)
    grid, surface = smooth_scores(across.unit(rows[pair[0]]), along.unit(rows[pair[1]]), scores)
    colours = style.GOOD if direction == "max" else style.GOOD.reversed()
    levels = np.linspace(float(shades.vmin or 0), float(shades.vmax or 1), 11)
    axes.contourf(_spread(across, grid), _spread(along, grid), surface, levels=levels, cmap=colours, norm=shades)
    x, y = _apart(across, across.at(rows[pair[0]]), PLANE[0]), _apart(along, along.at(rows[pair[1]]), PLANE[1])
    full = rows["_full"].to_numpy(bool)
    for which, (mark, _) in zip((full, ~full), MARKS, strict=True):
        axes.scatter(x[which], y[which], c=scores[which], cmap=colours, norm=shades, s=24, marker=mark,
                     edgecolors="white", linewidths=0.8, zorder=3)  # fmt: skip
    best = (rows["trial"] == winner).to_numpy()
    axes.plot(x[best], y[best], "*", color=style.TUNED, mec="white", ms=15, zorder=4)
    axes.set(xlim=_spread(across, grid[[0, -1]]), ylim=_spread(along, grid[[0, -1]]))
    across.apply(axes, "x")
    along.apply(axes, "y")
    axes.set(xlabel=style.short(pair[0]), ylabel=style.short(pair[1]))


def _apart(scale: Scale, positions: np.ndarray, step: float) -> np.ndarray:
    """Move trials that share a place a little apart, differently along each axis."""
    return positions + style.jitter(len(positions), 0.2, step) if scale.kind == "places" else positions


def _spread(scale: Scale, grid: np.ndarray) -> np.ndarray:
    low, high = scale.bend(np.array([scale.low, scale.high]))
    return scale.unbend(low + grid * (high - low))
