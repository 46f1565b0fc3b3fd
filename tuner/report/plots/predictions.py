"""The tuned model's predictions for the test images: confusion, samples, mistakes, calibration."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator, StrMethodFormatter

from keras_search.tuner.report.plots import style
from keras_search.tuner.study.records import TUNED

Images = Mapping[int, np.ndarray]
"""Test images by their place in the test split; only those that a report shows are kept."""

SAMPLES = 5
MISTAKES = 10
WRITTEN_CLASSES = 20
FEWEST = 10


def confusion(predictions: pd.DataFrame, model: str, classes: int) -> np.ndarray:
    """Count true (rows) against predicted (columns) classes over all retrainings, shape `(classes, classes)`."""
    rows = predictions[predictions["model"] == model]
    cells = rows["label"].to_numpy(np.int64) * classes + rows["predicted"].to_numpy(np.int64)
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)


def confusion_table(predictions: pd.DataFrame, class_names: tuple[str, ...], model: str = TUNED) -> pd.DataFrame:
    """List how often each class was taken for which, over all retrainings; pairs that never occur are left out."""
    counts = confusion(predictions, model, len(class_names))
    true, predicted = np.nonzero(counts)
    names = np.array(class_names, dtype=object)
    return pd.DataFrame({"true": names[true], "predicted": names[predicted], "count": counts[true, predicted]})


@style.drawing()
def confusion_matrix(predictions: pd.DataFrame, class_names: tuple[str, ...], model: str = TUNED) -> Figure:
    """Draw the confusion matrix over all retrainings; shades count mistakes, and the diagonal has none."""
    counts = confusion(predictions, model, len(class_names))
    wrong = counts.astype(float)
    np.fill_diagonal(wrong, np.nan)
    size = min(3.2 + 0.5 * len(class_names), 11)
    figure, (axes,) = style.panels(size + 0.3, size, phone_row=4.2)
    top = max(float(np.nanmax(wrong)) if len(counts) > 1 else 1.0, 1.0)
    style.cells(axes, np.where(np.eye(len(counts)), 1.0, np.nan), cmap=ListedColormap([style.PALE]))
    style.cells(axes, np.where(wrong > 0, wrong, np.nan), cmap=style.GOOD, vmin=0, vmax=top)
    axes.set_aspect("equal")
    if len(class_names) <= style.room(WRITTEN_CLASSES, 12):
        _write_counts(axes, counts, top)
    names = [style.short(name, 14) for name in class_names]
    steps = range(0, len(names), max(1, len(names) // WRITTEN_CLASSES))
    tilt = 45 if max(map(len, names)) > 2 else 0
    axes.set_xticks(steps, [names[i] for i in steps], rotation=tilt, ha="right" if tilt else "center",
                    rotation_mode="anchor")  # fmt: skip
    axes.set_yticks(steps, [names[i] for i in steps])
    axes.set(xlabel="predicted class", ylabel="true class")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    seeds = predictions.loc[predictions["model"] == model, "seed"].nunique()
    examples = int(counts.sum()) // max(seeds, 1)
    axes.set_title(f"{examples:,} test examples, {seeds} retraining{'s' if seeds > 1 else ''}", fontsize="small")
    return figure


def _write_counts(axes: Axes, counts: np.ndarray, top: float) -> None:
    small = "x-small" if counts.max() >= 10_000 else "small"
    for (row, column), count in np.ndenumerate(counts):
        if count:
            dark = row != column and count > 0.45 * top
            axes.text(column, row, f"{count:,}", ha="center", va="center", fontsize=small,
                      color="white" if dark else style.MUTED if row == column else style.INK)  # fmt: skip


def shown_images(predictions: pd.DataFrame) -> list[int]:
    """List the test images that the plots of samples and mistakes show, by their place in the test split."""
    chosen = {*sample_rows(predictions)["index"], *worst_mistakes(predictions)["index"]}
    return sorted(int(index) for index in chosen)


def sample_rows(predictions: pd.DataFrame, model: str = TUNED) -> pd.DataFrame:
    """Return the first seed's predictions of five images, spread evenly over the test split."""
    rows = predictions[predictions["model"] == model]
    rows = rows[rows["seed"] == rows["seed"].min()].sort_values("index")
    places = np.linspace(0, len(rows) - 1, min(SAMPLES, len(rows))).round().astype(int)
    return pd.DataFrame(rows.iloc[places])


