"""The tuned model beside the baselines: training curves, and test accuracy with its uncertainty."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import scipy
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from keras_search.tuner.report import page_text
from keras_search.tuner.report.naming import compared_metric
from keras_search.tuner.report.plots import style
from keras_search.tuner.study.records import TUNED
from keras_search.tuner.system.numbers import is_share, signed


def curve(history: pd.DataFrame, model: str, metric: str) -> pd.DataFrame:
    """Return the mean, least and greatest value of a metric over the seeds of a retrained model, by epoch."""
    runs = history[(history["kind"] == "retrain") & (history["name"] == model)]
    by_epoch = runs.dropna(subset=[metric]).groupby("epoch")[metric]
    return by_epoch.agg(["mean", "min", "max"]).reset_index()


def curve_metrics(history: pd.DataFrame, objective: str, output: str = "") -> list[str]:
    """List the metrics worth a training curve: the objective's, or that of the compared `output`, then loss."""
    measures = ["accuracy", "mean_absolute_error", "mae"]
    named = [f"{output}_{measure}" for measure in measures] if output else []
    wanted = [objective.removeprefix("val_"), *named, *measures, "loss"]
    have = [m for m in dict.fromkeys(wanted) if m in history and f"val_{m}" in history]
    first = [metric for metric in have if metric != "loss"][:1]
    return [*first, "loss"] if "loss" in have else first


@style.drawing(font=16)
def training_curves(history: pd.DataFrame, model: str, objective: str, output: str = "") -> Figure:
    """Draw training v. validation accuracy and loss of one retrained model, side by side, 18 x 5 inches."""
    metrics = curve_metrics(history, objective, output)
    figure, axes = style.panels(18, 5, 1, len(metrics))
    colour = style.TUNED if model == TUNED else style.BASELINE
    for panel, metric in zip(axes, metrics, strict=True):
        _curve(panel, curve(history, model, metric), style.MUTED, "--", "s", "training")
        _curve(panel, curve(history, model, f"val_{metric}"), colour, "-", "o", "validation")
        name = metric.replace("_", " ")
        panel.set(xlabel="epoch", ylabel=f"{name} (%)" if is_share(metric) else name)
        panel.set_title(f"{style.short(model)}: {name}")
        panel.grid(axis="y")
        style.count_axis(panel.xaxis, first=1)
        style.metric_axis(panel.yaxis, metric)
    style.legend_above(figure, axes[0])
    return figure


def _curve(axes: Axes, points: pd.DataFrame, colour: str, line: str, marker: str, label: str) -> None:
    axes.fill_between(points["epoch"], points["min"], points["max"], color=colour, alpha=0.16, lw=0)
    axes.plot(points["epoch"], points["mean"], line, color=colour, lw=2.4, label=label,
              marker=marker if len(points) <= 40 else None, ms=6, mfc="white" if line == "--" else colour)  # fmt: skip


def seed_intervals(retrains: pd.DataFrame, models: list[str], metric: str = "test_accuracy") -> pd.DataFrame:
    """Return the mean of each model's test metric and its 95% interval over seeds (Student's t); NaN for one seed."""
    rows = []
    for model in models:
        scores = retrains.loc[retrains["model"] == model, metric].to_numpy(float)
        n = len(scores)
        half = scipy.special.stdtrit(n - 1, 0.975) * scores.std(ddof=1) / np.sqrt(n) if n > 1 else np.nan
        mean = scores.mean() if n else np.nan
        rows.append({"model": model, "mean": mean, "low": mean - half, "high": mean + half})
    return pd.DataFrame(rows)


def difference_intervals(verdict: Mapping[str, Any], first: str) -> pd.DataFrame:
    """Collect tuned minus baseline and its interval from a verdict, by baseline, in points of accuracy or as errors."""
    scale = 100.0 if is_share(str(verdict.get("measure", "accuracy"))) else 1.0
    rows = []
    for entry in (verdict, *(verdict.get("others") or [])):
        interval = entry.get("interval")
        if interval is None or entry.get("difference") is None:
            continue
        model = entry.get("baseline", entry.get("model", first if entry is verdict else ""))
        low, high = (np.nan if edge is None else scale * float(edge) for edge in interval)
        rows.append({"model": str(model), "difference": scale * float(entry["difference"]), "low": low, "high": high})
    return pd.DataFrame(rows, columns=["model", "difference", "low", "high"])


