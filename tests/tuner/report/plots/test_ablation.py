"""The plot of the ablation."""

import numpy as np
import pandas as pd
from scipy import stats

from keras_search.tuner.report.plots.ablation import ablation, findings, half_widths, step_labels

FRAME = pd.DataFrame(
    [
        [0, "", None, 3, 0.95, 0.004],
        [1, "units_1", 512, 3, 0.96, 0.002],
        [2, "learning_rate", 0.00123456, 1, 0.97, 0.0],
    ],
    columns=["step", "hyperparameter", "value", "seeds", "score", "score_std"],
)


def test_the_interval_is_that_of_scipy() -> None:
    low, high = stats.t.interval(0.95, 2, loc=0, scale=0.004 / np.sqrt(3))
    np.testing.assert_allclose(half_widths(FRAME)[0], (high - low) / 2)
    assert half_widths(FRAME)[2] == 0.0


def test_steps_are_named_by_what_they_change() -> None:
    assert step_labels(FRAME, "mlp's settings") == ["mlp's settings", "units_1 = 512", "learning_rate = 0.001235"]


def test_the_axes_are_named_with_their_unit() -> None:
    (axes,) = ablation(FRAME, "val_accuracy").axes
    assert axes.get_xlabel() == "validation accuracy (%), mean over 3 seeds"
    assert [label.get_text() for label in axes.get_yticklabels()] == step_labels(FRAME)


def test_what_is_said_follows_from_the_steps() -> None:
    """By how much each step moved the score on the same seeds, and whether that is more than their luck."""
    frame = FRAME.assign(gain=[np.nan, 0.01, -0.002], gain_low=[np.nan, 0.004, -0.01], gain_high=[np.nan, 0.016, 0.006])
    assert findings(frame, "val_accuracy", "max") == (
        "The largest gain came from units_1 = 512: +1.00 points (95% interval +0.40 to +1.60). Of 2 steps, 1 differs "
        "from the one before by more than the luck of the seed."
    )
    assert findings(frame, "val_loss", "min").startswith(
        "The largest gain came from learning_rate = 0.001235: \N{MINUS SIGN}0.0020"
    )
    worse = frame.assign(gain=[np.nan, -0.01, -0.002])
    assert findings(worse, "val_accuracy", "max") == "No step improved the score on average over the seeds."
    assert findings(FRAME, "val_accuracy", "max") == ""
