"""The interval of a difference in mean absolute error, by simulation of comparisons whose truth is known."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from keras_search.tuner.verdict.crossed import Differences, Floats, differences
from keras_search.tuner.verdict.interval import bootstrap, percentile_interval, settling

Draw = Callable[[np.random.Generator, tuple[int, ...]], Floats]

DRAWS = 999
slow = pytest.mark.slow
PARTS = (0.7, 0.5, 0.5)
NOISES: dict[str, Draw] = {
    "normal": lambda rng, shape: rng.standard_normal(shape),
    "heavy tails": lambda rng, shape: rng.standard_t(3, shape) / np.sqrt(3),
    "skewed": lambda rng, shape: (rng.lognormal(0, 1, shape) - np.exp(0.5)) / 2.16,
}


def simulate(
    rng: np.random.Generator, draw: Draw, scales: tuple[float, float], seeds: int, examples: int
) -> Differences:
    """Simulate the absolute errors of two models, of which `scales` are the sizes.

    An error is made of a part that the example brings for both models and all seeds, one of the model's own, and one
    of the training's own; a training is lucky or not by 3%.
    """
    shared = draw(rng, (examples,))
    scores = []
    for scale in scales:
        parts = shared, draw(rng, (examples,)), draw(rng, (seeds, examples))
        luck = 1 + 0.03 * rng.standard_normal((seeds, 1))
        scores.append(-np.abs(scale * luck * sum(size * part for size, part in zip(PARTS, parts, strict=True))))
    return differences(*scores)


def cover(draw: Draw, scales: tuple[float, float], comparisons: int, seeds: int, examples: int) -> tuple[float, float]:
    """Give how often the interval holds the truth and how often it leaves zero out."""
    rng = np.random.default_rng(7)
    far = sum(size * draw(np.random.default_rng(place), (500_000,)) for place, size in enumerate(PARTS))
    truth = (scales[1] - scales[0]) * float(np.abs(far).mean())
    held = excluded = 0
    for number in range(comparisons):
        table = simulate(rng, draw, scales, seeds, examples)
        interval = percentile_interval(bootstrap(table, number, DRAWS))
        held += interval.low <= truth <= interval.high
        excluded += not interval.low <= 0 <= interval.high
    return held / comparisons, excluded / comparisons


@pytest.mark.parametrize(
    ("noise", "examples"),
    [
        ("heavy tails", 300),
        pytest.param("normal", 300, marks=slow),
        pytest.param("skewed", 300, marks=slow),
        *(pytest.param(noise, 1_000, marks=slow) for noise in NOISES),
    ],
)
def test_interval_covers_the_truth_in_95_percent_of_comparisons(noise: str, examples: int) -> None:
    """Heavy tails make it a little wider than it need be, never narrower."""
    held, _ = cover(NOISES[noise], (1.0, 1.1), 200, 5, examples)
    assert 0.92 <= held <= 0.995


@pytest.mark.parametrize(
    ("noise", "seeds"),
    [
        ("skewed", 2),
        pytest.param("normal", 2, marks=slow),
        pytest.param("heavy tails", 2, marks=slow),
        *(pytest.param(noise, 5, marks=slow) for noise in NOISES),
    ],
)
def test_true_tie_is_seldom_taken_for_a_difference(noise: str, seeds: int) -> None:
    _, excluded = cover(NOISES[noise], (1.0, 1.0), 200, seeds, 300)
    assert excluded <= 0.07


def test_interval_is_students_where_the_examples_agree() -> None:
    """Where seeds make all the difference, the interval is that of the paired t-test over seeds."""
    rng = np.random.default_rng(1)
    table = np.array([[0.2], [0.5], [0.1], [0.9], [0.4]]) + 0.01 * rng.standard_normal((5, 2_000))
    interval = percentile_interval(bootstrap(table, 0))
    reference = stats.ttest_1samp(table.mean(axis=1), 0).confidence_interval()
    tolerance = 0.03 * float(reference.high - reference.low)
    assert interval.low == pytest.approx(float(reference.low), abs=tolerance)
    assert interval.high == pytest.approx(float(reference.high), abs=tolerance)


def test_interval_is_the_bootstrap_over_examples_where_the_seeds_agree() -> None:
    row = np.random.default_rng(1).exponential(size=2_000) - 0.9
    interval = percentile_interval(bootstrap(np.tile(row, (4, 1)), 0))
    reference = stats.bootstrap((row,), np.mean, method="percentile", rng=np.random.default_rng(0)).confidence_interval
    assert interval.low == pytest.approx(reference.low, abs=0.005)
    assert interval.high == pytest.approx(reference.high, abs=0.005)


def test_one_example_proves_nothing_however_far_off_a_model_is_there() -> None:
    """The baseline fails on a single example, the same one with every seed."""
    table = np.zeros((5, 300))
    table[:, 7] = 1e6
    interval = percentile_interval(bootstrap(table, 0))
    assert interval.low <= 0 < interval.high


def test_settling_names_the_number_of_examples_where_they_are_the_limit() -> None:
    row = np.random.default_rng(2).standard_normal(200) + 0.05
    asked = settling(np.tile(row, (5, 1)))
    assert (asked.more_seeds, asked.limit) == (None, "test images")
    assert asked.test_images is not None
    assert asked.test_images > 200


@pytest.mark.parametrize("factor", [1e-30, 1e30])
def test_the_unit_of_what_is_predicted_does_not_matter(factor: float) -> None:
    table = np.random.default_rng(4).standard_t(3, (3, 200))
    one, other = (percentile_interval(bootstrap(unit * table, 0)) for unit in (1.0, factor))
    assert other.low == pytest.approx(factor * one.low)
    assert other.high == pytest.approx(factor * one.high)
