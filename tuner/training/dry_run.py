"""Try a hypermodel on a few examples: the hyperparameters and results of its own `fit`, the metrics of an epoch."""

from dataclasses import dataclass

import keras
import numpy as np
from keras_tuner import HyperParameters

from keras_search.models.problem import Shape, Target
from keras_search.tuner.data import Splits
from keras_search.tuner.data.tree import Examples, fit_types
from keras_search.tuner.system import tf_private
from keras_search.tuner.training import own_fit
from keras_search.tuner.training.belief import check_belief
from keras_search.tuner.training.engine import fit_as_keras
from keras_search.tuner.training.kernels.arrays import SOFTMAX
from keras_search.tuner.training.kernels.examples import taken
from keras_search.tuner.training.kernels.recognition.graph import Graph
from keras_search.tuner.training.kernels.recognition.model import graph_of
from keras_search.tuner.training.networks import BuildsNetworks, Network
from keras_search.tuner.training.outputs import (
    Targets,
    UnfitModelError,
    compared,
    fits,
    is_distribution,
    width_of,
    with_probabilities,
)

FEW = 64
"""The number of examples that a model is tried on."""


@dataclass(frozen=True)
class Behaviour:
    """The behaviour of a model: the metrics of an epoch, whether it can be compared, whether it has its own `fit`.

    `returned` is the kind of the `fit`'s result, an `own_fit.Outcome.kind`; `left_alone`: it trained only other models.
    A model can be compared if its compared output has a column for each class, or the values of the data.
    """

    metrics: list[str]
    comparable: bool
    own_fit: bool
    returned: str = ""
    left_alone: bool = False


class FitExplorer:
    """Explore as `Networks` does, and also the hyperparameters of the user's own `fit`."""

    def __init__(self, networks: BuildsNetworks, splits: Splits) -> None:
        self._networks, self._splits = networks, splits

    def explore(self, hyperparameters: HyperParameters) -> None:
        """Build, and call `fit` with a `model.fit` that trains nothing; a built-in hypermodel only chooses."""
        if self._networks.choose(hyperparameters):
            return
        network = self._networks.explore(hyperparameters, trains=False)
        if network.custom_fit is not None:
            own_fit.explore_fit(network, *_few(network, self._splits))


def dry_run(network: Network, splits: Splits, objective: str, direction: str = "max", number: str = "") -> Behaviour:
    """Train a model on a few examples to see what it reports; for a plain one that fits the data that is known.

    A number that its own fit returns is called `number`, or the objective if that is "".

    Raises:
        UnfitModelError: its inputs or outputs do not fit the data.
        FitResultError: its own fit returns nothing of use.
        Exception: whatever else the model raises on the data.
    """
    seen, returned, left_alone = splits.seen_by(network.own), "", False
    _check_names(network.model, seen.input_shape)
    try:
        comparable = _is_comparable(network, splits)
        if network.custom_fit is not None:
            names, returned, left_alone = _fitted(network, splits, objective, direction, number)
        else:
            graph = _graph_of(network, splits) if comparable else None
            names = _with_validation(list(graph.ends.metric_names)) if graph else _trained(network, splits)
    except Exception as error:
        if not isinstance(error, UnfitModelError):
            _check_shapes(network.model, seen, error)
        raise
    return Behaviour(names, comparable, network.custom_fit is not None, returned, left_alone)


def _graph_of(network: Network, splits: Splits) -> Graph | None:
    """Take a plain model apart that fits the data; None too if this version of Keras does not allow that."""
    try:
        graph = graph_of(network.model)
    except tf_private.PrivatePartError:
        return None
    if graph is None or all(
        end.objective.kind == SOFTMAX for end in graph.ends.each
    ):  # the labels of a comparable classifier are right
        return graph
    examples = network.examples(splits, "fit", slice(FEW))
    return None if taken(network.model, examples, graph) is None else graph


