"""A search space as a user sees it before the search."""

import json

import keras_tuner

from keras_search.tuner.console.space_description import described
from keras_search.tuner.console.space_table import count_text, table
from keras_search.tuner.console.terminal import as_text


def space(continuous: bool) -> keras_tuner.HyperParameters:
    hp = keras_tuner.HyperParameters()
    hp.Choice("optimizer", ["adam", "sgd"])
    hp.Int("units", 32, 512, step=2, sampling="log")
    hp.Int("width", 8, 32, step=8)
    hp.Boolean("dropout")
    hp.Fixed("batch_size", 64)
    with hp.conditional_scope("optimizer", ["sgd"]):
        hp.Choice("momentum", [0.0, 0.9])
    if continuous:
        hp.Float("learning_rate", 1e-4, 1e-2, sampling="log")
    return hp


def test_each_hyperparameter_has_its_kind_range_default_and_condition() -> None:
    found = described(space(continuous=True))
    assert json.loads(json.dumps(found)) == found
    assert [tuple(row.values()) for row in found["hyperparameters"]] == [
        ("optimizer", "Choice", "adam, sgd", "adam", {}),
        ("units", "Int", "32 to 512 by factors of 2, log", 32, {}),
        ("width", "Int", "8 to 32 by 8", 8, {}),
        ("dropout", "Boolean", "True, False", False, {}),
        ("batch_size", "Fixed", "64", 64, {}),
        ("momentum", "Choice", "0, 0.9", 0.0, {"optimizer": ["sgd"]}),
        ("learning_rate", "Float", "0.0001 to 0.01, log", 0.0001, {}),
    ]
    assert as_text(table(found)).splitlines()[6].endswith("optimizer is sgd")


def test_the_combinations_are_counted_where_they_can_be() -> None:
    assert count_text(described(space(continuous=False))) == "6 hyperparameters, 120 combinations."
    assert described(space(continuous=True))["combinations"] is None
    assert count_text(described(keras_tuner.HyperParameters())) == "0 hyperparameters, 1 combination."
