"""How the search went: scores and running best by trial, by epochs and by time, and the learning curves."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from keras_search.tuner.report.contents import full_budget, longest
from keras_search.tuner.report.pauses import without_pauses
from keras_search.tuner.report.plots import style
from keras_search.tuner.system.numbers import metric_text


def running_best(scores: np.ndarray, counts: np.ndarray, direction: str) -> np.ndarray:
    """Return the best score so far, shape `(n,)`, over the entries that `counts` admits; NaN before the first."""
    worst = -np.inf if direction == "max" else np.inf
    admitted = np.where(counts & np.isfinite(scores), scores, worst)
    best = np.maximum.accumulate(admitted) if direction == "max" else np.minimum.accumulate(admitted)
    return np.where(np.isfinite(best), best, np.nan)


def search_points(trials: pd.DataFrame, brackets: pd.DataFrame) -> pd.DataFrame:
    """Prepare the search history: one row per trial, in the order of the schedule.

    Columns: `trial`, `number` (from 1), `score`, `state`, `full` (trained to the full budget), `last` (no other trial
    continued it, so it is its configuration's longest training),
    `spent` (epochs trained by this and all earlier trials; a promoted trial adds what its parent lacked).
    """
    trials = in_schedule_order(trials, brackets)
    epochs = trials["epochs"].fillna(0).to_numpy(float)
    before = trials.set_index("trial")["epochs"].reindex(trials["parent"]).fillna(0).to_numpy(float)
    return pd.DataFrame(
        {
            "trial": trials["trial"].to_numpy(),
            "number": np.arange(1, len(trials) + 1),
            "score": trials["score"].to_numpy(float),
            "state": trials["state"].to_numpy(),
            "full": full_budget(trials, brackets).to_numpy(bool),
            "last": trials["trial"].isin(longest(trials)["trial"]).to_numpy(bool),
            "spent": np.cumsum(np.maximum(epochs - before, 0)),
        }
    )


def in_schedule_order(trials: pd.DataFrame, brackets: pd.DataFrame) -> pd.DataFrame:
    """Put Hyperband's trials in the order of its schedule, largest bracket first; others are ordered by name."""
    if brackets.empty:
        return trials
    places = brackets.assign(bracket=-brackets["bracket"]).set_index("trial").reindex(trials["trial"])
    order = places.reset_index(drop=True).sort_values(["iteration", "bracket", "rung", "slot"], kind="stable").index
    return trials.iloc[order]


def finish_times(points: pd.DataFrame, timings: pd.DataFrame) -> pd.DataFrame:
    """Add `finished` (seconds since the study began, without its pauses) to search points, put in that order."""
    runs, _ = without_pauses(timings)
    runs = runs[runs["kind"] == "trial"]
    ends = (runs["started"] + runs["seconds"]).groupby(runs["name"]).max()
    timed = points.assign(finished=ends.reindex(points["trial"]).to_numpy(float))
    return timed.dropna(subset=["finished"]).sort_values("finished", kind="stable")


@style.drawing()
def search_history(
    trials: pd.DataFrame, brackets: pd.DataFrame, objective: str, direction: str, winner: str = ""
) -> Figure:
    """Draw the score of every configuration, at its longest, in the order of the schedule, and the best so far."""
    figure, (axes,) = style.panels(11, 4.8)
    points = search_points(trials, brackets)
    limits = style.focus(points["score"].to_numpy(), direction)
    _scores(axes, points, "number", limits, objective, direction)
    _mark_winner(axes, points, winner, objective)
    failed = points.loc[points["state"] == "failed", "number"]
    if len(failed):
        axes.plot(failed, np.zeros(len(failed)), "x", color=style.INK, ms=5, clip_on=False,
                  transform=axes.get_xaxis_transform(), label="failed", zorder=5)  # fmt: skip
    axes.set(xlabel="trial (number in the schedule)", ylabel=style.metric_label(objective))
    room = 0.4 + style.padding(1, len(points), 0.015)
    axes.set_xlim(1 - room, len(points) + room)
    style.count_axis(axes.xaxis, first=1)
    style.legend_above(figure, axes)
    return figure


@style.drawing()
def search_cost(
    trials: pd.DataFrame, brackets: pd.DataFrame, timings: pd.DataFrame, objective: str, direction: str
) -> Figure:
    """Draw the best so far against its cost: epochs trained, and time."""
    figure, (left, right) = style.panels(11, 4.2, 1, 2, sharey=True)
    points = search_points(trials, brackets)
    limits = style.focus(points["score"].to_numpy(), direction)
    _scores(left, points, "spent", limits, objective, direction)
    left.set(xlabel="epochs trained by all trials so far", ylabel=style.metric_label(objective))
    timed = finish_times(points, timings)
    seconds, unit = style.clock_unit(float(timed["finished"].max()) if len(timed) else 0.0)
    timed = timed.assign(finished=timed["finished"] / seconds)
    _scores(right, timed, "finished", limits, objective, direction)
    right.set(xlabel=f"time since the start ({unit})")
    for axes, last in ((left, points["spent"].max()), (right, timed["finished"].max())):
        end = 1.06 * float(last) if last > 0 else 1.0
        axes.set_xlim(-0.012 * end, end)  # the first dots are drawn whole
    style.count_axis(left.xaxis)
    style.legend_above(figure, left)
    return figure


@style.drawing()
def learning_curves(
    history: pd.DataFrame, trials: pd.DataFrame, objective: str, direction: str, winner: str = ""
) -> Figure:
    """Draw the objective of every trial epoch by epoch, with the best trial and its parents marked."""
    figure, (axes,) = style.panels(11, 4.8)
    curves = history[history["kind"] == "trial"]
    limits = style.focus(curves[objective].to_numpy(float), direction)
    named = trial_curves(curves, trials, objective)
    lines = list(named.values())
    bundle = LineCollection(lines, colors=style.MUTED, linewidths=0.7, alpha=0.45, label="trial")
    axes.add_collection(bundle)
    style.name_marks(bundle, named)
    singles = np.array([line[0] for line in lines if len(line) == 1]).reshape(-1, 2)
    axes.plot(*singles.T, ".", color=style.MUTED, ms=4, alpha=0.6)
    best = curves[curves["name"].isin(lineage(trials, winner))].sort_values("epoch")
    if len(best):
        marks = None if len(best) > 30 else "o"
        label = f"best: {style.short(winner)}"
        (line,) = axes.plot(best["epoch"], best[objective], color=style.TUNED, lw=2.2, marker=marks, ms=4, label=label)
        style.name_marks(line, [winner])
    axes.set(xlabel="epoch", ylabel=style.metric_label(objective), ylim=limits)
    axes.set_xlim(0.8, float(curves["epoch"].max()) + 0.2)
    axes.grid(axis="y")
    style.count_axis(axes.xaxis)
    style.metric_axis(axes.yaxis, objective)
    style.edge_note(axes, np.array([line[-1, 1] for line in lines]), limits, objective)
    style.legend_above(figure, axes)
    return figure


def trial_curves(curves: pd.DataFrame, trials: pd.DataFrame, metric: str) -> dict[str, np.ndarray]:
    """Return each trial's curve by its name, rows of (epoch, value); a promoted one begins where its parent's ended."""
    parts = _split(curves, metric)
    parents = dict(zip(trials["trial"], trials["parent"], strict=True))
    lines = {}
    for name, line in parts.items():
        before = parts.get(str(parents.get(name, "")))
        joined = before is not None and before[-1, 0] < line[0, 0]
        lines[name] = np.vstack([before[-1:], line]) if joined and before is not None else line
    return lines


def _split(curves: pd.DataFrame, metric: str) -> dict[str, np.ndarray]:
    """Return the rows of (epoch, value) of each run by its name; grouping by pandas takes seconds for many runs."""
    codes, names = pd.factorize(curves["name"])
    order = np.argsort(codes, kind="stable")
    values = curves[["epoch", metric]].to_numpy(float)[order]
    ends = np.cumsum(np.bincount(codes, minlength=len(names)))[:-1]
    return dict(zip(map(str, names), np.split(values, ends), strict=True))


def lineage(trials: pd.DataFrame, name: str) -> list[str]:
    """List a trial and those that it continued, youngest first."""
    parents = dict(zip(trials["trial"], trials["parent"].fillna(""), strict=True))
    line: list[str] = []
    while name in parents and name not in line:
        line.append(name)
        name = str(parents[name])
    return line


@style.drawing()
def expected_best(expected: pd.DataFrame, objective: str) -> Figure:
    """Draw the expected best score of a random search by its number of trials (Dodge et al. 2019)."""
    figure, (axes,) = style.panels(9, 4.2)
    axes.fill_between(expected["trials"], expected["low"], expected["high"], color=style.FAINT, alpha=0.6, lw=0)
    axes.plot(expected["trials"], expected["expected"], color=style.INK, lw=1.8)
    axes.set(xlabel="budget (trials)", ylabel=f"expected best\n{style.metric_label(objective)}")
    low, high = float(expected["expected"].min()), float(expected["expected"].max())
    room = style.padding(low, high, 0.35)
    lowest = float(expected["low"].min()) if low < high - room / 2 else -np.inf
    axes.set_ylim(max(low - room, lowest), min(high + room, float(expected["high"].max()) + room / 4))
    axes.set_xlim(float(expected["trials"].min()), float(expected["trials"].max()))
    axes.grid(axis="y")
    style.count_axis(axes.xaxis)
    style.metric_axis(axes.yaxis, objective)
    return figure


def _scores(
    axes: Axes, points: pd.DataFrame, x: str, limits: tuple[float, float], objective: str, direction: str
) -> None:
    shown = points[(points["state"] == "completed") & points["last"]]
    full = shown["full"].to_numpy(bool)
    for mask, face, label in ((full, style.MUTED, "full budget"), (~full, "white", "cut short")):
        _dots(axes, shown[mask], x, limits, face, "trial" if full.all() else f"trial, {label}")
    best = running_best(shown["score"].to_numpy(float), full, direction)
    axes.step(shown[x], best, where="post", color=style.INK, lw=1.8, label="best so far")
    axes.set_ylim(limits)
    axes.grid(axis="y")
    style.metric_axis(axes.yaxis, objective)
    style.edge_note(axes, shown["score"].to_numpy(float), limits, objective)


def _dots(axes: Axes, points: pd.DataFrame, x: str, limits: tuple[float, float], face: str, label: str) -> None:
    if points.empty:
        return
    inside = ~style.outside(points["score"].to_numpy(float), limits)
    size = 26 if len(points) <= 100 else 14
    dots = axes.scatter(points[x][inside], points["score"][inside], s=size, facecolors=face, edgecolors=style.MUTED,
                        linewidths=0.9, label=label, zorder=2)  # fmt: skip
    style.name_marks(dots, points["trial"][inside])


def _mark_winner(axes: Axes, points: pd.DataFrame, winner: str, objective: str) -> None:
    best = points[points["trial"] == winner]
    if len(best):
        label = f"best: {style.short(winner)}, {metric_text(float(best['score'].iloc[0]), objective)}"
        look: dict[str, Any] = {"color": style.TUNED, "mec": "white", "ms": 17, "zorder": 6, "label": label}
        (star,) = axes.plot(best["number"], best["score"], "*", **look)
        style.name_marks(star, [winner])
