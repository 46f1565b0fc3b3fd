"""The ends of a network for a problem: its inputs, an output for each target, and their losses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from keras_search.models.problem import Problem, Spread, Target

if TYPE_CHECKING:
    import keras


def flattened(problem: Problem) -> list[keras.Layer]:
    """Return the layer that flattens each example; none for several inputs, which are rows once joined."""
    from keras import layers

    return [] if isinstance(problem.input_shape, dict) else [layers.Flatten()]


def heads(problem: Problem) -> dict[str, list[keras.Layer]]:
    """Return the last layers of each target, by its name: probabilities of its classes, or its values.

    With several targets, the last layer of each has its name.
    """
    return {target.name: _head(target, problem.spreads.get(target.name)) for target in problem.targets}


def _head(target: Target, spread: Spread | None) -> list[keras.Layer]:
    """Return the layers of one target; values are learned in units of their spread, and returned in their own."""
    from keras import layers

    name = target.name or None
    if target.classifies:
        return [layers.Dense(target.classes, activation="softmax", name=name)]
    if spread is None:
        return [layers.Dense(target.width, name=name)]
    return [layers.Dense(target.width), layers.Rescaling(list(spread.deviation), list(spread.mean), name=name)]


def assembled(
    problem: Problem, network: Sequence[keras.Layer], ends: Mapping[str, Sequence[keras.Layer]], name: str | None = None
) -> keras.Model:
    """Connect the inputs through the layers of `network` to `ends`, as `heads` returns them.

    For several inputs `network` gets the numbers of all in one row, `(n, d)`; several outputs are a dict by the
    names of their targets.
    """
    import keras

    if len(ends) == 1 and not isinstance(problem.input_shape, dict):
        (end,) = ends.values()
        return keras.Sequential([keras.Input(problem.input_shape), *network, *end], name=name)
    inputs = _inputs(problem)
    tensor = _through(network, _joined(inputs))
    outputs = {target: _through(end, tensor) for target, end in ends.items()}
    return keras.Model(inputs, outputs if len(outputs) > 1 else next(iter(outputs.values())), name=name)


def _through(layers: Sequence[keras.Layer], tensor: keras.KerasTensor) -> keras.KerasTensor:
    for layer in layers:
        tensor = layer(tensor)
    return tensor


def compile_for(
    problem: Problem, model: keras.Model, optimizer: keras.optimizers.Optimizer, one_hot: bool = False
) -> keras.Model:
    """Compile an assembled model: cross-entropy and accuracy for classes, squared and absolute error for values.

    The squared error is weighted by one over the variance of the values, so that always predicting the mean has a loss
    of 1. `one_hot` is for labels of shape `(n, classes)`.
    """
    losses = {target.name: _loss(target, one_hot) for target in problem.targets}
    metrics = {target.name: [_metric(target)] for target in problem.targets}
    weights = {target.name: _weight(problem.spreads.get(target.name)) for target in problem.targets}
    if len(losses) > 1:
        model.compile(optimizer, losses, loss_weights=weights, metrics=metrics)
    elif problem.target.classifies:
        model.compile(optimizer, *losses.values(), metrics=[_metric(problem.target)])
    else:
        model.compile(optimizer, *losses.values(), loss_weights=[*weights.values()], metrics=[_metric(problem.target)])
    return model


def _metric(target: Target) -> str:
    return "accuracy" if target.classifies else "mean_absolute_error"


def _weight(spread: Spread | None) -> float:
    return 1.0 if spread is None else 1 / spread.variance


def _loss(target: Target, one_hot: bool) -> str:
    if not target.classifies:
        return "mean_squared_error"
    return "categorical_crossentropy" if one_hot else "sparse_categorical_crossentropy"


def _inputs(problem: Problem) -> keras.KerasTensor | dict[str, keras.KerasTensor]:
    import keras

    if isinstance(problem.input_shape, dict):
        return {name: keras.Input(shape, name=name) for name, shape in problem.input_shape.items()}
    return keras.Input(problem.input_shape)


def _joined(inputs: keras.KerasTensor | dict[str, keras.KerasTensor]) -> keras.KerasTensor:
    """Join several inputs into one row of numbers per example; a single one stays as it is."""
    from keras import layers

    if not isinstance(inputs, dict):
        return inputs
    rows = [layers.Flatten()(each) for each in inputs.values()]
    return layers.Concatenate()(rows) if len(rows) > 1 else rows[0]