def worst_mistakes(predictions: pd.DataFrame, model: str = TUNED, count: int = MISTAKES) -> pd.DataFrame:
    """Return the test images that the retrained models got most confidently wrong, the worst first.

    Columns: `index`, `label`, `predicted` (the most confident wrong answer), `confidence` (the mean over all
    seeds of the confidence in a wrong answer, 0 where the answer was right), `wrong` and `seeds` (counts).
    """
    rows = predictions[predictions["model"] == model]
    seeds = rows["seed"].nunique()
    missed = rows[rows["label"] != rows["predicted"]].sort_values("confidence", ascending=False, kind="stable")
    by_image = missed.groupby("index", sort=True)
    table = by_image.agg(
        label=("label", "first"), predicted=("predicted", "first"), total=("confidence", "sum"), wrong=("seed", "size")
    ).reset_index()
    table = table.assign(confidence=table["total"] / max(seeds, 1), seeds=seeds).drop(columns="total")
    return table.sort_values(["confidence", "index"], ascending=[False, True]).head(count)


@style.drawing(font=12)
def sample_predictions(
    predictions: pd.DataFrame, images: Images, class_names: tuple[str, ...], model: str = TUNED
) -> Figure:
    """Draw five test images, spread evenly over the test set, with the predicted and the true class."""
    chosen = sample_rows(predictions, model)
    figure, axes = style.panels(11, 2.75, 1, SAMPLES)
    for panel, row in zip(axes, chosen.to_dict("records"), strict=False):
        _picture(panel, images[int(row["index"])])
        _caption(panel, row, class_names)
    for spare in axes[len(chosen) :]:
        spare.remove()
    return figure


@style.drawing(font=12)
def mistakes(predictions: pd.DataFrame, images: Images, class_names: tuple[str, ...], model: str = TUNED) -> Figure:
    """Draw the test images that the retrained models got most confidently wrong."""
    table = worst_mistakes(predictions, model)
    rows = 1 + (len(table) > SAMPLES)
    figure, axes = style.panels(11, 3.0 * rows, rows, SAMPLES)
    for panel, row in zip(axes, table.to_dict("records"), strict=False):
        _picture(panel, images[int(row["index"])])
        _caption(panel, row, class_names)
        panel.set_xlabel(f"image {row['index']}, wrong in {row['wrong']} of {row['seeds']}", fontsize="x-small")
    for spare in axes[len(table) :]:
        spare.remove()
    return figure


def _picture(axes: Axes, image: np.ndarray) -> None:
    values = np.asarray(image, dtype=float).squeeze()
    finite = values[np.isfinite(values)]
    if values.ndim == 3:
        axes.set_gid(style.PHOTO)
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    values = np.nan_to_num(values, nan=low, posinf=high, neginf=low)
    axes.imshow((values - low) / ((high - low) or 1.0), cmap="Greys", vmin=0, vmax=1, interpolation="none")
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set(visible=True, color=style.FAINT)


def _caption(axes: Axes, row: dict[Hashable, Any], class_names: tuple[str, ...]) -> None:
    right = row["label"] == row["predicted"]
    text = f"predicted {_class(class_names, row['predicted'])} ({row['confidence']:.1%})"
    axes.set_title(f"{text}\ntrue {_class(class_names, row['label'])}", loc="center", fontsize="small",
                   color=style.INK if right else style.TUNED, weight="normal" if right else "bold")  # fmt: skip


