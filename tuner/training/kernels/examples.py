"""The examples of an epoch as the kernels take them."""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from keras_search.tuner.data.tree import Tree
from keras_search.tuner.training.kernels.arrays import MATCHES, RIGHT, SOFTMAX, Floats, Targets
from keras_search.tuner.training.kernels.graph import Graph


@dataclass(frozen=True)
class Examples:
    """Examples to train or to validate on: x float32 `(n, features)`, read only, and what it is to give."""

    x: Floats
    targets: Targets


def taken(model: keras.Model, data: tuple[Tree, ...], graph: Graph) -> Examples | None:
    """Return (x, y) or (x, y, weights) as the kernels take them; None if the model takes another kind."""
    x, y, *weights = data
    if not (isinstance(x, np.ndarray) and isinstance(y, np.ndarray) and x.dtype == np.float32 and x.flags.c_contiguous):
        return None
    if x.shape[1:] != tuple(model.input_shape[1:]) or len(x) == 0 or len(x) != len(y):
        return None
    rows = np.asarray(x).reshape(len(x), -1).view()
    rows.flags.writeable = False
    targets = _targets(y, model.output_shape[-1], graph, _weights(weights, len(x)))
    return None if targets is None else Examples(rows, targets)


def _weights(given: list[Tree], n: int) -> Floats | None:
    """Return the weights of `n` examples, one if none are given; None if they are not one number each."""
    if not given:
        return np.ones(n, np.float32)
    weights = given[0]
    plain = isinstance(weights, np.ndarray) and weights.shape == (n,) and weights.dtype.kind in "iuf"
    return np.array(weights, np.float32) if plain else None


def _targets(y: NDArray[Any], columns: int, graph: Graph, weights: Floats | None) -> Targets | None:
    """Return what a model with `columns` outputs is to give; None if it takes another kind."""
    if weights is None:
        return None
    if graph.objective.kind == SOFTMAX:
        labels = _labels(y, columns, graph.objective.one_hot)
        return None if labels is None else Targets(labels, np.zeros(0, np.float32), weights)
    alike = y.shape == (len(y), columns) or (columns == 1 and y.ndim == 1)
    if not alike or y.dtype.kind not in "iuf":
        return None
    values = np.array(y, np.float32).reshape(-1)
    agreeing = any(measure.place in (MATCHES, RIGHT) for measure in graph.measures)
    if agreeing and not np.array_equal(values, y.reshape(-1)):  # Keras compares them before they are rounded
        return None
    return Targets(np.zeros(0, np.int64), values, weights)


def _labels(y: NDArray[Any], classes: int, one_hot: bool) -> NDArray[np.int64] | None:
    """Return labels below `classes` as whole numbers; None if some are not."""
    if one_hot:
        right = y.shape[1:] == (classes,) and np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all()
        return y.argmax(axis=1) if right else None
    if y.dtype.kind not in "iu" or y.size != len(y):
        return None
    labels = y.reshape(-1).astype(np.int64)
    return labels if labels.min() >= 0 and labels.max() < classes else None
