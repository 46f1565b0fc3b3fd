"""Tables of differences, against statsmodels and exact arithmetic."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from keras_search.errors import KerasSearchError
from keras_search.tuner.verdict.crossed import Differences, Scores, crossed, differences, line_sums


def whole() -> Differences:
    return np.random.default_rng(3).integers(-1, 2, size=(4, 9), dtype=np.int8)


def real() -> Differences:
    return np.asarray(np.random.default_rng(3).standard_t(3, size=(4, 9)))


@pytest.mark.parametrize("table", [whole(), real()], ids=["whole", "real"])
def test_mean_squares_agree_with_statsmodels(table: Differences) -> None:
    frame = pd.DataFrame(
        [(s, i, float(value)) for (s, i), value in np.ndenumerate(table)], columns=["seed", "example", "value"]
    )
    reference = anova_lm(ols("value ~ C(seed) + C(example)", frame).fit())["mean_sq"]
    facts = crossed(table)
    measured = [facts.seed_square, facts.example_square, facts.cell_square]
    assert measured == pytest.approx(reference.to_list())
    assert facts.difference == pytest.approx(float(table.mean()))


def test_sums_of_lines_are_the_exact_sums_rounded_once() -> None:
    table = np.array([[1e16, 1.0, -1e16], [0.1, 0.2, -0.3]])
    assert line_sums(table).tolist() == [float(sum(map(Fraction, line))) for line in table.tolist()]
    assert line_sums(whole()).tolist() == whole().sum(axis=1).tolist()


def test_rounded_means_keep_the_variance_of_the_examples_and_a_few_hundred_values() -> None:
    table = np.random.default_rng(0).standard_normal((5, 20_000))
    facts, means = crossed(table), table.mean(axis=0)
    assert facts.counts.sum() == 20_000
    assert len(facts.values) < 350
    assert facts.counts @ facts.values**2 == pytest.approx(means @ means, rel=1e-3)
    assert np.abs(facts.values - facts.mirrored().mirrored().values).max() == 0


def test_right_and_wrong_differ_by_whole_numbers_and_errors_by_any() -> None:
    right, wrong = np.array([[True, False, True]]), np.array([[False, True, True]])
    assert differences(right, wrong).tolist() == [[1, -1, 0]]
    assert crossed(differences(right, wrong)).grain == 1
    errors = differences(np.array([[-0.5, -2.0]]), np.array([[-1.0, -1.5]]))
    assert errors.tolist() == [[0.5, -0.5]]
    assert crossed(errors).grain == 0


@pytest.mark.parametrize("shapes", [((3, 4), (3, 5)), ((4,), (4,)), ((0, 4), (0, 4)), ((3, 0), (3, 0))])
def test_differences_refuse_what_does_not_fit(shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    a: Scores = np.zeros(shapes[0], dtype=bool)
    b: Scores = np.zeros(shapes[1], dtype=bool)
    with pytest.raises(KerasSearchError, match=r"one shape \(seeds, test examples\)"):
        differences(a, b)


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_predictions_that_are_no_numbers_are_refused(broken: float) -> None:
    with pytest.raises(KerasSearchError, match="received 1 of 4 that are NaN or infinite"):
        differences(np.array([[broken, 0.0, 0.0, 0.0]]), np.zeros((1, 4)))