def _class(class_names: tuple[str, ...], index: float) -> str:
    return style.short(class_names[int(index)], 12)


def reliability(predictions: pd.DataFrame, model: str, bins: int = 10) -> pd.DataFrame:
    """Bin predictions by confidence: mean `confidence`, `accuracy` and `count` of each bin that is not empty.

    Source: Guo et al. 2017, On Calibration of Modern Neural Networks, section 2.
    """
    rows = predictions[(predictions["model"] == model) & np.isfinite(predictions["confidence"].astype(float))]
    table = pd.DataFrame(
        {
            "bin": np.clip(np.ceil(rows["confidence"].to_numpy(float) * bins).astype(int) - 1, 0, bins - 1),
            "confidence": rows["confidence"].to_numpy(float),
            "right": (rows["label"] == rows["predicted"]).to_numpy(),
        }
    ).groupby("bin")
    return table.agg(
        confidence=("confidence", "mean"), accuracy=("right", "mean"), count=("right", "size")
    ).reset_index(drop=True)


def reliability_table(predictions: pd.DataFrame, models: list[str]) -> pd.DataFrame:
    """List the reliability bins of several models, one below the other."""
    return pd.concat([reliability(predictions, model).assign(model=model) for model in models], ignore_index=True)


def answers_enough(predictions: pd.DataFrame, model: str = TUNED) -> bool:
    """Return whether a reliability bin of a model has enough answers to be drawn."""
    return bool((reliability(predictions, model)["count"] >= FEWEST).any())


def calibration_error(table: pd.DataFrame) -> float:
    """Return the expected calibration error of reliability bins, a share (Guo et al. 2017, equation 3)."""
    gaps = (table["accuracy"] - table["confidence"]).abs()
    return float((gaps * table["count"]).sum() / table["count"].sum())


def wilson(share: np.ndarray, count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the 95% interval of a share of `count` answers (Wilson 1927, score interval)."""
    z2 = 1.959963984540054**2
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = np.sqrt(z2 * (share * (1 - share) / count + z2 / (4 * count**2))) / (1 + z2 / count)
    return middle - half, middle + half


@style.drawing()
def reliability_curve(predictions: pd.DataFrame, models: list[str]) -> Figure:
    """Draw accuracy by confidence for the tuned model and the first baseline, and the number of images in each bin."""
    figure, (top, bottom) = style.panels(7.5, 6.6, 2, 1, sharex=True, height_ratios=[4, 1.2])
    top.plot([0, 1], [0, 1], ":", color=style.MUTED, lw=1.2)
    for model in models:
        table = reliability(predictions, model)
        error = calibration_error(table)
        table = table[table["count"] >= FEWEST]
        tuned = model == TUNED
        label = f"{style.short(model)}, calibration error {error:.2%}"
        look: dict[str, Any] = {"color": style.TUNED if tuned else style.BASELINE, "marker": "o" if tuned else "s"}
        low, high = wilson(table["accuracy"].to_numpy(), table["count"].to_numpy())
        top.vlines(table["confidence"], low, high, color=look["color"], lw=1.2, alpha=0.6)
        top.plot(table["confidence"], table["accuracy"], "-" if tuned else "--", lw=1.8, ms=6, label=label, **look)
        bottom.plot(table["confidence"], table["count"], "-" if tuned else "--", lw=1.2, ms=4, **look)
    top.set(ylabel="accuracy of those answers (%)", ylim=(-0.02, 1.02))
    bottom.set(xlabel="confidence of the answer (%)", ylabel="answers\n(count)", yscale="log", xlim=(0, 1.02))
    bottom.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    bottom.yaxis.set_minor_locator(NullLocator())
    for panel in (top, bottom):
        panel.grid(axis="y")
    style.metric_axis(top.yaxis, "accuracy")
    style.metric_axis(bottom.xaxis, "accuracy")
    style.legend_above(figure, top, columns=1)
    return figure
