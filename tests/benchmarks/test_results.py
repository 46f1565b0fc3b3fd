"""What the tables are worked out from."""

import pytest
from scipy import stats

from keras_search.benchmarks.results import difference, markdown, middle, number, ratio, spread, steady


def test_steady_state_leaves_out_first_epochs_and_the_first_trial() -> None:
    epochs = [["a", 1, 9.0], ["a", 2, 2.0], ["b", 2, 8.0], ["b", 3, 4.0], ["b", 4, 3.0]]
    record = {"epochs": epochs, "trials": [["a", 99.0], ["b", 5.0], ["c", 7.0]], "workers": 1}
    assert steady(record)["epoch"] == 3.0
    assert steady(record)["trial"] == 6.0


def test_steady_state_is_shared_among_the_workers() -> None:
    record = {"epochs": [["a", 1, 9.0], ["a", 2, 2.0]], "trials": [["a", 1.0], ["b", 3.0]], "workers": 2}
    assert (steady(record)["epoch"], steady(record)["trial"]) == (1.0, 1.5)


def test_steady_state_of_single_epochs_is_unknown() -> None:
    record = {"epochs": [["a", 1, 9.0]], "trials": [["a", 1.0]], "workers": 1}
    assert (steady(record)["epoch"], steady(record)["trial"]) == (None, None)


def test_middle_is_the_median_of_what_was_measured() -> None:
    assert middle([{"seconds": 3.0}, {"seconds": 1.0}, {"seconds": 9.0}], "seconds") == 3.0
    assert middle([{"epoch": None}], "epoch") is None
    assert middle([], "seconds") is None


def test_ratio_of_something_unknown_is_unknown() -> None:
    assert ratio(20.0, 2.0) == 10.0
    assert ratio(None, 2.0) is None
    assert ratio(2.0, None) is None


def test_difference_is_welchs() -> None:
    own, other = [0.981, 0.983, 0.982], [0.979, 0.984, 0.978]
    gap, low, high = difference(own, other)
    expected = stats.ttest_ind(own, other, equal_var=False)
    assert gap == pytest.approx(0.982 - 0.980333, abs=1e-6)
    assert (low, high) == tuple(expected.confidence_interval(0.95))


def test_spread_of_one_seed_is_zero() -> None:
    assert spread([0.9]) == (0.9, 0.0)


def test_markdown_has_as_many_cells_in_each_line() -> None:
    lines = markdown(("a", "b"), [["x", 1], ["y", number(None)]])
    assert lines == ["| a | b |", "| --- | ---: |", "| x | 1 |", "| y | - |", ""]