@style.drawing()
def comparison(frame: pd.DataFrame, retrains: pd.DataFrame, verdict: Mapping[str, Any]) -> Figure:
    """Draw the test metric (a dot and a bar a model, seeds as points), and tuned minus baseline with its interval."""
    metric = f"test_{compared_metric(frame)}"
    models = [str(model) for model in frame["model"]]
    best = [str(verdict.get("use", "")), *(verdict.get("level") or [])]
    places = page_text.decimals_of(frame, verdict)
    gaps = difference_intervals(verdict, next((m for m in models if m != TUNED), ""))
    columns = 2 if len(gaps) else 1
    height = 1.3 + 0.42 * len(models)
    figure, axes = style.panels(11 if columns == 2 else 8, height, 1, columns, phone_row=height, sharey=True)
    _means(axes[0], seed_intervals(retrains, models, metric), retrains, metric, places)
    if columns == 2:
        _differences(axes[1], gaps, models, metric, (places, _higher(verdict, metric)))
    rows = np.arange(len(models))
    names = [f"{style.short(model, style.room(28, 18))}{' (best)' * (model in best)}" for model in models]
    axes[0].set_yticks(rows, names)
    for panel in axes:
        for label, model in zip(panel.get_yticklabels(), models, strict=False):
            label.set_fontweight("bold" if model in best else "normal")
    axes[0].set_ylim(len(models) - 0.4, -0.6)
    for panel in axes:
        panel.grid(axis="x")
        panel.tick_params(axis="y", length=0)
        panel.spines["left"].set_visible(False)
    return figure


def _higher(verdict: Mapping[str, Any], metric: str) -> bool:
    """Return whether more of the measure is better."""
    return verdict.get("better") == "higher" if "better" in verdict else is_share(metric)


def _means(axes: Axes, intervals: pd.DataFrame, retrains: pd.DataFrame, metric: str, places: int) -> None:
    if is_share(metric):
        intervals = intervals.assign(low=intervals["low"].clip(lower=0), high=intervals["high"].clip(upper=1))
    for place, row in enumerate(intervals.to_dict("records")):
        tuned = row["model"] == TUNED
        colour = style.TUNED if tuned else style.BASELINE
        seeds = retrains.loc[retrains["model"] == row["model"], metric].to_numpy(float)
        axes.plot([row["low"], row["high"]], [place, place], color=colour, lw=6, alpha=0.3, solid_capstyle="butt")
        axes.plot(seeds, place + 0.22 + style.jitter(len(seeds), 0.16), "o", color=colour, ms=3.5, alpha=0.7, mew=0)
        axes.plot(row["mean"], place, "o" if tuned else "s", color=colour, ms=8)
        axes.annotate(page_text.value_text(row["mean"], metric, places), (row["mean"], place), xytext=(0, 7),
                      textcoords="offset points", ha="center", fontsize="small", color=style.INK)  # fmt: skip
    axes.set(xlabel=f"{style.metric_label(metric)}, each small dot one seed")
    axes.margins(x=0.08)
    style.metric_axis(axes.xaxis, metric)


def _differences(axes: Axes, gaps: pd.DataFrame, models: list[str], metric: str, shown: tuple[int, bool]) -> None:
    """Draw tuned minus baseline; `shown` are the decimals if it is not a share, and whether more is better."""
    places, higher = shown
    axes.axvline(0, color=style.INK, lw=1)
    for row in gaps.to_dict("records"):
        if row["model"] not in models:
            continue
        place = models.index(row["model"])
        axes.plot([row["low"], row["high"]], [place, place], color=style.MUTED, lw=6, alpha=0.4, solid_capstyle="butt")
        axes.plot(row["difference"], place, "D", color=style.INK, ms=6)
        axes.annotate(signed(row["difference"], 2 if is_share(metric) else places), (row["difference"], place),
                      xytext=(0, 7), textcoords="offset points", ha="center", fontsize="small")  # fmt: skip
    left, right = ("baseline", "tuned") if higher else ("tuned", "baseline")
    name = f"{metric.replace('_', ' ')}, tuned minus baseline{' (percentage points)' if is_share(metric) else ''}"
    axes.set(xlabel=f"{name}\n← {left} better        {right} better →")
    axes.margins(x=0.1)
    style.metric_axis(axes.xaxis, "difference", 7)
