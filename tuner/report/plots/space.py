"""Where the good scores are in the search space: by one hyperparameter, on a grid, and which matter."""

import math
import re

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from keras_search.tuner.report.contents import completed, full_budget, longest, varying
from keras_search.tuner.report.page_text import counted
from keras_search.tuner.report.plots import style
from keras_search.tuner.report.plots.scales import Scale, scale_of
from keras_search.tuner.system.numbers import metric_text

MAX_GRID_SIDE = 12


@style.drawing()
def hyperparameter_scores(
    trials: pd.DataFrame, objective: str, direction: str, winner: str = "", brackets: pd.DataFrame | None = None
) -> Figure:
    """Draw the score by the value of each hyperparameter that varied, a panel each; each configuration once."""
    names, done = varying(trials), longest(trials)
    done = done.assign(_full=full_budget(done, pd.DataFrame() if brackets is None else brackets).to_numpy(bool))
    columns = min(style.room(4, 1), len(names))
    rows = math.ceil(len(names) / columns)
    width = 11 if columns > 2 else 4.2 * columns
    figure, axes = style.panels(width, 0.5 + 2.6 * rows, rows, columns, phone_row=1.9, sharey=True)
    limits = style.focus(done["score"].to_numpy(float), direction)
    for place, (panel, name) in enumerate(zip(axes, names, strict=False)):
        _score_panel(panel, done, name, limits, winner)
        style.metric_axis(panel.yaxis, objective, 5)
        if place % columns == 0:
            panel.set_ylabel(style.metric_label(objective), fontsize="small")
    for spare in axes[len(names) :]:
        spare.remove()
    style.edge_note(axes[0], done["score"].to_numpy(float), limits, objective)
    style.legend_above(figure, axes[0])
    return figure


def _score_panel(axes: Axes, done: pd.DataFrame, name: str, limits: tuple[float, float], winner: str) -> None:
    scale = scale_of(done[name])
    x = scale.at(done[name])
    scores = done["score"].to_numpy(float)
    shown = np.isfinite(x) & ~style.outside(scores, limits)
    if scale.kind == "places":
        x = x + style.jitter(len(x), 0.5)
        _medians(axes, scale.at(done[name]), scores)
    size, alpha = (16.0, 0.75) if len(done) <= 100 else (9.0, 0.5)
    full = done["_full"].to_numpy(bool)
    for which, face, width, label in ((full, style.MUTED, 0.0, "full budget"), (~full, "white", 0.7, "cut short")):
        dots = shown & which
        if dots.any():
            marks = axes.scatter(x[dots], scores[dots], s=size, alpha=alpha, facecolors=face, edgecolors=style.MUTED,
                                 linewidths=width, label=None if full.all() else label)  # fmt: skip
            style.name_marks(marks, done["trial"][dots])
    best = (done["trial"] == winner).to_numpy() & shown
    (star,) = axes.plot(x[best], scores[best], "*", color=style.TUNED, mec="white", ms=13, label="best trial")
    style.name_marks(star, [winner])
    scale.apply(axes, "x")
    if scale.kind == "places":
        axes.set_xticks(range(len(scale.places)), place_labels(scale.places))
    axes.set_title(style.short(name, 26), fontsize="small")
    axes.set_ylim(limits)
    axes.grid(axis="y")
    if scale.kind == "places":
        axes.set_xlim(-0.6, len(scale.places) - 0.4)


def place_labels(places: tuple[str, ...]) -> list[str]:
    """Wrap the labels of places, every second one a step lower if they would touch otherwise."""
    room = 36 // len(places)
    labels = [wrap(place, room) for place in places]
    if max(len(line) for label in labels for line in label.split("\n")) < room:
        return labels
    labels = [wrap(place, 2 * room - 2) for place in places]
    step = "\n" * max(label.count("\n") + 1 for label in labels[::2])
    return [step + label if place % 2 else label for place, label in enumerate(labels)]


def wrap(name: str, room: int, lines: int = 3) -> str:
    """Break a name after its underscores, dashes and spaces into at most three lines of `room` characters."""
    pieces = re.findall(r"[^\W_]+[\W_]*|[\W_]+", style.short(name, 40)) or [""]
    rows = [pieces[0]]
    for piece in pieces[1:]:
        if len(rows[-1]) + len(piece) <= room:
            rows[-1] += piece
        else:
            rows.append(piece)
    return "\n".join(style.short(row, room + 1) for row in rows[:lines])