def _is_comparable(network: Network, splits: Splits) -> bool:
    """Return whether the compared output is of use: probabilities of the classes, or as many values as the data have.

    A user's own fit may train a model with outputs of another kind.
    """
    model, targets = network.model, splits.targets
    x, *_ = network.examples(splits, "fit", slice(FEW))
    try:
        whole = with_probabilities(model, targets)
        tensors = keras.tree.map_structure(keras.ops.convert_to_tensor, fit_types(x))
        prediction = compared(whole, whole(tensors, training=False), targets)
    except UnfitModelError:
        if network.custom_fit is None:
            raise
        return False
    if not fits(np.shape(prediction), targets[0]):
        return False
    if not targets[0].classifies:
        return True
    chances = np.asarray(prediction)
    return chances.shape[1] == targets[0].classes and is_distribution(chances)


def _trained(network: Network, splits: Splits) -> list[str]:
    """Train on one batch by `model.fit`, because the user's own step may report more than the model's metrics."""
    batch = slice(0, network.batch_size)
    fit, validation = (network.examples(splits, part, batch) for part in ("fit", "val"))
    reported = fit_as_keras(network.model, fit, validation, network.batch_size)
    usual = [name for name in _with_validation(list(network.model.get_metrics_result())) if name in reported]
    return [*usual, *(name for name in reported if name not in usual)]


def _with_validation(names: list[str]) -> list[str]:
    return [*names, *(f"val_{name}" for name in names)]


def _fitted(
    network: Network, splits: Splits, objective: str, direction: str, number: str
) -> tuple[list[str], str, bool]:
    """Call the user's own fit.

    Returns the names of all reported values, the kind of its result, and whether it trained only other models.
    """
    before = network.model.get_weights()
    few, watch = _few(network, splits), own_fit.Watch(lambda _epoch, _metrics: True)
    try:
        result = own_fit.call(network, *few, 1, watch)
    except own_fit.RestartError:  # the arguments that it sets itself are known now
        result = own_fit.call(network, *few, 1, watch)
    outcome = own_fit.outcome_of(result, objective, direction, number)
    metric = number if number in outcome.metrics else objective
    check_belief(metric, outcome.metrics.get(metric), network.model, composed=outcome.kind == "values")
    left_alone = own_fit.left_alone(network.model, before, watch)
    return list(dict.fromkeys([*watch.seen, *outcome.metrics])), outcome.kind, left_alone


def _few(network: Network, splits: Splits) -> tuple[Examples, Examples]:
    return network.examples(splits, "fit", slice(FEW)), network.examples(splits, "val", slice(FEW))


def _check_names(model: keras.Model, expected: Shape | dict[str, Shape]) -> None:
    """Refuse inputs with other names than the data's, which Keras would fill in alphabetical order."""
    inputs = _inputs(model)
    if isinstance(expected, dict):
        all_named = not isinstance(getattr(model, "input", None), dict) or len(inputs) == len(expected)
        if inputs and not (all_named and inputs.keys() <= expected.keys()):
            raise UnfitModelError(
                f"The hypermodel's model takes the input{'s' * (len(inputs) > 1)} {', '.join(inputs)}, the data have "
                f"{', '.join(expected)}: name its inputs alike, by keras.Input(..., name={next(iter(expected))!r})."
            )
    elif len(inputs) > 1:
        raise UnfitModelError(
            f"The hypermodel's model takes {len(inputs)} inputs ({', '.join(inputs)}), the data have one, of shape "
            f"{expected}: give it one, or choose another --dataset."
        )


def _check_shapes(model: keras.Model, splits: Splits, error: Exception) -> None:
    """Reduce Keras's long error about shapes to one line."""
    shapes = splits.input_shape
    for name, wanted in _inputs(model).items():
        shape = shapes[name] if isinstance(shapes, dict) else shapes
        if len(wanted) != len(shape) or any(size not in (None, real) for size, real in zip(wanted, shape, strict=True)):
            what = f"for its input {name} examples" if isinstance(shapes, dict) else "examples"
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
    what = "classes" if target.classifies else f"value{'s' * (wanted > 1)}"
    raise UnfitModelError(f"The {has} has {width} {noun}, the data have {wanted} {what}: give it {wanted}.") from error


def _inputs(model: keras.Model) -> dict[str, tuple[int | None, ...]]:
    """Return the shapes of a model's inputs by their names; none if they are unknown."""
    return {each.name: tuple(each.shape[1:]) for each in getattr(model, "inputs", None) or ()}
