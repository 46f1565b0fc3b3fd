"""Try a hypermodel on a few examples: what its own `fit` asks for, what an epoch reports, what it gives."""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras_tuner import HyperParameters

from keras_search.models.problem import Shape, Target
from keras_search.tuner.data import Splits
from keras_search.tuner.data.tree import take
from keras_search.tuner.training import own_fit
from keras_search.tuner.training.kernels.recognition import chain_of
from keras_search.tuner.training.networks import Network, Networks
from keras_search.tuner.training.outputs import Targets, UnfitModelError, compared, fits, width_of

FEW = 64
"""Examples that a model is tried on."""


@dataclass(frozen=True)
class Behaviour:
    """What a model did: the metrics of an epoch, whether it can be compared, whether it has its own `fit`.

    It can be where its compared output says something of each class, or the values that the data have.
    """

    metrics: list[str]
    comparable: bool
    own_fit: bool


class Rehearsal:
    """Explore as `Networks` does, and the hyperparameters that a user's own `fit` asks for as well."""

    def __init__(self, networks: Networks, splits: Splits) -> None:
        self._networks, self._splits = networks, splits

    def explore(self, hyperparameters: HyperParameters) -> Network:
        """Build, and call `fit` with a `model.fit` that trains nothing."""
        network = self._networks.explore(hyperparameters)
        if network.custom_fit is not None:
            own_fit.rehearse(network, *_few(network, self._splits))
        return network


def try_out(network: Network, splits: Splits, objective: str) -> Behaviour:
    """Train a model on a few examples to see what it reports; of a plain one that fits the data that is known.

    Raises:
        UnfitModelError: its inputs or outputs are others than those of the data.
        FitResultError: its own fit returns nothing of use.
        Exception: what else the model raises on the data.
    """
    _check_names(network.model, splits.input_shape)
    try:
        said = network.model(take(splits.x_fit, slice(FEW)), training=False)
        comparable = _is_comparable(network, said, splits.targets)
        _check_probabilities(network.model, said, splits.targets)
        if network.custom_fit is not None:
            names = _fitted(network, splits, objective)
        else:
            chain = chain_of(network.model) if comparable else None
            names = _with_validation(chain.metric_names) if chain else _trained(network, splits)
    except Exception as error:
        if not isinstance(error, UnfitModelError):
            _check_shapes(network.model, splits, error)
        raise
    return Behaviour(names, comparable, network.custom_fit is not None)


def _is_comparable(network: Network, said: Any, targets: Targets) -> bool:
    """Whether the compared output is of use; a user's own fit may train a model with outputs of another kind."""
    try:
        return fits(np.shape(compared(network.model, said, targets)), targets[0])
    except UnfitModelError:
        if network.custom_fit is None:
            raise
        return False


def _check_probabilities(model: keras.Model, said: Any, targets: Targets) -> None:
    """Make sure that probabilities can be made of what a model of the user's own class says, before it is trained."""
    if not targets[0].classifies or hasattr(model, "outputs"):
        return
    width = np.shape(compared(model, said, targets))[-1]
    if width == 1 or getattr(getattr(model, "loss", None), "from_logits", False):
        raise UnfitModelError(
            f"A model of a class of its own, {type(model).__name__}, must say a probability for each class: end it "
            "with a softmax over the classes and train without from_logits, or build it with the functional API."
        )


def _trained(network: Network, splits: Splits) -> list[str]:
    few = slice(0, network.batch_size)
    labels = network.labels(take(splits.y_fit, few), splits.targets)
    network.model.train_on_batch(take(splits.x_fit, few), labels)
    return _with_validation(list(network.model.get_metrics_result()))


def _with_validation(names: list[str]) -> list[str]:
    return [*names, *(f"val_{name}" for name in names)]


def _fitted(network: Network, splits: Splits, objective: str) -> list[str]:
    watch = own_fit.Watch(lambda _epoch, _metrics: True)
    result = own_fit.call(network, *_few(network, splits), 1, watch)
    return list(dict.fromkeys([*watch.seen, *own_fit.returned(result, objective)]))


def _few(network: Network, splits: Splits) -> tuple[own_fit.Arrays, own_fit.Arrays]:
    x_fit, y_fit, x_val, y_val = (
        take(tree, slice(FEW)) for tree in (splits.x_fit, splits.y_fit, splits.x_val, splits.y_val)
    )
    return (x_fit, network.labels(y_fit, splits.targets)), (x_val, network.labels(y_val, splits.targets))


def _check_names(model: keras.Model, given: Shape | dict[str, Shape]) -> None:
    """Refuse inputs of other names than the data's, which Keras would fill in the order of the alphabet."""
    inputs = _inputs(model)
    if isinstance(given, dict):
        all_named = not isinstance(getattr(model, "input", None), dict) or len(inputs) == len(given)
        if inputs and not (all_named and inputs.keys() <= given.keys()):
            raise UnfitModelError(
                f"The hypermodel's model takes the input{'s' * (len(inputs) > 1)} {', '.join(inputs)}, the data have "
                f"{', '.join(given)}: name its inputs so, as by keras.Input(..., name={next(iter(given))!r})."
            )
    elif len(inputs) > 1:
        raise UnfitModelError(
            f"The hypermodel's model takes {len(inputs)} inputs ({', '.join(inputs)}), the data have one, of shape "
            f"{given}: give it one, or choose another --dataset."
        )


def _check_shapes(model: keras.Model, splits: Splits, error: Exception) -> None:
    """Say in one line what Keras says in many."""
    given = splits.input_shape
    for name, wanted in _inputs(model).items():
        shape = given[name] if isinstance(given, dict) else given
        if len(wanted) != len(shape) or any(size not in (None, real) for size, real in zip(wanted, shape, strict=True)):
            what = f"for its input {name} examples" if isinstance(given, dict) else "examples"
            raise UnfitModelError(
                f"The hypermodel's model takes {what} of shape {wanted}, the data have shape {shape}: "
                "change its input, or choose another --dataset."
            ) from error
    for target in splits.targets:
        _check_width(model, splits.targets, target, error)


def _check_width(model: keras.Model, targets: Targets, target: Target, error: Exception) -> None:
    width = width_of(model, targets, target)
    wanted = target.classes or target.width
    if width is None or fits((0, width), target):
        return
    noun = ("column" if target.name else "output") + "s" * (width != 1)
    has = f"output {target.name} of the hypermodel's model" if target.name else "hypermodel's model"
    said = "classes" if target.classifies else f"value{'s' * (wanted > 1)}"
    raise UnfitModelError(f"The {has} has {width} {noun}, the data have {wanted} {said}: give it {wanted}.") from error


def _inputs(model: keras.Model) -> dict[str, tuple[int | None, ...]]:
    """Give the shapes of a model's inputs by their names; none where it does not tell."""
    return {each.name: tuple(each.shape[1:]) for each in getattr(model, "inputs", None) or ()}
