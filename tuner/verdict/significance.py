"""The tests beside the interval: over seeds, over examples, and over several baselines."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

from keras_search.tuner.verdict.crossed import ROUNDING, Differences, seed_sums
from keras_search.tuner.verdict.interval import Interval

THRESHOLD = 0.75
MOST_EXACT_SEEDS = 16
FLIPS = 99_999


@dataclass(frozen=True)
class Outperforming:
    """Hold the probability that A beats B on a new seed, with its 95% interval and what follows from it.

    `conclusion` is "not significant" (the interval holds 0.5), "not meaningful" (it stays at or below the
    threshold), or "significant and meaningful"; for a probability under one half it is that of B beating A.
    """

    value: float
    interval: Interval
    threshold: float
    conclusion: str


@dataclass(frozen=True)
class Permutation:
    """Hold the two-sided p-value of a sign-flip test, and whether every flip was tried."""

    p_value: float
    exact: bool


@dataclass(frozen=True)
class McNemar:
    """Hold the examples that only one of two models got right, and the two-sided exact p-value."""

    only_tuned: int
    only_baseline: int
    p_value: float


@dataclass(frozen=True)
class Wilcoxon:
    """Hold the examples on which either of two models was closer, and the two-sided p-value."""

    tuned_nearer: int
    baseline_nearer: int
    p_value: float


def outperforming(table: Differences, threshold: float = THRESHOLD) -> Outperforming:
    """Estimate the probability that A beats B on a new seed, both measured on these test examples.

    The criterion is that of Bouthillier et al. 2021, "Accounting for Variance in Machine Learning
    Benchmarks", section 4: significant if the interval of P(A > B) is above 0.5, meaningful if it reaches
    above 0.75. A tie counts as half a win. Their percentile bootstrap is meant for some 30 seeds; after 5
    wins of 5 it would say "from 1 to 1". This interval is the exact one of Clopper and Pearson 1934
    (Biometrika 26(4)), which covers the truth at least 95% of the time.

    Args:
        table: Differences A minus B, `(seeds, examples)`.
        threshold: The probability that makes a difference meaningful.
    """
    by_seed = seed_sums(table)
    seeds = len(by_seed)
    wins = float(np.count_nonzero(by_seed > 0) + np.count_nonzero(by_seed == 0) / 2)
    interval = _clopper_pearson(wins, seeds)
    return Outperforming(wins / seeds, interval, threshold, _conclusion(interval, threshold))


def _clopper_pearson(wins: float, trials: int, level: float = 0.05) -> Interval:
    losses = trials - wins
    low = float(scipy.special.betaincinv(wins, losses + 1, level / 2)) if wins else 0.0
    high = float(scipy.special.betaincinv(wins + 1, losses, 1 - level / 2)) if losses else 1.0
    return Interval(low, high)


def _conclusion(interval: Interval, threshold: float) -> str:
    if interval.low <= 0.5 <= interval.high:
        return "not significant"
    reached = interval.high if interval.low > 0.5 else 1 - interval.low
    return "significant and meaningful" if reached > threshold else "not meaningful"


def sign_flip_test(table: Differences, seed: int) -> Permutation:
    """Test over seeds that A and B are exchangeable, by flipping the sign of whole seeds.

    Every flip is tried up to 16 seeds (65,536 flips); with more, 99,999 random ones, counted as Davison and
    Hinkley 1997 do, "Bootstrap Methods and their Application", section 4.2. The smallest p-value of `n` seeds
    is `2 / 2**n`: with 5 seeds or fewer this test alone can never reach 0.05.

    Args:
        table: Differences A minus B, `(seeds, examples)`.
        seed: Seed of the random flips.
    """
    signed = seed_sums(table)
    by_seed = np.sort(np.abs(signed))
    observed = abs(math.fsum(signed)) - ROUNDING * float(by_seed.sum())
    if len(by_seed) <= MOST_EXACT_SEEDS:
        sums = np.zeros(1, dtype=by_seed.dtype)
        for size in by_seed:
            sums = np.concatenate([sums + size, sums - size])
        return Permutation(float(np.mean(np.abs(sums) >= observed)), exact=True)
    flips = np.random.default_rng(seed).choice([-1, 1], size=(FLIPS, len(by_seed)))
    reached = np.count_nonzero(np.abs(flips @ by_seed) >= observed)
    return Permutation((1 + int(reached)) / (1 + FLIPS), exact=False)


def mcnemar_test(differences: npt.NDArray[np.int8]) -> McNemar:
    """Test one pair of models on their test examples, `(examples,)`: McNemar's test in its exact binomial form.

    Dietterich 1998, "Approximate Statistical Tests for Comparing Supervised Classification Learning
    Algorithms", section 3.1, recommends it where a model was trained once; it says nothing about other seeds. Twice
    the smaller tail of a binomial distribution is an incomplete beta function (DLMF 8.17.5).
    """
    tuned, baseline = int(np.count_nonzero(differences > 0)), int(np.count_nonzero(differences < 0))
    fewer, more = sorted((tuned, baseline))
    p_value = min(1.0, 2 * float(scipy.special.betainc(more, fewer + 1, 0.5))) if more else 1.0
    return McNemar(tuned, baseline, p_value)


def wilcoxon_test(differences: npt.NDArray[np.float64]) -> Wilcoxon:
    """Test one pair of models on their test examples, `(examples,)`: Wilcoxon's signed-rank test.

    It stands for McNemar's where an error has a size (Wilcoxon 1945, Biometrics Bulletin 1(6)): it asks whether the
    differences lie evenly around zero, and says nothing about other seeds.
    """
    tuned, baseline = int(np.count_nonzero(differences > 0)), int(np.count_nonzero(differences < 0))
    p_value = float(scipy.stats.wilcoxon(differences[differences != 0]).pvalue) if tuned + baseline else 1.0
    return Wilcoxon(tuned, baseline, p_value)


def holm(p_values: Sequence[float]) -> list[float]:
    """Correct p-values for being several (Holm 1979, Scandinavian Journal of Statistics 6(2), section 2).

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda index: p_values[index])):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted
