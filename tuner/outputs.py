"""Tell labels and probabilities of a classifier by its compiled loss and the shape of what it gives."""

from typing import Any

import keras
import numpy as np

VECTOR_LOSSES = {
    "meansquarederror", "mse", "meanabsoluteerror", "mae", "huber", "logcosh", "kldivergence", "kld", "poisson",
    "binarycrossentropy", "binaryfocalcrossentropy", "cosinesimilarity", "hinge", "squaredhinge", "categoricalhinge",
}  # fmt: skip
"""Losses that compare the outputs of several classes with a one-hot label of the same shape."""


def loss_name(model: keras.Model) -> str:
    """Give the name of the compiled loss in lower case without underscores; "" where there is none."""
    loss = getattr(model, "loss", None)
    name = loss if isinstance(loss, str) else getattr(loss, "name", None) or getattr(loss, "__name__", "")
    return str(name).lower().replace("_", "")


def takes_one_hot(model: keras.Model, classes: int) -> bool:
    """Whether the compiled loss takes labels `(n, classes)` rather than `(n,)`."""
    name = loss_name(model)
    return name.startswith("categorical") or (name in VECTOR_LOSSES and _width(model) == classes)


def classifies(shape: tuple[int, ...], classes: int) -> bool:
    """Whether outputs of `shape` `(n, ...)` say something of each class; one column does where there are two."""
    return len(shape) == 2 and (shape[1] == classes or (shape[1] == 1 and classes == 2))


def with_probabilities(model: keras.Model) -> keras.Model:
    """Give the model with probabilities `(n, classes)` for its outputs, sharing its weights; itself where it has them.

    Logits, which the compiled loss tells of, go through a softmax or a sigmoid, and the one column of two classes
    becomes two, `1 - p` and `p`.
    """
    logits = model.compiled and bool(getattr(model.loss, "from_logits", False))
    single = _width(model) == 1 and loss_name(model).startswith("binary")
    heads: list[keras.Layer] = []
    if logits:
        heads.append(keras.layers.Activation("sigmoid" if single else "softmax", name="probabilities"))
    if single:
        heads.append(_two_columns())
    if not heads:
        return model
    outputs = model.outputs[0]
    for head in heads:
        outputs = head(outputs)
    return keras.Model(model.inputs[0] if len(model.inputs) == 1 else model.inputs, outputs)


def _two_columns() -> keras.Layer:
    """Give the layer that turns `p` into `1 - p` and `p`, a plain one, so that every format can hold it."""
    kernel, bias = keras.initializers.Constant([[-1.0, 1.0]]), keras.initializers.Constant([1.0, 0.0])
    layer = keras.layers.Dense(2, kernel_initializer=kernel, bias_initializer=bias, name="both_classes")
    layer.trainable = False
    return layer


def measured(chances: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Measure probabilities `(n, classes)` against labels `(n,)`: accuracy, and the mean log loss in nats."""
    right = chances[np.arange(len(labels)), labels].astype(np.float64)
    accuracy = float((chances.argmax(axis=1) == labels).mean())
    return {"accuracy": accuracy, "loss": float(-np.log(np.clip(right, 1e-7, 1)).mean())}


def _width(model: keras.Model) -> Any:
    shape = getattr(model, "output_shape", None)
    return shape[-1] if isinstance(shape, tuple) and len(shape) == 2 else None
