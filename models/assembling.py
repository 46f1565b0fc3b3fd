"""The ends of a network, by the problem that it is for: its inputs, an output for each target, and their losses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from keras_search.models.problem import Problem, Target

if TYPE_CHECKING:
    import keras


def flattened(problem: Problem) -> list[keras.Layer]:
    """Give the layer that makes one row of each example; none for several inputs, which are rows once joined."""
    from keras import layers

    return [] if isinstance(problem.input_shape, dict) else [layers.Flatten()]


def heads(problem: Problem) -> dict[str, keras.Layer]:
    """Give the last layer of each target, by its name: probabilities of its classes, or its values.

    Where there are several, each layer is named as its target.
    """
    from keras import layers

    several = len(problem.targets) > 1
    return {
        target.name: layers.Dense(
            target.classes or target.width,
            activation="softmax" if target.classifies else "linear",
            name=target.name if several else None,
        )
        for target in problem.targets
    }


def assembled(
    problem: Problem, network: Sequence[keras.Layer], ends: Mapping[str, keras.Layer], name: str | None = None
) -> keras.Model:
    """Lead the inputs through the layers of `network` to `ends`, as `heads` gives them.

    Of several inputs `network` gets the numbers of all in one row, `(n, d)`; several outputs are a dict by the
    names of their targets.
    """
    import keras

    if len(ends) == 1 and not isinstance(problem.input_shape, dict):
        return keras.Sequential([keras.Input(problem.input_shape), *network, *ends.values()], name=name)
    inputs = _inputs(problem)
    said = _joined(inputs)
    for layer in network:
        said = layer(said)
    outputs = {target: end(said) for target, end in ends.items()}
    return keras.Model(inputs, outputs if len(outputs) > 1 else next(iter(outputs.values())), name=name)


def compile_for(
    problem: Problem, model: keras.Model, optimizer: keras.optimizers.Optimizer, one_hot: bool = False
) -> keras.Model:
    """Compile an assembled model: cross-entropy and accuracy for classes, squared and absolute error for values.

    `one_hot` asks for labels of shape `(n, classes)`.
    """
    losses = {target.name: _loss(target, one_hot) for target in problem.targets}
    metrics = {
        target.name: ["accuracy"] if target.classifies else ["mean_absolute_error"] for target in problem.targets
    }
    if len(losses) > 1:
        model.compile(optimizer, losses, metrics=metrics)
    else:
        model.compile(optimizer, *losses.values(), metrics=next(iter(metrics.values())))
    return model


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
    """Join several inputs into one row of numbers an example; a single one stays as it is."""
    from keras import layers

    if not isinstance(inputs, dict):
        return inputs
    rows = [layers.Flatten()(each) for each in inputs.values()]
    return layers.Concatenate()(rows) if len(rows) > 1 else rows[0]
