"""The memory layout of a chain of layers: one array holds the parameters of all, one their values, and so on.

Rows are padded to whole vectors. The padding is zero and stays so, because its gradient is zero.
"""

import math
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from keras_search.tuner.system.cpu import padded
from keras_search.tuner.training.compiled.dropout import drop_of
from keras_search.tuner.training.kernels import arrays
from keras_search.tuner.training.kernels.regularization import limit_of, prices_of
from keras_search.tuner.training.kernels.tiles import GROUP

ARRAYS = ("values", "parameters", "running", "kept", "constants")
"""The arrays that layers point into."""


@dataclass
class Layout:
    """The records of a chain's layers, and the sizes of the arrays that they point into, for `capacity` examples."""

    capacity: int
    records: list[np.ndarray] = field(default_factory=list)
    parameters: list[tuple[Any, int]] = field(default_factory=list)
    """The trainable variables and their offsets."""
    averages: list[tuple[Any, int]] = field(default_factory=list)
    """The running averages of normalization and their offsets."""
    constants: list[tuple[np.ndarray, int]] = field(default_factory=list)
    """The factors and offsets of rescaling and their places."""
    sizes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ARRAYS, 0))
    dropped: int = 0
    """The number of elements per example that go through dropout."""

    @property
    def layers(self) -> np.ndarray:
        """All records, `(n_layers,)` of LAYER."""
        return np.concatenate(self.records)

    def take(self, array: str, size: int) -> int:
        """Reserve the next part of an array; return its offset."""
        start = self.sizes[array]
        self.sizes[array] += size
        return start


def lay_out(parts: list[Any], features: int, capacity: int, sparse: bool) -> Layout:
    """Assign each layer of a chain its place; `sparse`: most of the data's numbers are zero."""
    layout = Layout(-(-capacity // GROUP) * GROUP)
    columns, before = features, layout.take("values", layout.capacity * padded(features))
    for part in parts:
        record = np.zeros(1, arrays.LAYER)
        outputs = part.units if isinstance(part, keras.layers.Dense) else columns
        record["inputs"], record["columns"] = columns, outputs
        record["input_width"], record["width"] = padded(columns), padded(outputs)
        record["before"] = before
        record["after"] = before = layout.take("values", layout.capacity * padded(outputs))
        record["sparse"] = sparse and isinstance(part, keras.layers.Dense) and not layout.parameters
        _describe(part, record, layout)
        record["learns"] = bool(layout.parameters)
        layout.records.append(record)
        columns = outputs
    return layout


def _describe(part: Any, record: np.ndarray, layout: Layout) -> None:
    if isinstance(part, keras.layers.Dense):
        _describe_dense(part, record, layout)
    elif isinstance(part, keras.layers.BatchNormalization):
        _describe_normalization(part, record, layout)
    elif isinstance(part, keras.layers.Dropout):
        record["kind"] = arrays.DROPOUT
        record["threshold"], record["scale"] = drop_of(part.rate)
        record["index"] = layout.dropped
        layout.dropped += int(record["columns"][0])
    elif isinstance(part, keras.layers.Rescaling):
        _describe_rescaling(part, record, layout)
    else:
        record["kind"], record["activation"] = arrays.ACTIVATION, part


def _describe_dense(layer: keras.layers.Dense, record: np.ndarray, layout: Layout) -> None:
    width = int(record["width"][0])
    record["kind"] = arrays.DENSE
    record["weights"] = start = layout.take("parameters", int(record["input_width"][0]) * width)
    layout.parameters.append((layer.kernel, start))
    record["l1"], record["l2"] = prices_of(layer.kernel.regularizer)
    record["most"], record["epsilon"] = limit_of(layer.kernel), keras.config.epsilon()
    record["has_bias"] = layer.use_bias
    if layer.use_bias:
        record["bias"] = start = layout.take("parameters", width)
        layout.parameters.append((layer.bias, start))
        record["bias_l1"], record["bias_l2"] = prices_of(layer.bias.regularizer)


def _describe_normalization(layer: keras.layers.BatchNormalization, record: np.ndarray, layout: Layout) -> None:
    width = int(record["width"][0])
    record["kind"] = arrays.NORMALIZATION
    record["momentum"], record["epsilon"] = layer.momentum, layer.epsilon
    record["weights"], record["bias"] = (layout.take("parameters", width) for _ in range(2))
    record["mean"], record["variance"] = (layout.take("running", width) for _ in range(2))
    record["centred"], record["inverse"] = layout.take("kept", layout.capacity * width), layout.take("kept", width)
    record["has_bias"] = layer.center
    layout.parameters.append((layer.gamma, int(record["weights"][0])))
    record["l1"], record["l2"] = prices_of(layer.gamma.regularizer)
    if layer.center:
        layout.parameters.append((layer.beta, int(record["bias"][0])))
        record["bias_l1"], record["bias_l2"] = prices_of(layer.beta.regularizer)
    layout.averages.append((layer.moving_mean, int(record["mean"][0])))
    layout.averages.append((layer.moving_variance, int(record["variance"][0])))


def _describe_rescaling(layer: keras.layers.Rescaling, record: np.ndarray, layout: Layout) -> None:
    record["kind"] = arrays.RESCALING
    for name, given in (("factor", layer.scale), ("offset", layer.offset)):
        record[name] = start = layout.take("constants", int(record["width"][0]))
        each = np.broadcast_to(np.asarray(given, np.float32), layer.input.shape[1:])
        layout.constants.append((each.reshape(-1), start))


def copied_from(variable: Any, array: np.ndarray, start: int) -> None:
    """Copy the value of a variable to its place in an array."""
    value = variable.numpy()
    _place(array, start, value.shape)[...] = value


def copied_to(variable: Any, array: np.ndarray, start: int) -> None:
    """Set a variable to the values at its place in an array."""
    variable.assign(_place(array, start, variable.shape))


def _place(array: np.ndarray, start: int, shape: tuple[int, ...]) -> np.ndarray:
    rows, columns = math.prod(shape[:-1]), shape[-1]
    width = padded(columns)
    return array[start : start + rows * width].reshape(*shape[:-1], width)[..., :columns]