def _medians(axes: Axes, places: np.ndarray, scores: np.ndarray) -> None:
    for place in np.unique(places[np.isfinite(places)]):
        middle = float(np.median(scores[places == place]))
        axes.plot([place - 0.33, place + 0.33], [middle, middle], color=style.INK, lw=1.4)


def grid_of(trials: pd.DataFrame, values: str = "score") -> pd.DataFrame:
    """Return the mean score, or another column's, of configurations on the grid of the two hyperparameters that varied.

    It is empty where there is no such grid.
    """
    names, done = varying(trials), longest(trials)
    if len(names) != 2:
        return pd.DataFrame()
    rows, columns = sorted(names, key=lambda name: (done[name].nunique(), name))
    grid = done.pivot_table(index=rows, columns=columns, values=values, aggfunc="mean")
    filled = int(grid.notna().to_numpy().sum())
    fits = max(grid.shape) <= MAX_GRID_SIDE and filled >= 0.5 * grid.size
    return grid if fits else pd.DataFrame()


@style.drawing()
def score_grid(trials: pd.DataFrame, objective: str, direction: str) -> Figure:
    """Draw the scores of a grid of two hyperparameters as a heat map, its values written in the cells."""
    grid = grid_of(trials)
    values, epochs = grid.to_numpy(float), grid_of(trials, "epochs").to_numpy(float)
    apart = len(np.unique(epochs[np.isfinite(epochs)])) > 1
    rows, columns = values.shape
    figure, (axes,) = style.panels(2.2 + 1.15 * max(columns, 3), 1.5 + 0.75 * rows)
    finite = values[np.isfinite(values)]
    low, high = float(finite.min()), float(finite.max())
    colours = style.GOOD if direction == "max" else style.GOOD.reversed()
    style.cells(axes, values, cmap=colours, vmin=low, vmax=high if high > low else low + 1)
    best = finite.max() if direction == "max" else finite.min()
    for (row, column), value in np.ndenumerate(values):
        shade = (value - low) / ((high - low) or 1.0)
        dark = shade > 0.5 if direction == "max" else shade < 0.5
        budget = f"\n{counted(epochs[row, column], 'epoch')}" if apart and np.isfinite(value) else ""
        axes.text(column, row, metric_text(value, objective) + budget, ha="center", va="center",
                  color="white" if dark and np.isfinite(value) else style.INK,
                  weight="bold" if value == best else "normal")  # fmt: skip
        if value == best:
            axes.add_patch(Rectangle((column - 0.47, row - 0.46), 0.94, 0.92, fill=False, ec=style.TUNED, lw=3))
    axes.set_xticks(range(columns), [f"{c:g}" if isinstance(c, float) else style.short(c, 12) for c in grid.columns])
    axes.set_yticks(range(rows), [f"{r:g}" if isinstance(r, float) else style.short(r, 12) for r in grid.index])
    axes.set(xlabel=style.short(grid.columns.name), ylabel=style.short(grid.index.name))
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_title(style.metric_label(objective))
    return figure


@style.drawing()
def importance(frame: pd.DataFrame) -> Figure:
    """Draw the importance of each hyperparameter with its interval, the greatest at the top."""
    ordered = frame.sort_values("importance", kind="stable")
    height = 1.0 + 0.33 * len(ordered)
    figure, (axes,) = style.panels(9, height, phone_row=height)
    places = np.arange(len(ordered))
    axes.hlines(places, 100 * ordered["low"], 100 * ordered["high"], color=style.FAINT, lw=5)
    axes.plot(100 * ordered["importance"], places, "o", color=style.INK, ms=7)
    axes.set_yticks(places, [style.short(name, style.room(32, 22)) for name in ordered["hyperparameter"]])
    axes.set(xlabel="PED-ANOVA importance (% of the total)", ylim=(-0.6, len(ordered) - 0.4))
    axes.set_xlim(left=0)
    axes.grid(axis="x")
    axes.tick_params(axis="y", length=0)
    return figure


def numeric_scales(trials: pd.DataFrame) -> dict[str, Scale]:
    """Return the scales of the hyperparameters that took at least three numbers, by name."""
    done = completed(trials)
    names = [name for name in varying(trials) if done[name].nunique() >= 3]
    scales = {name: scale_of(done[name]) for name in names}
    return {name: scale for name, scale in scales.items() if scale.numeric}
