"""Which hyperparameters mattered."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from keras_search.errors import KerasSearchError
from keras_search.tuner.verdict.expectation import sign_of

FEWEST_TRIALS = 4
RESAMPLES = 200
TOP_SHARE = 0.25
CLASSES = 6
TOP_TRIALS = 5
COLUMNS = ("hyperparameter", "importance", "low", "high")
INACTIVE = -1
FEWEST_ACTIVE = 2
"""The number of trials in which a hyperparameter must be active to be measured."""
ROUNDING = 1e-24
"""A divergence below this is that of equal distributions: where nothing matters, it would be all that is shared."""

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


def importance(trials: pd.DataFrame, hyperparameters: Sequence[str], direction: str, seed: int = 0) -> pd.DataFrame:
    """Measure how much each hyperparameter decides whether a trial is among the best, with 95% intervals.

    The measure is PED-ANOVA (Watanabe, Bansal and Hutter 2023, IJCAI, "PED-ANOVA: Efficiently Quantifying
    Hyperparameter Importance in Arbitrary Subspaces"; for hyperparameters that not all trials have, its conditional
    form, arXiv 2601.20800): how far the values of the best quarter of the trials, at least 5, are from those of all.
    For the same classes it is what Optuna's `PedAnovaImportanceEvaluator` returns, computed for all resamples at once.
    Numbers with more than six values enter as six classes of about equal size, so that a logarithmic scale needs no
    guess, and densities, which a few dozen trials do not support, no bandwidth. If a hyperparameter is inactive (None,
    NaN), the trial does not count for it. A trial that another one continued (`parent`) gives way to that one.

    The interval is the percentile bootstrap over trials, widened to hold the estimate where resampling, which
    repeats trials, has moved away from it. With few trials it is as wide as the answer is uncertain.

    Args:
        trials: The frame of trials: `state`, `score`, a column a hyperparameter; `trial`, `parent` if present.
        hyperparameters: The columns to measure.
        direction: "max" or "min", what a good score is.
        seed: Seed of the bootstrap.

    Returns:
        The columns `hyperparameter`, `importance` (shares that add up to 1, or all 0 if nothing varies),
        `low`, `high`; the most important first; no rows with fewer than 4 completed trials.

    Raises:
        KerasSearchError: the direction is neither, or a hyperparameter has no column.
    """
    _check(trials, hyperparameters, direction)
    kept = _last_completed(trials)
    if len(kept) < FEWEST_TRIALS or not hyperparameters:
        return pd.DataFrame(columns=list(COLUMNS)).astype(dict.fromkeys(COLUMNS[1:], "float64"))
    count = len(kept)
    samples = np.random.default_rng(seed).integers(count, size=(RESAMPLES, count))
    codes = [_codes(kept[name].tolist()) for name in hyperparameters]
    scores = sign_of(direction) * kept["score"].to_numpy(np.float64)
    shares = _shares(np.ones((1, count), np.int64), scores, codes)[0]
    drawn = _shares(np.array([np.bincount(sample, minlength=count) for sample in samples]), scores, codes)
    frame = pd.DataFrame({
        "hyperparameter": list(hyperparameters),
        "importance": shares,
        "low": np.minimum(shares, np.quantile(drawn, 0.025, axis=0)),
        "high": np.maximum(shares, np.quantile(drawn, 0.975, axis=0)),
    })  # fmt: skip
    return frame.sort_values("importance", ascending=False, kind="stable", ignore_index=True)


def _check(trials: pd.DataFrame, hyperparameters: Sequence[str], direction: str) -> None:
    sign_of(direction)
    if missing := [name for name in hyperparameters if name not in trials.columns]:
        raise KerasSearchError(
            f"No column {missing[0]!r} in the trials. Their columns: {', '.join(map(str, trials.columns))}."
        )


def _last_completed(trials: pd.DataFrame) -> pd.DataFrame:
    """Select the completed trials with a finite score, only the longest training of each configuration."""
    completed = trials[(trials["state"] == "completed") & np.isfinite(trials["score"].astype("float64"))]
    if {"trial", "parent"} <= set(completed.columns):
        completed = completed[~completed["trial"].isin(completed["parent"])]
    return completed


def _codes(values: Sequence[Any]) -> Counts:
    """Number each value's class, `INACTIVE` without a value: itself, or with many numbers one of about equal size."""
    active = [index for index, value in enumerate(values) if not _inactive(value)]
    classes = _classes([values[index] for index in active])
    numbers = {name: number for number, name in enumerate(sorted(set(classes)))}
    codes = np.full(len(values), INACTIVE)
    codes[active] = [numbers[name] for name in classes]
    return codes


