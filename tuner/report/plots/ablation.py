"""What each hyperparameter contributes: the measured steps from the baseline's settings to the best."""

import numpy as np
import pandas as pd
import scipy
from matplotlib.figure import Figure

from keras_search.tuner.report.plots import style
from keras_search.tuner.system.numbers import is_share, points, signed


def step_labels(frame: pd.DataFrame, start: str = "the first settings") -> list[str]:
    """Name each step by the setting that it changed and its value, such as `units_1 = 512`; `start` names the first."""
    labels = []
    for name, value in zip(frame["hyperparameter"], frame["value"], strict=True):
        text = f"{value:.4g}" if isinstance(value, float) else str(value)
        labels.append(style.short(f"{name} = {text}" if name else start, style.room(40, 26)))
    return labels


def findings(frame: pd.DataFrame, objective: str, direction: str) -> str:
    """Describe which step gained most, and how many steps are more than the luck of the seed."""
    steps = frame.iloc[1:]
    if "gain" not in frame or steps.empty:
        return ""
    sign = 1 if direction == "max" else -1
    gains = sign * steps["gain"].to_numpy(float)
    if not np.isfinite(gains).any() or np.nanmax(gains) <= 0:
        return "No step improved the score on average over the seeds."
    place = int(np.nanargmax(gains))
    row, label = steps.iloc[place], step_labels(steps)[place]
    edges = [float(row["gain_low"]), float(row["gain_high"])]
    interval = (
        f" (95% interval {' to '.join(_gap(edge, objective) for edge in edges)})" if np.isfinite(edges).all() else ""
    )
    sure = int(((steps["gain_low"] > 0) | (steps["gain_high"] < 0)).sum())
    return (
        f"The largest gain came from {label}: {_gap(float(row['gain']), objective)}"
        f"{' points' * is_share(objective)}{interval}. "
        f"Of {len(steps)} step{'s' * (len(steps) != 1)}, {sure} differ{'s' * (sure == 1)} from the one before by more "
        "than the luck of the seed."
    )


def _gap(value: float, objective: str) -> str:
    return points(value) if is_share(objective) else signed(value, 4)


def half_widths(frame: pd.DataFrame) -> np.ndarray:
    """Return half of each step's 95% t interval over its seeds, 0 where it has one seed."""
    seeds = frame["seeds"].to_numpy(float)
    freedom = np.maximum(seeds - 1, 1)
    halves = scipy.special.stdtrit(freedom, 0.975) * frame["score_std"].to_numpy(float) / np.sqrt(seeds)
    return np.where(seeds > 1, halves, 0.0)


@style.drawing()
def ablation(frame: pd.DataFrame, objective: str, start: str = "the first settings") -> Figure:
    """Draw the mean score after each step from the first settings to the best ones, with its interval."""
    scale = 100.0 if is_share(objective) else 1.0
    scores, widths = frame["score"].to_numpy(float) * scale, half_widths(frame) * scale
    places = np.arange(len(frame))
    height = 1.2 + 0.34 * len(frame)
    figure, (axes,) = style.panels(11, height, phone_row=height)
    axes.plot(scores, places, color=style.FAINT, lw=1.2, zorder=1)
    axes.hlines(places, scores - widths, scores + widths, color=style.FAINT, lw=6, zorder=2)
    axes.scatter(scores, places, s=42, color=style.INK, zorder=3)
    axes.scatter(scores[:1], places[:1], s=60, marker="s", color=style.BASELINE, zorder=4)
    axes.scatter(scores[-1:], places[-1:], s=70, color=style.TUNED, zorder=4)
    axes.set_yticks(places, step_labels(frame, start))
    axes.set_ylim(len(frame) - 0.5, -0.5)
    axes.set_xlabel(f"{style.metric_label(objective)}, mean over {int(frame['seeds'].max())} seeds")
    axes.grid(axis="x")
    return figure
