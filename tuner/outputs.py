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


def probabilities(outputs: np.ndarray, model: keras.Model) -> np.ndarray:
    """Turn outputs `(n, classes)`, or `(n, 1)` of two classes, into probabilities `(n, classes)` float32."""
    logits = bool(getattr(model.loss, "from_logits", False)) if model.compiled else False
    if outputs.shape[1] == 1:
        positive = 1 / (1 + np.exp(-outputs)) if logits else outputs
        return np.hstack([1 - positive, positive]).astype(np.float32)
    if not logits:
        return outputs
    powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    scaled: np.ndarray = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    return scaled


def measured(chances: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Measure probabilities `(n, classes)` against labels `(n,)`: accuracy, and the mean log loss in nats."""
    right = chances[np.arange(len(labels)), labels].astype(np.float64)
    accuracy = float((chances.argmax(axis=1) == labels).mean())
    return {"accuracy": accuracy, "loss": float(-np.log(np.clip(right, 1e-7, 1)).mean())}


def _width(model: keras.Model) -> Any:
    shape = getattr(model, "output_shape", None)
    return shape[-1] if isinstance(shape, tuple) and len(shape) == 2 else None
