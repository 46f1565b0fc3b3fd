"""The paired comparison of two models, retrained on the same seeds and measured on the same test examples."""

from dataclasses import dataclass

import numpy as np

from keras_search.errors import KerasSearchError
from keras_search.tuner.verdict.crossed import Differences, Scores, differences, line_sums
from keras_search.tuner.verdict.interval import (
    Interval,
    Settling,
    bootstrap,
    percentile_interval,
    possible,
    settling,
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
    """Hold the tuned model beside one baseline, in the unit of the measure: shares of the examples, or errors.

    The test of the exported pair is McNemar's for what is right or wrong, and Wilcoxon's for errors.
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
        tuned: Scores of the tuned model, `(seeds, n_test)`: whether it was right, or minus its error.
        baseline: The same for the baseline; row `i` of both was trained with the same seed.
        seed: Seed of the bootstrap and of the random flips.
        measure: What the mean of the scores is called, and its sign.
        exported: The row of the pair that the test of one pair is about.
        level: The level that a further seed is asked to reach, smaller with several baselines.

    Raises:
        KerasSearchError: the arrays do not fit each other, or there is no such row.
    """
    table = differences(tuned, baseline)
    seeds, examples = table.shape
    if not 0 <= exported < seeds:
        raise KerasSearchError(
            f"Expected the row of the exported model in 0..{seeds - 1}, received {exported}. "
            "Name one of the retrained models."
        )
    draws = bootstrap(table, seed)
    p_value = two_sided_p(draws)
    settled = seeds > 1 and p_value <= level
    by_seed = line_sums(table)
    mcnemar, wilcoxon = _test_pair(table[exported])
    return Comparison(
        seeds=seeds,
        test_images=examples,
        tuned=measure.sign * float(np.mean(tuned)),
        baseline=measure.sign * float(np.mean(baseline)),
        difference=measure.sign * float(by_seed.sum()) / table.size,
        interval=_measured(percentile_interval(draws), measure),
        p_value=p_value,
        seeds_won=int(np.count_nonzero(by_seed > 0)),
        seeds_tied=int(np.count_nonzero(by_seed == 0)),
        probability=outperforming(table),
        permutation=sign_flip_test(table, seed),
        mcnemar=mcnemar,
        wilcoxon=wilcoxon,
        settling=SETTLED if settled else settling(table, level),
    )


def _test_pair(row: Differences) -> tuple[McNemar | None, Wilcoxon | None]:
    if row.dtype == np.int8:
        return mcnemar_test(row.astype(np.int8)), None
    return None, wilcoxon_test(row.astype(np.float64))


def _measured(interval: Interval, measure: Measure) -> Interval:
    """Turn an interval of a difference of scores into one of the measure."""
    if measure.is_share:
        return possible(interval)
    return Interval(-interval.high, -interval.low)
