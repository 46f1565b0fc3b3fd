"""Try a hypermodel on a few examples: what its own `fit` asks for, what an epoch reports, what it gives."""

from dataclasses import dataclass

import numpy as np
from keras_tuner import HyperParameters

from keras_search.tuner import customfit
from keras_search.tuner.data import Splits
from keras_search.tuner.networks import Network, Networks, UnfitModelError
from keras_search.tuner.outputs import classifies

FEW = 64
"""Examples that a model is tried on."""


@dataclass(frozen=True)
class Behaviour:
    """What a model did: the metrics of an epoch, whether it gives something a class, whether it has its own `fit`."""

    metrics: list[str]
    classifies: bool
    own_fit: bool


class Rehearsal:
    """Explore as `Networks` does, and the hyperparameters that a user's own `fit` asks for as well."""

    def __init__(self, networks: Networks, splits: Splits) -> None:
        self._networks, self._splits = networks, splits

    def explore(self, hyperparameters: HyperParameters) -> Network:
        """Build, and call `fit` with a `model.fit` that trains nothing."""
        network = self._networks.explore(hyperparameters)
        if network.custom_fit is not None:
            customfit.rehearse(network, *_few(network, self._splits))
        return network


def try_out(network: Network, splits: Splits, objective: str) -> Behaviour:
    """Train a model on a few examples to see what it reports.

    Raises:
        UnfitModelError: its input has another shape than the data, or it has too few outputs for the classes.
        FitResultError: its own fit returns nothing of use.
        Exception: what else the model raises on the data.
    """
    try:
        names = _trained(network, splits) if network.custom_fit is None else _fitted(network, splits, objective)
        shape = np.shape(network.model(np.asarray(splits.x_fit[:FEW]), training=False))
    except Exception as error:
        _check_shapes(network, splits, error)
        raise
    return Behaviour(names, classifies(shape, len(splits.class_names)), network.custom_fit is not None)


def _trained(network: Network, splits: Splits) -> list[str]:
    few = slice(0, network.batch_size)
    labels = network.labels(np.asarray(splits.y_fit[few]), len(splits.class_names))
    network.model.train_on_batch(splits.x_fit[few], labels)
    names = list(network.model.get_metrics_result())
    return [*names, *(f"val_{name}" for name in names)]


def _fitted(network: Network, splits: Splits, objective: str) -> list[str]:
    watch = customfit.Watch(lambda _epoch, _metrics: True)
    result = customfit.call(network, *_few(network, splits), 1, watch)
    return list(dict.fromkeys([*watch.seen, *customfit.returned(result, objective)]))


def _check_shapes(network: Network, splits: Splits, error: Exception) -> None:
    """Say in one line what Keras says in many."""
    wanted, given = getattr(network.model, "input_shape", None), tuple(splits.x_fit.shape[1:])
    if isinstance(wanted, tuple) and tuple(wanted[1:]) != given:
        raise UnfitModelError(
            f"The hypermodel's model takes examples of shape {tuple(wanted[1:])}, the data have shape {given}: "
            "change its input, or choose another --dataset."
        ) from error
    outputs, classes = getattr(network.model, "output_shape", None), len(splits.class_names)
    if isinstance(outputs, tuple) and len(outputs) == 2 and outputs[1] not in (1, classes):
        raise UnfitModelError(
            f"The hypermodel's model has {outputs[1]} outputs, the data have {classes} classes: give it {classes}."
        ) from error


def _few(network: Network, splits: Splits) -> tuple[customfit.Arrays, customfit.Arrays]:
    classes = len(splits.class_names)
    return (
        (np.asarray(splits.x_fit[:FEW]), network.labels(np.asarray(splits.y_fit[:FEW]), classes)),
        (np.asarray(splits.x_val[:FEW]), network.labels(np.asarray(splits.y_val[:FEW]), classes)),
    )
