"""By what models are compared."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, mean_absolute_error

from keras_search.models.problem import Target
from keras_search.tuner.verdict.measure import compared_target, measure_of, scores

CLASSES = Target("", ("a", "b", "c"))
VALUES = Target("price", width=2)


def test_the_mean_of_scores_is_what_scikit_learn_says() -> None:
    rng = np.random.default_rng(0)
    chances, labels = rng.random((50, 3), np.float32), rng.integers(0, 3, 50)
    assert scores(CLASSES, chances, labels).mean() == accuracy_score(labels, chances.argmax(axis=1))
    said, truth = (rng.standard_normal((50, 2)).astype(np.float32) for _ in range(2))
    assert scores(VALUES, said, truth).mean() == pytest.approx(-mean_absolute_error(truth, said))


def test_errors_are_measured_in_full_precision() -> None:
    said, truth = np.array([[16_777_216.0]], np.float32), np.array([[0.25]], np.float32)
    assert scores(Target(), said, truth).tolist() == [-16_777_215.75]


def test_a_target_decides_the_measure() -> None:
    accuracy, error = measure_of(CLASSES, "images"), measure_of(VALUES)
    assert (accuracy.name, accuracy.sign, accuracy.examples, accuracy.output) == ("accuracy", 1, "images", "")
    assert (error.name, error.metric, error.sign) == ("mean absolute error", "mean_absolute_error", -1)
    assert error.validated_by()[:2] == ("val_price_mean_absolute_error", "val_price_mae")
    assert accuracy.validated_by() == ("val_accuracy", "val_acc")


def test_the_compared_output_is_the_first_and_an_older_study_has_classes() -> None:
    kept = {"class_names": [], "targets": [{"name": "price", "class_names": [], "width": 2}, {"name": "x"}]}
    assert compared_target(kept) == VALUES
    assert compared_target({"class_names": ["a", "b", "c"]}) == CLASSES