def _inactive(value: object) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def _classes(values: Sequence[Any]) -> list[str]:
    """Return each value's class: the value itself, or with many numbers one of six classes of about equal size."""
    many = len(set(values)) > CLASSES
    if not many or any(isinstance(value, bool) or not isinstance(value, int | float | np.number) for value in values):
        return [repr(value) for value in values]
    shares = pd.Series(values, dtype="float64").rank(pct=True)
    return [str(math.ceil(share * CLASSES)) for share in shares]


def _shares(drawn: Counts, scores: Floats, codes: Sequence[Counts]) -> Floats:
    """Return the importance of each hyperparameter in each resample, `(n_resamples, n)`, as shares of their sum.

    `drawn` `(n_resamples, n_trials)` is how often a resample has a trial, `scores` `(n_trials,)` are the better the
    higher, and `codes` are the classes of each hyperparameter, each `(n_trials,)`.
    """
    best = drawn * (scores >= _cutoffs(drawn, scores)[:, None])
    raw = np.stack([_divergences(drawn, best, of_one) for of_one in codes], axis=1)
    sums = raw.sum(axis=1, keepdims=True)
    shares: Floats = np.divide(raw, sums, out=raw, where=sums > 0)
    return shares


def _cutoffs(drawn: Counts, scores: Floats) -> Floats:
    """Return the lowest score that is among the best of each resample, `(n_resamples,)`."""
    count = int(drawn[0].sum())
    top = max(math.ceil(TOP_SHARE * count), min(TOP_TRIALS, count // 2))
    order = np.argsort(-scores, kind="stable")
    reached = drawn[:, order].cumsum(axis=1) >= top
    cutoffs: Floats = scores[order][reached.argmax(axis=1)]
    return cutoffs


def _divergences(drawn: Counts, best: Counts, codes: Counts) -> Floats:
    """Return how far a hyperparameter's values among the best are from those of all, `(n_resamples,)`.

    That is the Pearson divergence of the two distributions (section 4.1 of the paper), weighted with the shares of the
    trials in which the hyperparameter is active.
    """
    classes = int(codes.max()) + 1
    if classes < 2:
        return np.zeros(len(drawn))
    members = (codes[:, None] == np.arange(classes)).astype(np.int64)
    of_all, of_best = drawn @ members, best @ members
    among_all, among_best = _distribution(of_all), _distribution(of_best)
    divergence = (among_all * (among_best / among_all - 1) ** 2).sum(axis=1)
    divergence[divergence < ROUNDING] = 0
    share = best.sum(axis=1) / drawn.sum(axis=1)
    active_share = of_all.sum(axis=1) / drawn.sum(axis=1)
    active_share_of_best = of_best.sum(axis=1) / best.sum(axis=1)
    known = (of_all.sum(axis=1) >= FEWEST_ACTIVE) & (of_best.sum(axis=1) > 0)
    weight = np.divide(active_share_of_best**2, active_share, out=np.zeros(len(drawn)), where=known)
    measured: Floats = weight * divergence * share**2
    return measured


def _distribution(counts: Counts) -> Floats:
    """Estimate the probability of each class, `(n_resamples, classes)`, from how often it occurs.

    This is a Parzen estimator with one kernel a class that occurs, and one flat kernel, the prior, of weight 1.
    """
    total, classes = counts.sum(axis=1, keepdims=True), counts.shape[1]
    spread = 1 / ((counts > 0).sum(axis=1, keepdims=True) + 1)
    kernels = (counts + total * spread) / (1 + classes * spread)
    estimated: Floats = (kernels + 1 / classes) / (total + 1) + 1e-12
    return estimated
