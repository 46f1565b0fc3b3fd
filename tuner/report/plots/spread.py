"""The whole search space in one picture: parallel coordinates, and score by pairs of hyperparameters."""

from itertools import combinations
from typing import Any

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
MOST_LINES = 2_000
"""How many configurations beside the best tenth are drawn at most, evenly over their ranks."""
NEAREST = 0.06
"""How near to an end of an axis another label may be."""
LETTER, GAP, LETTERS = 0.028, 0.03, 10
"""On a phone: the width of a letter and of a gap as shares of an axis, and the most letters of a label."""
MARKS = (("o", "full budget"), ("v", "cut short"))


def by_importance(names: list[str], importance: pd.DataFrame) -> list[str]:
    """Put hyperparameters in the order of their importance, those without one last."""
    if importance.empty:
        return names
    rank = dict(zip(importance["hyperparameter"], importance["importance"], strict=True))
    return sorted(names, key=lambda name: -float(rank.get(name, 0.0)))


def parallel_lines(trials: pd.DataFrame, names: list[str]) -> np.ndarray:
    """Return each configuration, at its longest, as a line over hyperparameters, shape `(trials, names)`.

    Positions are 0 to 1 from an axis's lowest value to its highest; an inactive hyperparameter is at `INACTIVE`.
    """
    done = longest(trials)
    lines = np.column_stack([scale_of(done[name]).unit(done[name]) for name in names])
    return np.where(np.isfinite(lines), lines, INACTIVE)


