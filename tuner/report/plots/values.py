"""The predictions of values: predicted against true values, and their errors."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from keras_search.tuner.report.plots import style
from keras_search.tuner.study.records import TUNED

COLUMNS = 3
"""How many columns of an output are drawn."""
CROWD = 4_000
"""So many predictions, or more, are drawn as a density."""
MOST_BINS = 40


def shown_columns(predictions: pd.DataFrame) -> list[int]:
    """List the first columns of the output, counted from 0."""
    return sorted(int(column) for column in predictions["column"].unique())[:COLUMNS]


def columns_text(predictions: pd.DataFrame) -> str:
    """Note if not all columns of the output are drawn."""
    several = predictions["column"].nunique()
    return f"The first {COLUMNS} of {several} columns are shown." if several > COLUMNS else ""


def table_of(predictions: pd.DataFrame, models: list[str]) -> pd.DataFrame:
    """List the predictions of some models."""
    return pd.DataFrame(predictions[predictions["model"].isin(models)])


def of_column(predictions: pd.DataFrame, model: str, column: int) -> pd.DataFrame:
    """Return one model's predictions of one column over all retrainings, with `residual`, predicted minus true."""
    rows = predictions[(predictions["model"] == model) & (predictions["column"] == column)]
    return rows.assign(residual=rows["predicted"].astype(float) - rows["true"].astype(float))


def middle(values: np.ndarray, share: float = 0.998) -> tuple[float, float]:
    """Return the limits of the middle share of values, padded by 4%, so that no outlier presses them together."""
    finite = values[np.isfinite(values)]
    low, high = np.quantile(finite, [(1 - share) / 2, (1 + share) / 2]) if finite.size else (0.0, 1.0)
    pad = style.padding(float(low), float(high), 0.04)
    return float(low - pad), float(high + pad)


@style.drawing()
def predicted_values(predictions: pd.DataFrame, name: str = "", model: str = TUNED) -> Figure:
    """Draw predicted against true values of the test examples, over all retrainings, one panel per column."""
    columns = shown_columns(predictions)
    figure, axes = style.panels(max(4.4 * len(columns), 6.2), 4.6 if len(columns) > 1 else 5.4, 1, len(columns))
    for panel, column in zip(axes, columns, strict=True):
        rows = of_column(predictions, model, column)
        true, predicted = (rows[side].to_numpy(float) for side in ("true", "predicted"))
        limits = middle(np.concatenate([true, predicted]))
        panel.plot(limits, limits, color=style.INK, lw=1, zorder=4, label="predicted = true")
        _points(panel, true, predicted, limits, limits)
        panel.set(xlabel=f"true {value_name(name, column, columns)}", xlim=limits, ylim=limits)
        past = style.outside(true, limits) | style.outside(predicted, limits)
        title = f"{seeds_text(rows)}{_beyond(past)}{_lost(predicted)}\nR² {_figure(determination(rows))}"
        panel.set_title(title, fontsize="small")
        panel.set_aspect("equal")
        style.value_axes(panel, 5)
    axes[0].set_ylabel("predicted")
    style.legend_above(figure, axes[0])
    return figure


@style.drawing()
def residuals(predictions: pd.DataFrame, models: list[str], name: str = "") -> Figure:
    """Draw the tuned model's errors by predicted value, and their distribution beside a baseline's."""
    columns = shown_columns(predictions)
    figure, axes = style.panels(11, 3.9 * len(columns), len(columns), 2, width_ratios=[1.35, 1])
    for place, column in enumerate(columns):
        left, right = axes[2 * place : 2 * place + 2]
        tables = {model: of_column(predictions, model, column) for model in models}
        everyone = np.concatenate([table["residual"] for table in tables.values()])
        _residuals(left, tables[models[0]], middle(everyone), value_name(name, column, columns))
        _spreads(right, tables, middle(everyone, 0.99))
    style.legend_above(figure, axes[1])
    return figure


