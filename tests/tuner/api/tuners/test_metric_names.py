"""A metric without a name has the same one however often a notebook's cell has run."""

from typing import Any

import keras
import numpy as np
import pytest

from keras_search.tuner.api.tuners.describing import described
from keras_search.tuner.api.tuners.metric_names import named_anew


def names(metrics: Any) -> list[str]:
    return [each if isinstance(each, str) else each.name for each in keras.tree.flatten(metrics)]


def made() -> Any:
    return ["accuracy", keras.metrics.AUC(), keras.metrics.AUC(curve="PR"), keras.metrics.F1Score(), own]


def own(true: Any, predicted: Any) -> Any:
    return keras.ops.mean(true == predicted)


def test_a_cell_that_runs_again_has_the_names_of_the_first_run() -> None:
    for _ in range(3):
        given = made()
        found = named_anew(given, ["val_auc"])
        assert [type(each) for each in found] == [type(each) for each in given]
        assert names(found[1:4]) == ["auc", "auc_1", "f1_score"]
        described(found)
    assert given[1].name != "auc", "the script's own object stays"
    assert described(named_anew(made(), [])) == described(named_anew(made(), []))


def test_a_metric_under_its_new_name_measures() -> None:
    keras.metrics.Precision()
    (found,) = named_anew([keras.metrics.Precision()], [])
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=[found])
    assert "precision" in model.evaluate(np.ones((2, 1)), np.array([[1], [0]]), verbose=0, return_dict=True)


@pytest.mark.parametrize("name", ["auc_1", "precision_at_3", "top_5", "auc"])
def test_a_name_that_an_objective_or_a_script_chose_stays(name: str) -> None:
    assert names(named_anew([keras.metrics.AUC(name=name)], ["val_auc_1"])) == [name]


def test_names_are_given_in_dicts_too_and_never_twice() -> None:
    keras.metrics.AUC()
    given = {"a": [keras.metrics.AUC()], "b": [keras.metrics.AUC(), keras.metrics.AUC(name="auc")]}
    assert names(named_anew(given, [])) == ["auc_1", "auc_2", "auc"]
