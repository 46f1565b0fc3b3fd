"""Records: which epoch of a run is its best."""

import pytest

from keras_search.tuner.study.records import best_epoch


def test_best_epoch_is_the_first_of_equals() -> None:
    history = {1: {"val_loss": 0.5}, 2: {"val_loss": 0.2}, 3: {"val_loss": 0.2}}
    assert best_epoch(history, "val_loss", "min") == (2, 0.2)
    assert best_epoch(history, "val_loss", "max") == (1, 0.5)


def test_best_epoch_leaves_out_what_is_not_finite() -> None:
    history = {1: {"val_loss": float("nan")}, 2: {"val_loss": float("-inf")}, 3: {"val_loss": 0.4}}
    assert best_epoch(history, "val_loss", "min") == (3, 0.4)


def test_best_epoch_needs_a_finite_value() -> None:
    with pytest.raises(ValueError, match="val_loss was never a finite number"):
        best_epoch({1: {"val_loss": float("nan")}}, "val_loss", "min")