def determination(rows: pd.DataFrame) -> float:
    """Return the coefficient of determination R²: 1 minus the squared errors by those of the true values' mean."""
    true = rows["true"].to_numpy(float)
    spread = float(np.square(true - true.mean()).sum())
    return 1 - float(np.square(rows["residual"]).sum()) / spread if spread else float("nan")


def value_name(name: str, column: int, columns: list[int]) -> str:
    """Label an axis with what is predicted: its name, and the column."""
    several = f"{'' if name else 'value '}{column + 1}" if len(columns) > 1 else "" if name else "value"
    return f"{style.short(name)} {several}".strip()


def seeds_text(rows: pd.DataFrame) -> str:
    """Count the test examples and retrainings in words."""
    examples, seeds = rows["index"].nunique(), rows["seed"].nunique()
    return f"{examples:,} test examples, {seeds} retraining{'s' * (seeds != 1)}"


def _residuals(axes: Axes, rows: pd.DataFrame, limits: tuple[float, float], name: str) -> None:
    predicted, residual = (rows[column].to_numpy(float) for column in ("predicted", "residual"))
    axes.axhline(0, color=style.INK, lw=1, zorder=4)
    _points(axes, predicted, residual, middle(predicted), limits)
    axes.set(xlabel=f"predicted {name}", ylabel="error (predicted minus true)", xlim=middle(predicted), ylim=limits)
    style.value_axes(axes, 6)
    past = style.outside(residual, limits) | style.outside(predicted, middle(predicted))
    axes.set_title(f"tuned, {seeds_text(rows)}{_beyond(past)}{_lost(predicted)}", fontsize="small")


def _beyond(past: np.ndarray) -> str:
    return f", {past.sum():,} beyond the edges" if past.any() else ""


def _lost(predicted: np.ndarray) -> str:
    lost = int(np.count_nonzero(np.isnan(predicted)))
    return f", {lost:,} are not numbers" if lost else ""


def _figure(share: float) -> str:
    return f"{share:.2f}" if abs(share) < 1e4 else f"{share:.2g}"


def _points(axes: Axes, x: np.ndarray, y: np.ndarray, across: tuple[float, float], along: tuple[float, float]) -> None:
    """Draw dots, or their density if there are very many."""
    axes.grid()
    there = np.isfinite(x) & np.isfinite(y)
    x, y = x[there], y[there]
    if len(x) > CROWD:
        axes.hexbin(x, y, gridsize=60, extent=(*across, *along), mincnt=1, bins="log", cmap=style.GOOD, linewidths=0)
        return
    alpha = float(np.clip(250 / max(len(x), 1), 0.25, 0.8))
    axes.scatter(x, y, s=16, color=style.TUNED, alpha=alpha, linewidths=0, zorder=2)


def _spreads(axes: Axes, tables: dict[str, pd.DataFrame], limits: tuple[float, float]) -> None:
    """Draw the distribution of each model's errors, as shares of its predictions."""
    count = max(len(rows) for rows in tables.values())
    edges = np.linspace(*limits, int(np.clip(np.sqrt(count), 8, MOST_BINS)) + 1)
    axes.axvline(0, color=style.INK, lw=1)
    for model, rows in tables.items():
        tuned = model == TUNED
        residual = rows["residual"].to_numpy(float)
        residual = np.clip(residual[~np.isnan(residual)], *limits)
        weights = np.full(len(residual), 100 / max(len(residual), 1))
        axes.hist(residual, edges.tolist(), weights=weights, histtype="step", lw=1.8, ls="-" if tuned else "--",
                  color=style.TUNED if tuned else style.BASELINE, label=style.short(model))  # fmt: skip
    axes.set(xlabel="error (predicted minus true)", ylabel="predictions (%)", xlim=limits)
    style.value_axes(axes, 5)
    axes.set_title("the outermost bars hold everything beyond", fontsize="small", weight="normal")
    axes.grid(axis="y")
