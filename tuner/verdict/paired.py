"""The paired comparison of two models, retrained on the same seeds and measured on the same test examples."""

import math
from dataclasses import dataclass

import numpy as np
import scipy

from keras_search.errors import KerasSearchError
from keras_search.tuner.verdict.crossed import Differences, Scores, differences, seed_sums, total_of
from keras_search.tuner.verdict.interval import (
    Interval,
    Settling,
    bootstrap,
    percentile_interval,
    possible,
    settling,
    settling_seeds,
    two_sided_p,
)
from keras_search.tuner.verdict.measure import Measure
from keras_search.tuner.verdict.significance import (
    McNemar,
    Outperforming,
    Permutation,
    Wilcoxon,
    mcnemar_test,
    outperforming,
    sign_flip_test,
    wilcoxon_test,
)

LEVEL = 0.05
SETTLED = Settling(0, "settled", None)


@dataclass(frozen=True)
class Comparison:
    """Hold the tuned model beside one baseline, in the unit of the measure.

    `test_images` counts the test examples, 0 if the measure is not known for each. The test of the exported pair is
    McNemar's for what is right or wrong, Wilcoxon's for errors, and none if an example has no score of its own.
    """

    seeds: int
    test_images: int
    tuned: float
    baseline: float
    difference: float
    interval: Interval
    p_value: float
    seeds_won: int
    seeds_tied: int
    probability: Outperforming
    permutation: Permutation
    mcnemar: McNemar | None
    wilcoxon: Wilcoxon | None
    settling: Settling


def compare(
    tuned: Scores,
    baseline: Scores,
    seed: int = 0,
    *,
    measure: Measure,
    exported: int = 0,
    level: float = LEVEL,
) -> Comparison:
    """Compare two models that were retrained on the same seeds and measured on the same test examples.

    Args:
        tuned: Scores of the tuned model, `(seeds, n_test)`: whether it was right, minus its error, or what the example
            contributes to a metric. Where only the metric of each seed is known, `(seeds, 1)`.
        baseline: The same for the baseline; row `i` of both was trained with the same seed.
        seed: Seed of the bootstrap and of the random flips.
        measure: The name of the mean of the scores, and its sign.
        exported: The row of the pair that the test of one pair is about.
        level: The significance level to reach with further seeds, smaller with several baselines.

    Raises:
        KerasSearchError: the arrays do not fit each other, or `exported` is out of range.
    """
    table = differences(tuned, baseline)
    seeds, examples = table.shape
    _check_row(exported, seeds)
    interval, p_value = _student(table) if measure.seeds_only else _nested(table, seed)
    settled = seeds > 1 and p_value <= level
    by_seed = seed_sums(table)
    mcnemar, wilcoxon = _test_pair(table[exported], measure)
    return Comparison(
        seeds=seeds,
        test_images=0 if measure.seeds_only else examples,
        tuned=measure.sign * float(np.mean(tuned)),
        baseline=measure.sign * float(np.mean(baseline)),
        difference=measure.sign * total_of(table) / table.size,
        interval=_measured(interval, measure),
        p_value=p_value,
        seeds_won=int(np.count_nonzero(by_seed > 0)),
        seeds_tied=int(np.count_nonzero(by_seed == 0)),
        probability=outperforming(table),
        permutation=sign_flip_test(table, seed),
        mcnemar=mcnemar,
        wilcoxon=wilcoxon,
        settling=SETTLED if settled else _settling(table, measure, level),
    )


def _check_row(exported: int, seeds: int) -> None:
    if not 0 <= exported < seeds:
        raise KerasSearchError(
            f"Expected the row of the exported model in 0..{seeds - 1}, received {exported}. "
            "Name one of the retrained models."
        )


def _nested(table: Differences, seed: int) -> tuple[Interval, float]:
    draws = bootstrap(table, seed)
    return percentile_interval(draws), two_sided_p(draws)


def _student(table: Differences) -> tuple[Interval, float]:
    """Return the interval and the p-value of the paired t-test over seeds (Student 1908, Biometrika 6(1)).

    If all seeds differ by the same amount, as with a coarse metric, t has no spread to use: the p-value is then that
    of flipping whole seeds, and one seed has neither.
    """
    by_seed = seed_sums(table) / table.shape[1]
    mean, seeds = float(by_seed.mean()), len(by_seed)
    if seeds == 1:
        return Interval(math.nan, math.nan), 1.0
    spread = float(by_seed.std(ddof=1))
    if spread <= 1e-9 * abs(mean):
        return Interval(mean, mean), 1.0 if mean == 0 else 2 / 2**seeds
    half = float(scipy.special.stdtrit(seeds - 1, 0.975)) * spread / math.sqrt(seeds)
    t = mean / (spread / math.sqrt(seeds))
    return Interval(mean - half, mean + half), 2 * float(scipy.special.stdtr(seeds - 1, -abs(t)))


def _settling(table: Differences, measure: Measure, level: float) -> Settling:
    return settling_seeds(table, level) if measure.seeds_only else settling(table, level)


def _test_pair(row: Differences, measure: Measure) -> tuple[McNemar | None, Wilcoxon | None]:
    if row.dtype == np.int8:
        return mcnemar_test(row.astype(np.int8)), None
    simple = not measure.seeds_only and measure.pairwise
    return None, wilcoxon_test(row.astype(np.float64)) if simple else None


def _measured(interval: Interval, measure: Measure) -> Interval:
    """Convert an interval of a difference of scores to one of the measure."""
    turned = interval if measure.sign > 0 else Interval(-interval.high, -interval.low)
    return possible(turned) if measure.bounded or measure.is_share else turned
