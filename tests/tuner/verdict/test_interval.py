"""The interval, against references computed another way and by simulation of comparisons whose truth is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from keras_search.tuner.verdict.crossed import Differences, crossed, differences
from keras_search.tuner.verdict.interval import bootstrap, percentile_interval, settling, two_sided_p

DRAWS = 999
slow = pytest.mark.slow
SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, max_side=8)
TABLES = st.one_of(
    hnp.arrays(np.int8, SHAPES, elements=st.integers(-1, 1)),
    hnp.arrays(np.float64, SHAPES, elements=st.floats(-1e6, 1e6, width=32)),
)
"""Differences of what is right or wrong, and of errors."""


def simulate(
    rng: np.random.Generator,
    *,
    seeds: int,
    images: int,
    abilities: tuple[float, float],
    seed_spread: float,
    image_spread: float,
    difficulty: float = 0.85,
) -> Differences:
    """Simulate two models that are right where ability, ease of the image, luck of the seed and noise add to > 0.

    All are normal and their variances add to 1, so that the accuracy of a model is the normal distribution
    function of its ability. The ease of an image is the same for both models and all seeds, save for a part of
    standard deviation `image_spread` that is a model's own; the luck of a seed is each model's own.
    """
    noise = np.sqrt(1 - difficulty**2 - seed_spread**2 - image_spread**2)
    ease = difficulty * rng.standard_normal(images, dtype=np.float32)
    right = [
        ability
        + ease
        + image_spread * rng.standard_normal(images, dtype=np.float32)
        + seed_spread * rng.standard_normal((seeds, 1), dtype=np.float32)
        + np.float32(noise) * rng.standard_normal((seeds, images), dtype=np.float32)
        > 0
        for ability in abilities
    ]
    return differences(right[0], right[1])


def cover(comparisons: int, seed: int, abilities: tuple[float, float], **settings: float) -> tuple[float, float]:
    """Give how often, in simulated comparisons, the interval holds the truth and how often it leaves zero out."""
    rng = np.random.default_rng(seed)
    truth = stats.norm.cdf(abilities[0]) - stats.norm.cdf(abilities[1])
    held = excluded = 0
    for number in range(comparisons):
        table = simulate(rng, abilities=abilities, **settings)  # type: ignore[arg-type]
        interval = percentile_interval(bootstrap(table, number, DRAWS))
        held += interval.low <= truth <= interval.high
        excluded += not interval.low <= 0 <= interval.high
    return held / comparisons, excluded / comparisons


@pytest.mark.parametrize(
    ("images", "abilities", "seed_spread", "image_spread"),
    [
        (500, (1.7, 1.6), 0.05, 0.15),
        pytest.param(2_000, (2.1, 2.0), 0.03, 0.3, marks=slow),
        pytest.param(10_000, (2.08, 2.05), 0.02, 0.1, marks=slow),
    ],
)
def test_interval_covers_the_truth_in_95_percent_of_1000_comparisons(
    images: int, abilities: tuple[float, float], seed_spread: float, image_spread: float
) -> None:
    """Accuracies of 95% to 98%, 5 seeds that spread by 0.1 to 0.5 points, models alike and not alike."""
    held, _ = cover(1_000, 7, abilities, seeds=5, images=images, seed_spread=seed_spread, image_spread=image_spread)
    assert 0.93 <= held <= 0.97


@pytest.mark.parametrize("seeds", [2, 3])
def test_interval_covers_the_truth_with_few_and_many_seeds(seeds: int) -> None:
    held, _ = cover(500, 7, (1.8, 1.7), seeds=seeds, images=600, seed_spread=0.05, image_spread=0.15)
    assert 0.93 <= held <= 0.985


@pytest.mark.parametrize(
    ("seeds", "images", "ability"), [(3, 360, 2.3), (5, 360, 1.9), (5, 2_000, 2.05), (2, 360, 2.6)]
)
def test_true_tie_is_seldom_taken_for_a_difference(seeds: int, images: int, ability: float) -> None:
    """Small test sets with a handful of errors are the hard case: the models differ on a few images."""
    tie = (ability, ability)
    _, excluded = cover(500, 11, tie, seeds=seeds, images=images, seed_spread=0.02, image_spread=0.1)
    assert excluded <= 0.05


def test_interval_is_students_where_the_images_agree() -> None:
    """Where seeds make all the difference, the interval is that of the paired t-test over seeds."""
    rng = np.random.default_rng(1)
    table = np.zeros((5, 4_000), dtype=np.int8)
    for row, wins in zip(table, [40, 160, 90, 210, 20], strict=True):
        row[rng.choice(4_000, size=wins, replace=False)] = 1
    interval = percentile_interval(bootstrap(table, 0))
    reference = stats.ttest_1samp(table.mean(axis=1), 0).confidence_interval()
    tolerance = 0.03 * float(reference.high - reference.low)
    assert interval.low == pytest.approx(float(reference.low), abs=tolerance)
    assert interval.high == pytest.approx(float(reference.high), abs=tolerance)


def test_interval_is_the_bootstrap_over_images_where_the_seeds_agree() -> None:
    row = np.random.default_rng(1).choice(np.array([-1, 0, 1], dtype=np.int8), p=[0.1, 0.7, 0.2], size=2_000)
    interval = percentile_interval(bootstrap(np.tile(row, (4, 1)), 0))
    reference = stats.bootstrap((row,), np.mean, method="percentile", rng=np.random.default_rng(0)).confidence_interval
    assert interval.low == pytest.approx(reference.low, abs=0.001)
    assert interval.high == pytest.approx(reference.high, abs=0.001)


def test_interval_of_one_seed_is_near_that_of_bonett_and_price() -> None:
    """The adjusted Wald interval for paired proportions: one more image on each side."""
    table = np.zeros((1, 400), dtype=np.int8)
    table[0, :14], table[0, 14:18] = 1, -1
    interval = percentile_interval(bootstrap(table, 0))
    for_a, for_b, images = 15 / 402, 5 / 402, 402
    half = 1.96 * np.sqrt((for_a + for_b - (for_a - for_b) ** 2) / images)
    assert interval.low == pytest.approx(for_a - for_b - half, abs=0.003)
    assert interval.high == pytest.approx(for_a - for_b + half, abs=0.003)


@pytest.mark.parametrize(("wins", "proven"), [(4, False), (5, False), (6, True), (9, True)])
def test_few_images_prove_what_an_exact_test_says_they_prove(wins: int, proven: bool) -> None:
    """Images that every seed's pair disagrees on, all in favour of one: as in a sign test, six are needed."""
    table = np.zeros((1, 360), dtype=np.int8)
    table[:, :wins] = 1
    assert (percentile_interval(bootstrap(table, 0)).low > 0) == proven
    assert (stats.binomtest(wins, wins).pvalue <= 0.05) == proven


