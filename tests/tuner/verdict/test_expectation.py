"""What a search can expect of its trials, and whether that still rises."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_search.errors import KerasSearchError
from keras_search.tuner.verdict.expectation import expected_best, rise_of


@settings(max_examples=40)
@given(
    scores=st.lists(st.floats(-1, 1, width=16), min_size=1, max_size=5),
    direction=st.sampled_from(["max", "min"]),
)
def test_expected_best_agrees_with_every_search_there_could_be(scores: list[float], direction: str) -> None:
    """A search of `n` trials draws any of the scores `n` times: take the mean best of all of them."""
    best = {"max": max, "min": min}[direction]
    measured = expected_best(scores, direction)
    assert measured["trials"].to_list() == list(range(1, len(scores) + 1))
    for trials, expected, low, high in measured.to_numpy():
        ends = [best(drawn) for drawn in itertools.product(scores, repeat=int(trials))]
        assert expected == pytest.approx(np.mean(ends), abs=1e-9)
        assert np.mean([low <= end <= high for end in ends]) >= 0.95 - 1e-9


def test_expected_best_improves_with_the_budget_and_never_passes_the_best() -> None:
    scores = np.random.default_rng(0).normal(size=50).tolist()
    rising, falling = expected_best(scores, "max"), expected_best(scores, "min")
    assert rising["expected"].is_monotonic_increasing
    assert rising["expected"].iloc[-1] < max(scores)
    assert rising["expected"][0] == pytest.approx(np.mean(scores))
    assert falling["expected"].is_monotonic_decreasing


def test_expected_best_leaves_out_what_is_not_finite() -> None:
    pd.testing.assert_frame_equal(expected_best([0.5, np.nan, 0.7, np.inf], "max"), expected_best([0.5, 0.7], "max"))
    assert expected_best([], "max").empty


def test_a_direction_that_is_none_is_refused() -> None:
    with pytest.raises(KerasSearchError, match="Expected the direction 'max' or 'min', received 'up'"):
        expected_best([0.1], "up")


def test_a_curve_that_still_rises_is_told_with_its_figures() -> None:
    scores = [0.80, 0.82, 0.84, 0.86, 0.88, 0.90, 0.92, 0.94, 0.96, 0.98]
    rise = rise_of(scores, "max", [0.971, 0.973, 0.972], "val_accuracy")
    curve = expected_best(scores, "max")["expected"]
    assert rise.rising
    assert rise.gain == pytest.approx(curve[9] - curve[4])
    assert rise.sentence() == (
        "From 5 to 10 fully trained trials the expected best val_accuracy improved by 1.43 points, more than the "
        "spread between seeds (0.10 points): more trials may pay off."
    )


def test_a_flat_curve_is_told_as_flat_and_few_trials_tell_nothing() -> None:
    flat = rise_of([0.3] * 9 + [0.299] * 11, "min", [0.28, 0.31], "val_loss")
    assert not flat.rising
    assert (
        "improved by 0.000, no more than the spread between seeds (0.021): more of the same search would gain little"
        in flat.sentence()
    )
    few = rise_of([0.5, 0.9], "max", [], "val_accuracy")
    assert not few.rising
    assert few.sentence() == "With 2 fully trained trials the search cannot show whether more would pay off."
    assert rise_of([], "max", [], "val_accuracy").sentence().startswith("With 0 fully trained trials")


def test_the_curve_of_many_trials_has_some_of_the_budgets_and_the_last() -> None:
    scores = np.random.default_rng(0).random(1200)
    curve = expected_best(scores, "max")
    assert len(curve) == 500
    assert curve["trials"].iloc[[0, -1]].to_list() == [1, 1200]
    every = expected_best(scores, "max", np.arange(1, 1201)).set_index("trials")
    pd.testing.assert_frame_equal(curve.set_index("trials"), every.loc[curve["trials"]])
