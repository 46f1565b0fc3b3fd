"""Who trained when: Hyperband's brackets and rungs with who was promoted, and the timeline of the workers."""

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from keras_search.tuner.report.pauses import without_pauses
from keras_search.tuner.report.plots import style
from keras_search.tuner.study.records import TUNED

MAX_PANELS = 8


@style.drawing()
def hyperband(brackets: pd.DataFrame, objective: str, direction: str, winner: str = "") -> Figure:
    """Draw each bracket of Hyperband: the score of its trials rung by rung, and who was promoted."""
    groups = bracket_groups(brackets)
    columns = min(style.room(4, 2), len(groups))
    rows = math.ceil(len(groups) / columns)
    figure, axes = style.panels(max(2.75 * columns, 5.5), 0.9 + 2.7 * rows, rows, columns, sharey=True)
    limits = style.focus(brackets["score"].to_numpy(float), direction)
    for place, (panel, (title, group)) in enumerate(zip(axes, groups, strict=False)):
        _bracket(panel, group, limits, winner)
        panel.set_title(title, fontsize="small")
        style.metric_axis(panel.yaxis, objective, 5)
        if place % columns == 0:
            panel.set_ylabel(style.metric_label(objective), fontsize="small")
        if place + columns >= len(groups):
            panel.set_xlabel("rung's budget (epochs)", fontsize="small")
    for spare in axes[len(groups) :]:
        spare.remove()
    style.edge_note(axes[0], brackets["score"].to_numpy(float), limits, objective)
    style.legend_above(figure, axes[0])
    return figure


def bracket_groups(brackets: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Split trials into panels with a title each: by iteration and bracket, or by bracket if there are many."""
    slots = brackets["iteration"].astype(str) + "-" + brackets["slot"].astype(str)
    rows = brackets.assign(slot=slots).sort_values(["iteration", "bracket"], ascending=[True, False], kind="stable")
    apart = [
        (f"iteration {i}, bracket {b}", group) for (i, b), group in rows.groupby(["iteration", "bracket"], sort=False)
    ]
    if len(apart) <= MAX_PANELS:
        return apart
    pooled = rows.groupby("bracket", sort=False)
    return [(f"bracket {b}, {group['iteration'].nunique()} iterations", group) for b, group in pooled]


def rung_places(bracket: pd.DataFrame) -> np.ndarray:
    """Return each trial's place across its rung, shape `(n,)`: a slot keeps to the same side in every rung."""
    slots = np.unique(bracket["slot"])
    side = dict(zip(slots, style.jitter(len(slots), 0.5), strict=True))
    return np.asarray(bracket["rung"].to_numpy(float) + bracket["slot"].map(side).to_numpy(float))


def rung_paths(bracket: pd.DataFrame) -> list[np.ndarray]:
    """Return the path of each slot that was promoted in one bracket: rows of (place, score), rung by rung."""
    scored = bracket[np.isfinite(bracket["score"].astype(float))].sort_values("rung", kind="stable")
    paths = (part[["place", "score"]].to_numpy(float) for _, part in scored.groupby("slot", sort=True))
    return [path for path in paths if len(path) > 1]


def _bracket(axes: Axes, bracket: pd.DataFrame, limits: tuple[float, float], winner: str) -> None:
    bracket = bracket.assign(place=rung_places(bracket))
    axes.add_collection(LineCollection(rung_paths(bracket), colors=style.FAINT, linewidths=1.0))
    promoted = bracket["promoted"].to_numpy(bool)
    _rung_dots(axes, bracket[~promoted], "white", "not promoted", limits)
    _rung_dots(axes, bracket[promoted], style.BASELINE, "promoted", limits)
    best = bracket[bracket["trial"] == winner]
    look: dict[str, Any] = {"color": style.TUNED, "mec": "white", "ms": 15, "zorder": 5, "label": "best trial"}
    (star,) = axes.plot(best["place"], best["score"], "*", **look)
    style.name_marks(star, [winner])
    budgets = bracket.groupby("rung")["epochs"].max()
    axes.set_xticks(budgets.index.to_numpy(), [f"{epochs:g}" for epochs in budgets])
    axes.set_xlim(budgets.index.min() - 0.5, budgets.index.max() + 0.5)
    axes.set_ylim(limits)
    axes.grid(axis="y")


def _rung_dots(axes: Axes, rows: pd.DataFrame, face: str, label: str, limits: tuple[float, float]) -> None:
    shown = rows[~style.outside(rows["score"].to_numpy(float), limits)]
    edge = style.MUTED if face == "white" else face
    dots = axes.scatter(shown["place"], shown["score"], s=22, facecolors=face, edgecolors=edge, linewidths=0.9,
                        label=label, zorder=3)  # fmt: skip
    style.name_marks(dots, shown["trial"])


@style.drawing()
def timeline(timings: pd.DataFrame, winner: str = "") -> Figure:
    """Draw what each worker did when: one bar per run, trials and retrainings distinguished."""
    timings, pauses = without_pauses(timings.dropna(subset=["worker"]))
    workers = sorted(timings["worker"].unique())
    seconds, unit = style.clock_unit(float((timings["started"] + timings["seconds"]).max()))
    height = 1.5 + 0.42 * len(workers)
    figure, (axes,) = style.panels(11, height, phone_row=height)
    colours = [run_colour(kind, name, winner) for kind, name in zip(timings["kind"], timings["name"], strict=True)]
    for place, worker in enumerate(workers):
        of_worker = (timings["worker"] == worker).to_numpy()
        bars = axes.broken_barh(
            timings.loc[of_worker, ["started", "seconds"]].to_numpy(float) / seconds,
            (place - 0.36, 0.72),
            facecolors=[colour for colour, its in zip(colours, of_worker, strict=True) if its],
            edgecolor="white",
            linewidth=0.5 if len(timings) <= 120 else 0.15,
        )
        style.name_marks(bars, timings.loc[of_worker, "name"])
    axes.set_yticks(range(len(workers)), [f"worker {worker:g}" for worker in workers])
    axes.set_ylim(len(workers) - 0.4, -0.6)
    for pause in pauses:
        axes.axvline(pause / seconds, color=style.INK, lw=1, ls=":")
    axes.set(xlabel=f"time since the start ({unit}{', dotted: paused' if pauses else ''})")
    axes.set_xlim(left=0)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    _timeline_legend(figure, colours)
    return figure


def run_colour(kind: str, name: str, winner: str) -> str:
    """Return the colour of a run: the tuned model and the best trial in one, baselines in another, trials grey."""
    if kind == "trial":
        return style.INK if name == winner else style.FAINT
    if kind == "ablation":
        return style.MUTED
    return style.TUNED if name == TUNED else style.BASELINE


LEGEND = {
    style.FAINT: "trial",
    style.INK: "best trial",
    style.TUNED: "tuned, retrained and tested",
    style.BASELINE: "baseline, retrained and tested",
    style.MUTED: "ablation",
}


def _timeline_legend(figure: Figure, colours: list[str]) -> None:
    handles = [Patch(color=colour, label=label) for colour, label in LEGEND.items() if colour in colours]
    style.legend_of(figure, handles, [str(handle.get_label()) for handle in handles], 5)