@pytest.mark.parametrize("seeds", [1, 2, 5])
def test_identical_models_have_an_interval_around_zero(seeds: int) -> None:
    interval = percentile_interval(bootstrap(np.zeros((seeds, 360), dtype=np.int8), 0))
    assert interval.low == -interval.high
    assert 0 < interval.high < 0.03
    assert two_sided_p(bootstrap(np.zeros((seeds, 360)), 0)) == 1.0


@settings(max_examples=60)
@given(table=TABLES, seed=st.integers(0, 5))
def test_swapping_the_models_mirrors_the_interval(table: Differences, seed: int) -> None:
    draws, swapped = bootstrap(table, seed, DRAWS), bootstrap(-table, seed, DRAWS)
    np.testing.assert_array_equal(draws, -swapped[::-1])
    assert two_sided_p(draws) == two_sided_p(swapped)


@settings(max_examples=60)
@given(table=TABLES, data=st.data())
def test_no_order_of_seeds_or_images_matters(table: Differences, data: st.DataObject) -> None:
    rows = data.draw(st.permutations(range(table.shape[0])))
    columns = data.draw(st.permutations(range(table.shape[1])))
    shuffled = table[np.ix_(rows, columns)]
    np.testing.assert_array_equal(bootstrap(table, 0, DRAWS), bootstrap(shuffled, 0, DRAWS))
    assert settling(table) == settling(shuffled)


@settings(max_examples=60)
@given(table=TABLES)
def test_p_value_and_interval_agree(table: Differences) -> None:
    draws = bootstrap(table, 0, DRAWS)
    interval = percentile_interval(draws)
    assert np.isfinite([interval.low, interval.high]).all()
    assert interval.low <= crossed(table).difference <= interval.high
    assert (two_sided_p(draws) <= 0.05) == (not interval.low <= 0 <= interval.high)


def test_settling_counts_seeds_until_the_interval_would_leave_zero_out() -> None:
    """Copies of the seeds there are keep the difference and its spread: so many must do, half of it must not."""
    rng = np.random.default_rng(2)
    table = np.zeros((5, 4_000), dtype=np.int8)
    for row, wins in zip(table, [40, -15, 30, 5, -10], strict=True):
        row[rng.choice(4_000, size=abs(wins), replace=False)] = np.sign(wins)
    asked = settling(table)
    assert asked.more_seeds is not None
    assert asked.limit == "seeds"
    copies = round((5 + asked.more_seeds) / 5)
    assert copies > 1
    assert percentile_interval(bootstrap(np.tile(table, (2 * copies, 1)), 0)).low > 0
    assert percentile_interval(bootstrap(np.tile(table, (copies // 2, 1)), 0)).low < 0


def test_settling_says_when_the_test_images_are_the_limit() -> None:
    """The same three images of 100 in favour and the same two against, whatever the seed."""
    row = np.zeros(100, dtype=np.int8)
    row[:3], row[3:5] = 1, -1
    asked = settling(np.tile(row, (5, 1)))
    assert (asked.more_seeds, asked.limit) == (None, "test images")
    assert asked.test_images is not None
    assert asked.test_images > 1_000


def test_settling_without_a_difference_or_with_one_seed() -> None:
    nothing = settling(np.zeros((3, 50), dtype=np.int8))
    assert (nothing.more_seeds, nothing.limit, nothing.test_images) == (None, "no difference", None)
    one = settling(np.ones((1, 50), dtype=np.int8))
    assert (one.more_seeds, one.limit) == (2, "seeds")