@style.drawing(font=13)
def parallel_coordinates(
    trials: pd.DataFrame,
    importance: pd.DataFrame,
    objective: str,
    direction: str,
    winner: str = "",
    brackets: pd.DataFrame | None = None,
) -> Figure:
    """Draw every configuration as a line over its hyperparameters, the best tenth darker, the best marked.

    The most important hyperparameter is the first axis; on a phone the axes lie one below the other. Configurations
    that were cut short are dotted, and the best tenth is of those with the full budget first.
    """
    done, names = longest(trials), by_importance(varying(trials), importance)
    figure, (axes,) = style.panels(15, 6, phone_row=1.2 + 0.55 * len(names))
    schedule = pd.DataFrame() if brackets is None else brackets
    lines = parallel_lines(trials, names)
    rest, top, best = _ranks(done, schedule, direction, winner)
    full, left_out = full_budget(done, schedule).to_numpy(bool), -(-len(rest) // MOST_LINES)
    rest, thinned = rest[::left_out] if left_out else rest, f", 1 of {left_out} drawn" * (left_out > 1)
    faint = 0.9 if len(done) < 60 else 0.35
    bundles = (
        (rest[full[rest]], (style.MUTED, 0.6, faint, "-"), ("trial" if full.all() else "trial, full budget") + thinned),
        (rest[~full[rest]], (style.MUTED, 0.6, faint, ":"), "trial, cut short" + thinned),
        (top, (style.BASELINE, 1.5 if len(done) < 150 else 0.9, 0.85, "-"),
         f"best tenth by {style.metric_label(objective).removesuffix(' (%)')}"),
        (best, (style.TUNED, 3.2, 1.0, "-"), f"best: {style.short(winner)}"),
    )  # fmt: skip
    for rows, look, label in bundles:
        if len(rows) and not (rows is top and set(top) <= set(best)):
            style.name_marks(_bundle(axes, lines[rows], look, label), done["trial"].iloc[rows])
    for place, name in enumerate(names):
        _axis(axes, place, scale_of(done[name]), bool((lines[:, place] < 0).any()), 160 // len(names))
    _parallel_frame(axes, names)
    style.legend_above(figure, axes)
    return figure


def _ranks(
    done: pd.DataFrame, schedule: pd.DataFrame, direction: str, winner: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the rows of most configurations, of the best tenth, the worst first, and of the best one."""
    ranked = pd.Index(done["trial"]).get_indexer(pd.Index(ranking(done, schedule, direction)["trial"]))
    order = ranked[::-1]
    cut = len(order) - max(1, len(order) // 10)
    return order[:cut], order[cut:], np.flatnonzero(done["trial"] == winner)


def _bundle(axes: Axes, lines: np.ndarray, look: tuple[str, float, float, str], label: str) -> LineCollection:
    colour, width, alpha, line = look
    places = np.arange(lines.shape[1])
    paths = [_turned(np.column_stack([places, each])) for each in lines]
    bundle = LineCollection(paths, colors=colour, linewidths=width, alpha=alpha, linestyles=line)
    axes.add_collection(bundle)
    axes.plot([], [], line, color=colour, lw=max(width, 1.0), label=label)
    return bundle


def _turned(points: np.ndarray) -> np.ndarray:
    """Exchange across and along, `(n, 2)`, where the axes lie one below the other."""
    return points[:, ::-1] if style.on_phone() else points


def _axis(axes: Axes, place: int, scale: Scale, inactive: bool, room: int) -> None:
    """Draw the axis of one hyperparameter with its ticks; both ends are labelled."""
    axes.plot(*_turned(np.array([[place, 0.0], [place, 1.0]])).T, color=style.INK, lw=1.0, zorder=3)
    box = {"fc": "white", "ec": "none", "pad": 0.8}
    for height, label in _labels(scale, inactive):
        mark, name = _turned(np.array([[place, height], [place + 0.03, height], [place + 0.05, height]])), label
        where: dict[str, Any] = {"va": "center", "ha": "left"}
        if style.on_phone():
            mark[:, 1] = place - np.array([0, 0.06, 0.1])
            name, side = style.short(label, LETTERS), "left" if height == 0 else "center" if 0 < height < 1 else "right"
            where = {"va": "bottom", "ha": side}
        axes.plot(*mark[:2].T, color=style.INK, lw=1.0, zorder=3)
        x, y = (float(each) for each in mark[2])
        axes.text(x, y, style.short(name, room), fontsize="x-small", zorder=4, bbox=box, **where)


def _labels(scale: Scale, inactive: bool) -> list[tuple[float, str]]:
    """Return the height and the text of each tick: those of the scale, and its ends if it is one of numbers."""
    marks, texts = scale.ticks()
    low, high = scale.bend(np.array([scale.low, scale.high]))
    heights = (scale.bend(np.array(marks)) - low) / ((high - low) or 1.0)
    found = [(float(height), text) for height, text in zip(heights, texts, strict=True)]
    if scale.kind != "places":
        ends = [(0.0, f"{scale.low:.3g}"), (1.0, f"{scale.high:.3g}")]
        found = [ends[0], *(each for each in found if NEAREST < each[0] < 1 - NEAREST), ends[1]]
    if style.on_phone():
        found = _untouched(found)
    return found + [(INACTIVE, "inactive")] * inactive


def _untouched(found: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """Leave out the labels between both ends that do not fit beside one another along an axis on a phone."""
    if len(found) < 3:
        return found
    widths = [LETTER * min(len(label), LETTERS) + GAP for _, label in found]
    kept, end = [found[0]], widths[0]
    for (height, label), width in zip(found[1:-1], widths[1:-1], strict=True):
        if end < height - width / 2 and height + width / 2 < 1 - widths[-1]:
            kept.append((height, label))
            end = height + width / 2
    return [*kept, found[-1]]


def _parallel_frame(axes: Axes, names: list[str]) -> None:
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    if style.on_phone():
        axes.set_yticks(range(len(names)), [style.short(name, 20) for name in names])
        axes.set_xticks([])
        axes.set(ylim=(len(names) - 0.6, -0.6), xlim=(-0.22, 1.06))
        return
    tilt = 0 if sum(len(style.short(name, 26)) for name in names) < 90 and len(names) <= 6 else 28
    axes.set_xticks(range(len(names)), [style.short(name, 26) for name in names], rotation=tilt,
                    ha="left" if tilt else "center", rotation_mode="anchor")  # fmt: skip
    axes.xaxis.tick_top()
    axes.set_yticks([])
    axes.set_xlim(-0.1, len(names) - 1 + 0.6)
    axes.set_ylim(-0.2, 1.04)


def best_pairs(trials: pd.DataFrame, importance: pd.DataFrame) -> list[tuple[str, str]]:
    """Choose up to three pairs of numeric hyperparameters, the most important first if that is known."""
    names = by_importance(list(numeric_scales(trials)), importance)
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
    shades = Normalize(*colour_limits(done["score"].to_numpy(float), direction))
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


def colour_limits(scores: np.ndarray, direction: str) -> tuple[float, float]:
    """Return the least and the greatest of the scores that fill an axis, which no score lies beyond."""
    low, high = style.focus(scores, direction)
    shown = scores[(scores >= low) & (scores <= high)]
    if not shown.size or shown.min() == shown.max():
        return low, high
    return float(shown.min()), float(shown.max())


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
        marks = axes.scatter(x[which], y[which], c=scores[which], cmap=colours, norm=shades, s=24, marker=mark,
                             edgecolors="white", linewidths=0.8, zorder=3)  # fmt: skip
        style.name_marks(marks, rows["trial"][which])
    best = (rows["trial"] == winner).to_numpy()
    (star,) = axes.plot(x[best], y[best], "*", color=style.TUNED, mec="white", ms=15, zorder=4)
    style.name_marks(star, [winner])
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
