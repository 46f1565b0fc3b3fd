"""The paired comparison of two models, retrained on the same seeds and measured on the same test images."""

from dataclasses import dataclass

import numpy as np

from keras_search.tuner.errors import KerasSearchError
from keras_search.tuner.interval import (
    Correct,
    Interval,
    Settling,
    bootstrap,
    differences,
    percentile_interval,
    possible,
    settling,
    two_sided_p,
)
from keras_search.tuner.significance import (
    McNemar,
    Outperforming,
    Permutation,
    mcnemar_test,
    outperforming,
    sign_flip_test,
)

LEVEL = 0.05
SETTLED = Settling(0, "settled", None)


@dataclass(frozen=True)
class Comparison:
    """Hold the tuned model beside one baseline; accuracies and differences are fractions of test images."""

    seeds: int
    test_images: int
    tuned_accuracy: float
    baseline_accuracy: float
    difference: float
    interval: Interval
    p_value: float
    seeds_won: int
    seeds_tied: int
    probability: Outperforming
    permutation: Permutation
    mcnemar: McNemar
    settling: Settling


def compare(
    tuned: Correct,
    baseline: Correct,
    seed: int = 0,
    *,
    exported: int = 0,
    level: float = LEVEL,
) -> Comparison:
    """Compare two models that were retrained on the same seeds and measured on the same test images.

    Args:
        tuned: Whether each test image was classified correctly, `(seeds, n_test)` of booleans.
        baseline: The same for the baseline; row `i` of both was trained with the same seed.
        seed: Seed of the bootstrap and of the random flips.
        exported: The row of the pair that McNemar's test is about.
        level: The level that a further seed is asked to reach, smaller with several baselines.

    Raises:
        KerasSearchError: the shapes differ, are not two-dimensional or empty, or there is no such row.
    """
    table = differences(tuned, baseline)
    seeds, images = table.shape
    if not 0 <= exported < seeds:
        raise KerasSearchError(
            f"Expected the row of the exported model in 0..{seeds - 1}, received {exported}. "
            "Name one of the retrained models."
        )
    draws = bootstrap(table, seed)
    p_value = two_sided_p(draws)
    settled = seeds > 1 and p_value <= level
    by_seed = table.sum(axis=1, dtype=np.int64)
    return Comparison(
        seeds=seeds,
        test_images=images,
        tuned_accuracy=float(np.mean(tuned)),
        baseline_accuracy=float(np.mean(baseline)),
        difference=float(by_seed.sum()) / table.size,
        interval=possible(percentile_interval(draws)),
        p_value=p_value,
        seeds_won=int(np.count_nonzero(by_seed > 0)),
        seeds_tied=int(np.count_nonzero(by_seed == 0)),
        probability=outperforming(table),
        permutation=sign_flip_test(table, seed),
        mcnemar=mcnemar_test(table[exported]),
        settling=SETTLED if settled else settling(table, level),
    )
