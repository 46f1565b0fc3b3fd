"""The interval of metrics that are no means of scores, by simulation of comparisons whose truth is known."""

from collections.abc import Callable

import numpy as np
import pytest

from keras_search.tuner.verdict import metrics
from keras_search.tuner.verdict.crossed import Differences, Scores, differences
from keras_search.tuner.verdict.interval import bootstrap, percentile_interval
from keras_search.tuner.verdict.metrics import Array, Metric

DRAWS, SEEDS = 999, 5
Draw = Callable[[np.random.Generator, int], tuple[Array, list[Array], list[Array]]]


def classify(
    rng: np.random.Generator, examples: int, shares: tuple[float, ...]
) -> tuple[Array, list[Array], list[Array]]:
    """Draw classes, and what two equally able models say with each seed: easy examples are easy for both."""
    classes = len(shares)
    truth = rng.choice(classes, size=examples, p=shares)
    ease = rng.standard_normal((examples, classes))

    def model() -> list[Array]:
        own, said = 0.5 * rng.standard_normal((examples, classes)), []
        for _ in range(SEEDS):
            luck = 0.1 * rng.standard_normal(classes)
            logits = ease + own + luck + 0.7 * rng.standard_normal((examples, classes))
            logits[np.arange(examples), truth] += 2.5 * (1 + 0.03 * rng.standard_normal())
            odds = np.exp(1.5 * logits)
            said.append(odds / odds.sum(axis=1, keepdims=True))
        return said

    return truth, model(), model()


def estimate(rng: np.random.Generator, examples: int) -> tuple[Array, list[Array], list[Array]]:
    """Draw values, and what two models of the same error say of them with each seed."""
    truth, ease = 10 + 3 * rng.standard_normal((examples, 1)), rng.standard_t(5, (examples, 1))

    def model() -> list[Array]:
        own = 0.5 * rng.standard_normal((examples, 1))
        noise = (0.5 * rng.standard_normal((examples, 1)) for _ in range(SEEDS))
        return [truth + (1 + 0.03 * rng.standard_normal()) * (0.7 * ease + own + each) for each in noise]

    return truth, model(), model()


def table_of(metric: Metric, drawn: tuple[Array, list[Array], list[Array]]) -> Differences:
    truth, *models = drawn
    scores: list[Scores] = [np.stack([np.asarray(metric.contribute(said, truth), float) for said in m]) for m in models]
    return differences(*scores)


RARE, FOUR = (0.8, 0.2), (0.4, 0.3, 0.2, 0.1)


@pytest.mark.parametrize(
    ("metric", "draw"),
    [
        (metrics.of_classes("recall", 2)[0], lambda rng, n: classify(rng, n, RARE)),
        (metrics.of_classes("auc", 2)[0], lambda rng, n: classify(rng, n, RARE)),
        (metrics.of_classes("f1", 4)[0], lambda rng, n: classify(rng, n, FOUR)),
        (metrics.ROOT, estimate),
    ],
    ids=["recall", "auc", "macro f1", "rmse"],
)
def test_a_true_tie_is_seldom_taken_for_a_difference(metric: Metric, draw: Draw) -> None:
    """In at most a twentieth of the comparisons, but for the luck of so few of them."""
    rng = np.random.default_rng(5)
    alarms = 0
    for number in range(50):
        interval = percentile_interval(bootstrap(table_of(metric, draw(rng, 400)), number, DRAWS))
        alarms += not interval.low <= 0 <= interval.high
    assert alarms <= 6


def test_one_example_of_a_rare_class_proves_nothing() -> None:
    truth = np.zeros(300, dtype=int)
    truth[:20] = 1
    better, worse = (np.tile([0.9, 0.1], (300, 1)) for _ in range(2))
    better[:11], worse[:10] = [0.1, 0.9], [0.1, 0.9]
    recall = metrics.of_classes("recall", 2)[0]
    rows = [np.stack([recall.contribute(said, truth)] * 5) for said in (better, worse)]
    interval = percentile_interval(bootstrap(differences(*rows), 0))
    assert interval.low <= 0 < interval.high
