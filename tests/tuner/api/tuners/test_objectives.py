"""What a tuner's objective may be."""

import keras_tuner
import pytest
from keras_tuner.engine.metrics_tracking import infer_metric_direction

from keras_search.errors import UsageError
from keras_search.tuner.api.tuners.objectives import Goal, goal_of


@pytest.mark.parametrize("name", ["val_accuracy", "val_loss", "loss", "acc", "val_mean_squared_error", "val_auc"])
def test_a_direction_is_that_of_keras_tuner(name: str) -> None:
    asks = "max"  # of these, what KerasTuner cannot tell
    assert goal_of(name) == Goal(name, infer_metric_direction(name) or asks)


def test_no_objective_is_a_number_that_fit_returns() -> None:
    assert goal_of(None) == Goal("default_objective", "min")


def test_several_objectives_are_a_sum_of_which_less_is_better() -> None:
    goal = goal_of(["val_loss", keras_tuner.Objective("f1", "max")])
    assert goal == Goal("multi_objective", "min", (("val_loss", "min"), ("f1", "max")))


@pytest.mark.parametrize(
    ("objective", "message"),
    [
        ("val_happiness", r"pass objective=kt.Objective\('val_happiness', 'max'\), or 'min'"),
        (7, "must be a text, a kt.Objective or a list of these, received 7"),
        (keras_tuner.Objective("f1", "up"), "the direction 'min' or 'max', received 'up'"),
        (["val_loss"], "pass the only one without a list"),
    ],
)
def test_what_is_no_objective_is_refused(objective: object, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        goal_of(objective)
