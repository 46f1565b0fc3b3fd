"""What each hyperparameter is worth: the measured way from the baseline's settings to the best."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.stats import t as student

from keras_search.tuner.report.plots import style
from keras_search.tuner.system.numbers import is_share


def step_labels(frame: pd.DataFrame) -> list[str]:
    """Name each step by what it changed and to which value, such as `units_1 = 512`."""
    labels = []
    for name, value in zip(frame["hyperparameter"], frame["value"], strict=True):
        text = f"{value:.4g}" if isinstance(value, float) else str(value)
        labels.append(style.short(f"{name} = {text}", 40) if name else "the baseline's settings")
    return labels


def half_widths(frame: pd.DataFrame) -> np.ndarray:
    """Give half of each step's 95% t interval over its seeds, 0 where it has one seed."""
    seeds = frame["seeds"].to_numpy(float)
    freedom = np.maximum(seeds - 1, 1)
    return np.where(seeds > 1, student.ppf(0.975, freedom) * frame["score_std"].to_numpy(float) / np.sqrt(seeds), 0.0)


@style.drawing()
def ablation(frame: pd.DataFrame, objective: str) -> Figure:
    """Draw the mean score after each step from the baseline's settings to the best ones, with its interval."""
    scale = 100.0 if is_share(objective) else 1.0
    scores, widths = frame["score"].to_numpy(float) * scale, half_widths(frame) * scale
    places = np.arange(len(frame))
    figure, (axes,) = style.panels(11, 1.2 + 0.34 * len(frame))
    axes.plot(scores, places, color=style.FAINT, lw=1.2, zorder=1)
    axes.hlines(places, scores - widths, scores + widths, color=style.FAINT, lw=6, zorder=2)
    axes.scatter(scores, places, s=42, color=style.INK, zorder=3)
    axes.scatter(scores[:1], places[:1], s=60, marker="s", color=style.BASELINE, zorder=4)
    axes.scatter(scores[-1:], places[-1:], s=70, color=style.TUNED, zorder=4)
    axes.set_yticks(places, step_labels(frame))
    axes.set_ylim(len(frame) - 0.5, -0.5)
    axes.set_xlabel(f"{style.metric_label(objective)}, mean over {int(frame['seeds'].max())} seeds")
    axes.grid(axis="x")
    return figure
