"""Find out what a hypermodel asks for before the search starts, so that the space is the same for every trial."""

from typing import Any

import numpy as np
from keras_search.tuner import space as spaces
from keras_search.tuner.data import Splits
from keras_search.tuner.networks import Network, Networks
from keras_search.tuner.records import Values
from keras_tuner import HyperParameters

QUIET_BUILDS = 5
"""Random builds in a row that must bring nothing new before the space counts as known."""
MAX_BUILDS = 100
MOST_VALUES = 12
"""How many values of one hyperparameter are tried before the random builds."""


def discover(networks: Networks, seed: int) -> HyperParameters:
    """Build with defaults, then with every value of each hyperparameter, then at random until nothing new comes.

    A hyperparameter that only some branch of the code asks for is found by taking that branch.
    """
    space = HyperParameters()
    networks.explore(space)
    for turn in range(MOST_VALUES):
        values = spaces.complete(space, {p.name: _turn_through(p, turn) for p in space.space})
        _take_in(networks, space, values)
        if turn >= max((len(_some_values(p)) for p in space.space), default=0):
            break
    quiet = 0
    for build in range(MAX_BUILDS):
        found = _take_in(networks, space, spaces.sample(space, seed, "survey", build))
        quiet = 0 if found else quiet + 1
        if quiet >= QUIET_BUILDS:
            break
    space.values = spaces.defaults(space)
    return space


def metric_names(network: Network, splits: Splits) -> list[str]:
    """List the metrics that an epoch will report, by training and validating on one batch.

    Raises:
        Exception: what the model raises on the data, such as another input shape.
    """
    few = slice(0, network.batch_size)
    labels = network.labels(np.asarray(splits.y_fit[few]), len(splits.class_names))
    network.model.train_on_batch(splits.x_fit[few], labels)
    names = list(network.model.get_metrics_result())
    return [*names, *(f"val_{name}" for name in names)]


def _some_values(parameter: Any) -> list[Any]:
    """List up to `MOST_VALUES` values of a hyperparameter, the ends of its range among them."""
    values = spaces.grid_values(parameter)
    if len(values) <= MOST_VALUES:
        return values
    ordered = sorted(values) if isinstance(values[0], int | float) else values
    last = len(ordered) - 1
    return [ordered[round(index * last / (MOST_VALUES - 1))] for index in range(MOST_VALUES)]


def _turn_through(parameter: Any, turn: int) -> Any:
    values = _some_values(parameter)
    return values[turn % len(values)]


def _take_in(networks: Networks, space: HyperParameters, values: Values) -> bool:
    """Build with `values`; whether that brought hyperparameters that `space` did not have."""
    before = len(space.space)
    probe = space.copy()
    probe.values = dict(values)
    networks.explore(probe)
    space.merge(probe, overwrite=False)
    return len(space.space) > before
