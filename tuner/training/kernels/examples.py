"""The examples of an epoch as the kernels take them."""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from keras_search.tuner.data.pieces import all_of, as_type, contiguous, side_by_side
from keras_search.tuner.data.tree import Tree, leaves
from keras_search.tuner.training.kernels.arrays import (
    BINARY_FOCAL,
    HINGE,
    MATCHES,
    RIGHT,
    SOFTMAX,
    SQUARED_HINGE,
    Floats,
    Targets,
)
from keras_search.tuner.training.kernels.recognition.ends import End
from keras_search.tuner.training.kernels.recognition.graph import Graph


@dataclass(frozen=True)
class Examples:
    """Examples to train or to validate on: x float32 `(n, features)`, read only, and what it is to give."""

    x: Floats
    targets: Targets


def taken(model: keras.Model, data: tuple[Tree, ...], graph: Graph) -> Examples | None:
    """Return (x, y) or (x, y, weights) as the kernels take them; None if the model takes another kind."""
    x, y, *weights = data
    rows = _rows(model, x, graph)
    if rows is None:
        return None
    by_name = isinstance(getattr(model, "output", None), dict)
    weighing = _weights(weights, len(rows), [end.name for end in graph.ends.each], by_name)
    if weights and any(len(end.shape) > 1 for end in graph.ends.each):
        return None
    targets = None if weighing is None else _targets(y, len(rows), graph, weighing)
    return None if targets is None else Examples(rows, targets)


def _rows(model: keras.Model, x: Tree, graph: Graph) -> Floats | None:
    """Return the numbers of all inputs of each example, in the order in which the graph takes them."""
    named = _by_input(model, x)
    layers = [part.what for part in graph.parts if not part.takes]
    if named is None or len(layers) != len(named):
        return None
    found = []
    for layer in layers:
        array = named.get(id(layer.output))
        if entries_of(layer, graph):
            array = _as_entries(array, entries_of(layer, graph))
        elif isinstance(array, np.ndarray) and array.dtype.kind in "iu" and layer.output.dtype == "float32":
            array = contiguous(as_type(array, np.float32))
        if not isinstance(array, np.ndarray) or array.dtype != np.float32 or not array.flags.c_contiguous:
            return None
        if array.shape[1:] != tuple(layer.output.shape[1:]) or len(array) == 0:
            return None
        found.append(np.asarray(array).reshape(len(array), -1))
    if len({len(rows) for rows in found}) != 1:
        return None
    rows = found[0].view() if len(found) == 1 else side_by_side(found)
    rows.flags.writeable = False
    return rows


def entries_of(layer: Any, graph: Graph) -> int:
    """Return how many entries the smallest of the tables has whose rows an input of the model numbers; 0 if none."""
    number = next(number for number, part in enumerate(graph.parts) if part.what is layer)
    takers = [part.what for part in graph.parts if number in part.takes]
    return min((int(what.input_dim) for what in takers if isinstance(what, keras.layers.Embedding)), default=0)


def _as_entries(array: Any, entries: int) -> Any:
    """Return whole numbers from 0 to `entries` - 1 in single precision; None for others, which Keras may refuse."""
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "iuf":
        return None
    known = all_of(lambda part: (part >= 0) & (part < entries) & (part == np.floor(part)), array)
    return contiguous(as_type(array, np.float32)) if known else None


def _by_input(model: keras.Model, x: Tree) -> dict[int, Any] | None:
    """Return the array of each input by the identity of its tensor; None if they are given otherwise."""
    if len(model.inputs) == 1:
        return {id(model.inputs[0]): x}
    inputs = model.input if isinstance(model.input, dict) else {tensor.name: tensor for tensor in model.inputs}
    if not isinstance(x, dict) or set(x) != set(inputs):
        return None
    return {id(tensor): x[name] for name, tensor in inputs.items()}


def _weights(given: list[Tree], n: int, names: list[str], by_name: bool) -> Floats | None:
    """Return the weights of `n` examples, one if none are given; None if they are not one number each.

    With `by_name`, they may be given for each of the outputs `names`, the same array.
    """
    if not given:
        return np.ones(n, np.float32)
    weights: Any = given[0]
    if by_name and isinstance(weights, dict) and set(weights) == set(names):
        first, *others = weights.values()
        weights = first if all(each is first for each in others) else None
    plain = isinstance(weights, np.ndarray) and weights.shape == (n,) and weights.dtype.kind in "iuf"
    return np.array(weights, np.float32) if plain else None


def _targets(y: Tree, n: int, graph: Graph, weights: Floats) -> Targets | None:
    """Return what each of the ends is to give for `n` examples; None if one takes another kind."""
    labels: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
    values: list[Floats] = [np.zeros(0, np.float32)]
    named = leaves(y)
    if set(named) != {end.name for end in graph.ends.each}:
        return None
    for end in graph.ends.each:
        given = named[end.name]
        if not isinstance(given, np.ndarray) or len(given) != n:
            return None
        own: Any = _labels(given, end) if end.objective.kind == SOFTMAX else _values(given, end)
        if own is None:
            return None
        (labels if end.objective.kind == SOFTMAX else values).append(own)
    return Targets(np.concatenate(labels), np.concatenate(values), weights)


def _values(y: NDArray[Any], end: End) -> Floats | None:
    """Return the numbers that an output is to give; None if they are of another kind."""
    alike = y.shape[1:] == end.shape or (end.shape == (1,) and y.ndim == 1)
    if not alike or y.dtype.kind not in "iuf":
        return None
    if y.ndim == 1 and any(measure.score is not None and measure.score.in_rows for measure in end.measures):
        return None
    values = np.array(y, np.float32).reshape(-1)
    if not _are_in_range(values, end):
        return None
    agreeing = any(
        measure.place in (MATCHES, RIGHT) or getattr(measure.score, "exact", False) for measure in end.measures
    )
    if agreeing and not np.array_equal(values, y.reshape(-1)):  # Keras compares them before they are rounded
        return None
    return values


def _are_in_range(values: Floats, end: End) -> bool:
    """Return whether the formulas of the losses and metrics hold for these numbers."""
    if end.objective.kind == BINARY_FOCAL and not ((values >= 0) & (values <= 1)).all():
        return False
    sided = end.objective.kind in (HINGE, SQUARED_HINGE)
    sided = sided or any(getattr(measure.score, "of_sides", False) for measure in end.measures)
    # Keras looks at each batch whether its sides are 0 and 1.
    return not sided or any(bool(np.isin(values, sides).all()) for sides in ((0, 1), (-1, 1)))


def _labels(y: NDArray[Any], end: End) -> NDArray[np.int64] | None:
    """Return the labels of an output's classes as whole numbers; None if some are not."""
    if end.objective.one_hot:
        right = y.shape[1:] == (end.columns,) and np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all()
        return y.argmax(axis=1) if right else None
    if y.dtype.kind not in "iu" or y.size != len(y):
        return None
    labels = y.reshape(-1).astype(np.int64)
    return labels if labels.min() >= 0 and labels.max() < end.columns else None
