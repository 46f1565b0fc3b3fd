"""Grid search: keras-tuner's order."""

from collections.abc import Callable
from typing import Any

import pytest
from keras_tuner import HyperParameters, Objective
from keras_tuner.engine.trial import Trial
from keras_tuner.oracles import GridSearchOracle

Make = Callable[..., Any]


def conditional(space: HyperParameters) -> None:
    space.Choice("model", ["linear", "deep", "wide"], default="deep")
    with space.conditional_scope("model", ["deep", "wide"]):
        space.Int("layers", 1, 3, default=2)
        with space.conditional_scope("layers", [2, 3]):
            space.Boolean("skip", default=True)
    space.Float("rate", 0.0, 0.5, step=0.25)


def numbers(space: HyperParameters) -> None:
    space.Int("units", 8, 64, step=2, sampling="log", default=32)
    space.Int("odd", 1, 8, step=3)
    space.Float("decay", 0.001, 0.1, step=10, sampling="log")
    space.Fixed("momentum", 0.9)


def choices(space: HyperParameters) -> None:
    space.Choice("activation", ["relu", "tanh", "gelu"], default="gelu")
    space.Choice("batch_size", [64, 16, 32], ordered=False)
    space.Boolean("bias")


def same_name(space: HyperParameters) -> None:
    space.Choice("model", ["small", "large"])
    with space.conditional_scope("model", ["small"]):
        space.Int("small_units", 1, 3)
    with space.conditional_scope("model", ["large"]):
        space.Int("large_units", 10, 12)


def keras_tuner_order(space: HyperParameters) -> list[dict[str, Any]]:
    oracle = GridSearchOracle(Objective("val_loss", "min"), hyperparameters=space)
    while (answer := oracle.populate_space(f"{len(oracle.trials):04d}"))["status"] == "RUNNING":
        name = f"{len(oracle.trials):04d}"
        filled = space.copy()
        filled.values = answer["values"]
        oracle.trials[name] = Trial(filled, name, "COMPLETED")
        oracle.start_order.append(name)
        oracle._populate_next.append(name)
    return [trial.hyperparameters.values for trial in oracle.trials.values()]


@pytest.mark.parametrize("fill", [conditional, numbers, choices, same_name])
def test_order_is_keras_tuners(simulation: Make, create: Make, fill: Callable[[HyperParameters], None]) -> None:
    space = HyperParameters()
    fill(space)
    trials = simulation(create("grid", max_trials=1000), space).run()
    assert [run.hyperparameters for run in trials.values()] == keras_tuner_order(space)
    assert list(trials) == [f"{number:04d}" for number in range(1, len(trials) + 1)]


def test_continuous_range_gives_keras_tuners_values_in_order(simulation: Make, create: Make) -> None:
    space = HyperParameters()
    space.Float("rate", 0.001, 0.1, sampling="log")
    trials = simulation(create("grid"), space).run()
    rates = [run.hyperparameters["rate"] for run in trials.values()]
    assert rates == sorted(rates)
    assert set(rates) == {values["rate"] for values in keras_tuner_order(space)}


def test_default_between_steps_is_tried_once(simulation: Make, create: Make) -> None:
    """0.3 and 3 * 0.1 are one value, which keras-tuner trains twice."""
    space = HyperParameters()
    space.Float("rate", 0.0, 0.45, step=0.1, default=0.3)
    trials = simulation(create("grid"), space).run()
    assert [round(run.hyperparameters["rate"], 6) for run in trials.values()] == [0.3, 0.0, 0.1, 0.2, 0.4]


def test_without_limit_the_whole_grid_is_tried(simulation: Make, create: Make, grid_of: Make) -> None:
    search = simulation(create("grid", max_trials=None), grid_of(4, 5))
    assert search.oracle.planned().runs == 20 == len(search.run())
