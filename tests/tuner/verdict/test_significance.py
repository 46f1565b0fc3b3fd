"""The tests over seeds, images and baselines, against scipy and statsmodels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from keras_search.tuner.verdict.crossed import Differences
from keras_search.tuner.verdict.significance import holm, mcnemar_test, outperforming, sign_flip_test, wilcoxon_test


def table_of(sums: list[int], images: int = 50) -> Differences:
    """Make a table of differences whose rows add up to `sums`, `(len(sums), images)`."""
    table = np.zeros((len(sums), images), dtype=np.int8)
    for row, total in zip(table, sums, strict=True):
        row[: abs(total)] = np.sign(total)
    return table


@settings(max_examples=25)
@given(sums=st.lists(st.integers(-9, 9), min_size=2, max_size=8))
def test_sign_flips_agree_with_scipy(sums: list[int]) -> None:
    """Where every flip is tried, the p-value is scipy's exact one for paired samples."""
    reference = stats.permutation_test(
        np.array([sums, [0] * len(sums)], dtype=float),
        lambda a, b, axis: np.sum(a - b, axis=axis),
        permutation_type="samples",
        n_resamples=10**9,
    )
    measured = sign_flip_test(table_of(sums), seed=0)
    assert measured.exact
    two_sided = np.mean(np.abs(reference.null_distribution) >= abs(sum(sums)))
    assert measured.p_value == pytest.approx(two_sided)


def test_sign_flips_of_many_seeds_are_drawn_and_near_the_normal_approximation() -> None:
    sums = np.random.default_rng(0).integers(-6, 10, size=60).tolist()
    measured = sign_flip_test(table_of(sums), seed=0)
    score = abs(sum(sums)) / np.sqrt(np.square(sums).sum())
    assert not measured.exact
    assert measured.p_value == pytest.approx(2 * stats.norm.sf(score), rel=0.15)
    assert measured == sign_flip_test(table_of(sums), seed=0)


def test_five_seeds_can_never_reach_five_percent_by_flips_alone() -> None:
    assert sign_flip_test(table_of([9, 9, 9, 9, 9]), seed=0).p_value == 2 / 2**5


@settings(max_examples=25)
@given(sums=st.lists(st.integers(-9, 9), min_size=2, max_size=8))
def test_sign_flips_of_errors_are_those_of_their_sums(sums: list[int]) -> None:
    """Tenths have no exact sum, and yet a flip that gives what was observed counts."""
    tenths = table_of(sums) * 0.1
    assert sign_flip_test(tenths, seed=0) == sign_flip_test(table_of(sums), seed=0)
    assert outperforming(tenths) == outperforming(table_of(sums))


def test_wilcoxon_agrees_with_scipy_and_counts_who_was_nearer() -> None:
    differences = np.random.default_rng(0).standard_normal(400) + 0.1
    differences[:20] = 0
    measured = wilcoxon_test(differences)
    assert (measured.tuned_nearer, measured.baseline_nearer) == ((differences > 0).sum(), (differences < 0).sum())
    assert measured.p_value == pytest.approx(float(stats.wilcoxon(differences).pvalue))
    assert wilcoxon_test(-differences).p_value == measured.p_value
    assert wilcoxon_test(np.zeros(9)).p_value == 1.0


@pytest.mark.parametrize(("only_a", "only_b"), [(0, 0), (5, 0), (0, 6), (12, 3), (137, 110)])
def test_mcnemar_agrees_with_statsmodels(only_a: int, only_b: int) -> None:
    differences = np.array([1] * only_a + [-1] * only_b + [0] * 20, dtype=np.int8)
    reference = mcnemar([[10, only_a], [only_b, 10]], exact=True).pvalue if only_a + only_b else 1.0
    measured = mcnemar_test(differences)
    assert (measured.only_tuned, measured.only_baseline) == (only_a, only_b)
    assert measured.p_value == pytest.approx(reference)


@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_holm_agrees_with_statsmodels(count: int) -> None:
    p_values = (np.random.default_rng(count).uniform(0, 1, count) ** 3).tolist()
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1].tolist())
    tied = [0.02] * count
    assert holm(tied) == pytest.approx(multipletests(tied, method="holm")[1].tolist())


@pytest.mark.parametrize(("wins", "losses"), [(0, 5), (5, 0), (3, 2), (10, 0), (18, 12)])
def test_probability_of_outperforming_has_the_exact_interval_of_scipy(wins: int, losses: int) -> None:
    measured = outperforming(table_of([2] * wins + [-1] * losses))
    reference = stats.binomtest(wins, wins + losses).proportion_ci(method="exact")
    assert measured.value == wins / (wins + losses)
    assert (measured.interval.low, measured.interval.high) == pytest.approx((reference.low, reference.high))


def test_a_tie_counts_as_half_a_win() -> None:
    assert outperforming(table_of([1, 0, 0, -1])).value == 0.5
    assert outperforming(table_of([1, 1, 0, 0])).value == 0.75


@pytest.mark.parametrize(
    ("wins", "losses", "conclusion"),
    [
        (5, 0, "not significant"),
        (10, 0, "significant and meaningful"),
        (0, 10, "significant and meaningful"),
        (120, 80, "not meaningful"),
        (80, 120, "not meaningful"),
    ],
)
def test_outperforming_is_judged_against_three_quarters(wins: int, losses: int, conclusion: str) -> None:
    measured = outperforming(table_of([1] * wins + [-1] * losses))
    assert (measured.threshold, measured.conclusion) == (0.75, conclusion)
