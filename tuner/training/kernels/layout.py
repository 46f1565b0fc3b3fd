"""The memory layout of a network: one array holds the parameters of all its layers, one their values, and so on.

Rows are padded to a multiple of WIDTH. The padding is zero and stays so, because its gradient is zero.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np

from keras_search.tuner.system.cpu import WIDTH, padded
from keras_search.tuner.training.compiled.dropout import drop_of
from keras_search.tuner.training.kernels import arrays
from keras_search.tuner.training.kernels.activations import Formula
from keras_search.tuner.training.kernels.depthwise import Depthwise, Pointwise, describe_depthwise
from keras_search.tuner.training.kernels.distortions import DISTORTIONS, describe_distortion
from keras_search.tuner.training.kernels.gradients import assign_gradients
from keras_search.tuner.training.kernels.graph import Graph
from keras_search.tuner.training.kernels.noise import LAYERS as NOISE
from keras_search.tuner.training.kernels.noise import describe_noise
from keras_search.tuner.training.kernels.operators import Combination
from keras_search.tuner.training.kernels.placements import PLACEMENTS, describe_placement
from keras_search.tuner.training.kernels.recurrences import (
    ColumnDropout,
    Joint,
    MaskedAverage,
    Projection,
    Recurrence,
    gates_of,
)
from keras_search.tuner.training.kernels.recurrent import store_size
from keras_search.tuner.training.kernels.regularization import limit_of, prices_of
from keras_search.tuner.training.kernels.shapes import SHAPING, Rows, in_one_row, rows_made, rows_taken
from keras_search.tuner.training.kernels.tiles import GROUP
from keras_search.tuner.training.kernels.window_layout import describe_windows
from keras_search.tuner.training.kernels.windows import CONVOLUTIONS, WINDOWED

ARRAYS = ("values", "parameters", "running", "kept", "constants")
"""The arrays that layers point into."""


@dataclass(frozen=True)
class Outputs:
    """The outputs of a part: their offset in `values`, and how many rows of how many numbers each example has."""

    start: int
    columns: int
    positions: int = 1
    learns: bool = False
    """Whether parameters have a share in them."""
    sparse: bool = False
    """Whether most of them are zero."""

    @property
    def rows(self) -> Rows:
        """The rows of an example, and the numbers in each."""
        return self.positions, self.columns

    @property
    def size(self) -> int:
        """The size of an example in memory."""
        return self.positions * padded(self.columns)

    @property
    def unbroken(self) -> bool:
        """Whether there is no padding between the numbers of an example."""
        return self.positions == 1 or self.columns % WIDTH == 0


@dataclass
class Layout:
    """The records of a network's layers, and the sizes of the arrays that they point into, for `capacity` examples."""

    capacity: int
    layers: np.ndarray = field(default_factory=lambda: np.zeros(0, arrays.LAYER))
    """The records `(n,)`."""
    parameters: list[tuple[Any, int]] = field(default_factory=list)
    """The trainable variables and their offsets."""
    blocks: dict[int, int] = field(default_factory=dict)
    """Into how many blocks of columns a variable is divided, each padded, by its identity; 1 if not there.

    0 if its last axis, of one number, counts for nothing.
    """
    averages: list[tuple[Any, int]] = field(default_factory=list)
    """The running averages of normalization and their offsets."""
    constants: list[tuple[np.ndarray, int]] = field(default_factory=list)
    """The factors and offsets of rescaling and their places."""
    windows: list[np.ndarray] = field(default_factory=list)
    """The records of windows, each `(1,)` of WINDOW."""
    tables: list[np.ndarray] = field(default_factory=list)
    """The lists of places that they point into."""
    sizes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ARRAYS, 0))
    taken: dict[int, Outputs] = field(default_factory=dict)
    """What the model takes, by the identities of its inputs."""
    compared: list[Outputs] = field(default_factory=list)
    """The outputs that the losses take."""
    gradients: int = 0
    """The number of rows of gradients."""
    features: int = 0
    """The number of numbers per example."""
    dropped: int = 0
    """The number of elements per example that go through dropout."""
    drawn: int = 0
    """The number of other random numbers per example."""

    def take(self, array: str, size: int) -> int:
        """Reserve the next part of an array; return its offset."""
        start = self.sizes[array]
        self.sizes[array] += size
        return start

    def take_blocks(self, variable: Any, layer: Any, size: int) -> int:
        """Reserve parameters for a variable of a recurrent layer, which has a block of columns for each gate."""
        start = self.take("parameters", size)
        self.parameters.append((variable, start))
        self.blocks[id(variable)] = gates_of(layer)
        return start

    def add(self, what: Any, inputs: list[Outputs]) -> Outputs:
        """Append the records of a part, one for each of its inputs; return its outputs."""
        given = [each.rows for each in inputs]
        # A convolution reads its inputs from anywhere, but their gradient has rows.
        taken = given if isinstance(what, CONVOLUTIONS) and not inputs[0].learns else rows_taken(what, given)
        inputs = [self.arranged(each, rows) for each, rows in zip(inputs, taken, strict=True)]
        if isinstance(what, SHAPING):
            return inputs[0]
        made = self._append(what, inputs, *rows_made(what, taken))
        if isinstance(what, keras.layers.InputLayer):
            self.taken[id(what.output)] = made
        return made

    def arranged(self, outputs: Outputs, rows: Rows) -> Outputs:
        """Return outputs in other rows: the same memory if it has no padding, else that of a part that copies them."""
        positions, columns = rows
        if outputs.rows == rows:
            return outputs
        same = replace(outputs, positions=positions, columns=columns, sparse=outputs.sparse and positions == 1)
        if outputs.unbroken and same.unbroken:
            return same
        if 1 not in (positions, outputs.positions):
            outputs = self.arranged(outputs, in_one_row(rows))
        return self._append(None, [outputs], *rows)

    def _append(self, what: Any, inputs: list[Outputs], positions: int, columns: int) -> Outputs:
        made = Outputs(0, columns, positions)
        start = self.take("values", self.capacity * made.size)
        records = np.zeros(len(inputs), arrays.LAYER)
        records["input_positions"], records["positions"] = [each.positions for each in inputs], positions
        records["inputs"], records["columns"] = [each.columns for each in inputs], columns
        records["input_width"], records["width"] = [padded(each.columns) for each in inputs], padded(columns)
        records["before"], records["after"] = [each.start for each in inputs], start
        records["sparse"], records["passes"] = (
            [getattr(each, name) for each in inputs] for name in ("sparse", "learns")
        )
        before = len(self.parameters)
        _DESCRIBE[type(what)](what, records, self)
        records["learns"] = records["passes"] | (len(self.parameters) > before)
        self.layers = np.append(self.layers, records)
        return replace(made, start=start, learns=bool(records["learns"].any()), sparse=_is_sparse(what, inputs))


def lay_out(graph: Graph, capacity: int, sparse: bool) -> Layout:
    """Assign each part of a network its places; `sparse`: most of the data's numbers are zero."""
    layout = Layout(-(-capacity // GROUP) * GROUP)
    outputs: list[Outputs] = []
    for part in graph.parts:
        examples = [Outputs(0, features_of(part.what), sparse=sparse)] if not part.takes else []
        outputs.append(layout.add(part.what, examples or [outputs[number] for number in part.takes]))
    layout.compared = [outputs[number] for number in graph.compared]
    layout.gradients = assign_gradients(layout.layers, [each.start for each in layout.compared])
    return layout


def features_of(layer: keras.layers.InputLayer) -> int:
    """Return how many numbers an input of a model takes for an example."""
    return math.prod(layer.output.shape[1:])


def _is_sparse(what: Any, inputs: list[Outputs]) -> bool:
    """Return whether a part keeps most of its inputs' zeros."""
    keeps = isinstance(what, int | keras.layers.InputLayer | keras.layers.Dropout)
    keeps = keeps or (isinstance(what, keras.layers.Rescaling) and not np.any(what.offset))
    return keeps and inputs[0].sparse


def _describe_input(layer: keras.layers.InputLayer, record: np.ndarray, layout: Layout) -> None:
    record["kind"], record["column"] = arrays.INPUT, layout.features
    layout.features += features_of(layer)


def _describe_arranging(_: None, record: np.ndarray, __: Layout) -> None:
    record["kind"] = arrays.ARRANGING


def _describe_activation(activation: int, record: np.ndarray, _: Layout) -> None:
    record["kind"], record["activation"] = arrays.ACTIVATION, activation


def _describe_formula(formula: Formula, record: np.ndarray, _: Layout) -> None:
    record["kind"], record["activation"] = formula.layer_kind, formula.kind
    for name in ("first", "second", "third"):
        record[name] = getattr(formula, name)


def _describe_combination(what: Combination, records: np.ndarray, _: Layout) -> None:
    records["kind"], records["activation"], records["first"] = arrays.COMBINING, what.kind, what.factors
    records["adds"][1:], records["other"] = True, records["before"][::-1]


def _describe_slopes(layer: keras.layers.PReLU, record: np.ndarray, layout: Layout) -> None:
    record["kind"], record["rows"] = arrays.TRAINED_SLOPE, 1
    record["weights"] = start = layout.take("parameters", int(record["width"][0]))
    layout.parameters.append((layer.alpha, start))
    record["l1"], record["l2"] = prices_of(layer.alpha.regularizer)


def _describe_dropout(layer: keras.layers.Dropout, record: np.ndarray, layout: Layout) -> None:
    record["kind"] = arrays.DROPOUT
    record["threshold"], record["scale"] = drop_of(layer.rate)
    record["index"] = layout.dropped
    layout.dropped += int(record["positions"][0] * record["columns"][0])


def _describe_column_dropout(part: ColumnDropout, record: np.ndarray, layout: Layout) -> None:
    record["kind"] = arrays.COLUMN_DROPOUT
    record["threshold"], record["scale"] = drop_of(part.rate)
    record["index"] = layout.drawn
    layout.drawn += int(record["columns"][0])


def _describe_masked_average(part: MaskedAverage, record: np.ndarray, layout: Layout) -> None:
    record["kind"] = arrays.MASKED_AVERAGE
    _describe_mask(part.mask, record, layout)


def _describe_mask(mask: Any, record: np.ndarray, layout: Layout) -> None:
    """Describe the input of the model whose zeros are steps that do not count, if there is one."""
    if mask is not None:
        numbers = layout.taken[id(mask)]
        record["mask"], record["mask_width"] = numbers.start, padded(numbers.columns)


def _describe_sum(_: keras.layers.Add | Joint, records: np.ndarray, __: Layout) -> None:
    records["kind"] = arrays.MERGING
    records["adds"][1:] = True


def _describe_joint(_: keras.layers.Concatenate | Joint, records: np.ndarray, __: Layout) -> None:
    records["kind"] = arrays.MERGING
    records["column"] = np.cumsum(records["inputs"]) - records["inputs"]


def _describe_directions(joint: Joint, records: np.ndarray, layout: Layout) -> None:
    (_describe_sum if joint.adds else _describe_joint)(joint, records, layout)


def _describe_dense(layer: keras.layers.Dense, record: np.ndarray, layout: Layout) -> None:
    _describe_product(layer.kernel, layer.bias, record, layout)


def _describe_pointwise(part: Pointwise, record: np.ndarray, layout: Layout) -> None:
    _describe_product(part.layer.pointwise_kernel, part.layer.bias, record, layout)


def _describe_product(kernel: Any, bias: Any, record: np.ndarray, layout: Layout) -> None:
    """Describe the product of each row with a kernel."""
    width = int(record["width"][0])
    record["kind"] = arrays.DENSE
    record["weights"] = start = layout.take("parameters", int(record["input_width"][0]) * width)
    record["rows"] = record["inputs"]
    layout.parameters.append((kernel, start))
    record["l1"], record["l2"] = prices_of(kernel.regularizer)
    record["most"], record["epsilon"] = limit_of(kernel), keras.config.epsilon()
    record["has_bias"] = bias is not None
    if bias is not None:
        record["bias"] = start = layout.take("parameters", width)
        layout.parameters.append((bias, start))
        record["bias_l1"], record["bias_l2"] = prices_of(bias.regularizer)


def _describe_projection(part: Projection, record: np.ndarray, layout: Layout) -> None:
    """Describe a dense layer whose columns are those of all gates; the biases of a GRU are two rows."""
    cell, width = part.layer.cell, int(record["width"][0])
    record["kind"], record["has_bias"], record["rows"] = arrays.DENSE, cell.use_bias, record["inputs"]
    record["weights"] = layout.take_blocks(cell.kernel, part.layer, int(record["input_width"][0]) * width)
    record["l1"], record["l2"] = prices_of(cell.kernel.regularizer)
    if cell.use_bias:
        record["bias"] = layout.take_blocks(cell.bias, part.layer, math.prod(cell.bias.shape[:-1]) * width)
        record["bias_l1"], record["bias_l2"] = prices_of(cell.bias.regularizer)


def _describe_recurrence(part: Recurrence, record: np.ndarray, layout: Layout) -> None:
    """Describe the steps; their bias is the second row of a GRU's, after that of its projection."""
    layer, cell = part.layer, part.layer.cell
    steps, width, gates = (int(record[name][0]) for name in ("input_positions", "width", "input_width"))
    record["kind"], record["cell"], record["rows"] = arrays.RECURRENT, part.cell, record["columns"]
    record["sequences"], record["backwards"] = layer.return_sequences, layer.go_backwards
    record["reversed"], record["blank"] = part.reversed, layer.zero_output_for_mask
    _describe_mask(part.mask, record, layout)
    record["weights"] = layout.take_blocks(cell.recurrent_kernel, layer, width * gates)
    record["l1"], record["l2"] = prices_of(cell.recurrent_kernel.regularizer)
    record["has_bias"] = part.cell == arrays.GRU and cell.use_bias
    if record["has_bias"]:
        record["bias"] = next(start for variable, start in layout.parameters if variable is cell.bias) + gates
        record["bias_l1"], record["bias_l2"] = prices_of(cell.bias.regularizer)
    record["store"] = layout.take("kept", store_size(steps, layout.capacity, width, gates))


def _describe_embedding(layer: keras.layers.Embedding, record: np.ndarray, layout: Layout) -> None:
    steps, width, entries = int(record["positions"][0]), int(record["width"][0]), int(layer.input_dim)
    record["kind"], record["entries"] = arrays.EMBEDDING, entries
    record["weights"] = start = layout.take("parameters", entries * width)
    layout.parameters.append((layer.embeddings, start))
    marked = min(entries, layout.capacity * steps)
    record["store"] = layout.take("kept", entries + 2 * marked * width)


def _describe_normalization(layer: keras.layers.BatchNormalization, record: np.ndarray, layout: Layout) -> None:
    width = int(record["width"][0])
    record["kind"], record["momentum"] = arrays.NORMALIZATION, layer.momentum
    record["mean"], record["variance"] = (layout.take("running", width) for _ in range(2))
    _describe_gamma(layer, record, layout, width)
    layout.averages.append((layer.moving_mean, int(record["mean"][0])))
    layout.averages.append((layer.moving_variance, int(record["variance"][0])))


def _describe_layer_normalization(layer: keras.layers.LayerNormalization, record: np.ndarray, layout: Layout) -> None:
    record["kind"] = arrays.LAYER_NORMALIZATION
    _describe_gamma(layer, record, layout, layout.capacity * int(record["positions"][0]))


def _describe_gamma(layer: Any, record: np.ndarray, layout: Layout, deviations: int) -> None:
    """Describe gamma, beta and what a normalization keeps; it divides by so many standard deviations."""
    width, rows = int(record["width"][0]), layout.capacity * int(record["positions"][0])
    record["epsilon"], record["has_bias"] = layer.epsilon, layer.center
    record["rows"] = 1
    record["weights"], record["bias"] = (layout.take("parameters", width) for _ in range(2))
    record["centred"], record["inverse"] = layout.take("kept", rows * width), layout.take("kept", deviations)
    layout.parameters.append((layer.gamma, int(record["weights"][0])))
    record["l1"], record["l2"] = prices_of(layer.gamma.regularizer)
    if layer.center:
        layout.parameters.append((layer.beta, int(record["bias"][0])))
        record["bias_l1"], record["bias_l2"] = prices_of(layer.beta.regularizer)


def _describe_rescaling(layer: keras.layers.Rescaling, record: np.ndarray, layout: Layout) -> None:
    record["kind"] = arrays.RESCALING
    positions, columns, width = (int(record[name][0]) for name in ("positions", "columns", "width"))
    for name, given in (("factor", layer.scale), ("offset", layer.offset)):
        record[name] = start = layout.take("constants", positions * width)
        each = np.broadcast_to(np.asarray(given, np.float32), layer.input.shape[1:]).reshape(positions, columns)
        layout.constants.append((np.pad(each, ((0, 0), (0, width - columns))).reshape(-1), start))


_DESCRIBE: dict[type, Callable[[Any, np.ndarray, Layout], None]] = {
    int: _describe_activation,
    type(None): _describe_arranging,
    Formula: _describe_formula,
    Combination: _describe_combination,
    keras.layers.PReLU: _describe_slopes,
    **dict.fromkeys(NOISE, describe_noise),
    keras.layers.InputLayer: _describe_input,
    keras.layers.Dense: _describe_dense,
    keras.layers.Embedding: _describe_embedding,
    Pointwise: _describe_pointwise,
    Depthwise: describe_depthwise,
    Projection: _describe_projection,
    Recurrence: _describe_recurrence,
    Joint: _describe_directions,
    keras.layers.BatchNormalization: _describe_normalization,
    keras.layers.LayerNormalization: _describe_layer_normalization,
    keras.layers.Dropout: _describe_dropout,
    ColumnDropout: _describe_column_dropout,
    MaskedAverage: _describe_masked_average,
    keras.layers.Rescaling: _describe_rescaling,
    keras.layers.Add: _describe_sum,
    keras.layers.Concatenate: _describe_joint,
    **dict.fromkeys(WINDOWED, describe_windows),
    **dict.fromkeys(DISTORTIONS, describe_distortion),
    **dict.fromkeys(PLACEMENTS, describe_placement),
}


def copied_from(variable: Any, array: np.ndarray, start: int, blocks: int = 1) -> None:
    """Copy the value of a variable to its place in an array; its columns are so many blocks, each padded."""
    value = variable.numpy()
    place = _place(array, start, value.shape, blocks)
    place[...] = value.reshape(place.shape)


def copied_to(variable: Any, array: np.ndarray, start: int, blocks: int = 1) -> None:
    """Set a variable to the values at its place in an array."""
    variable.assign(_place(array, start, variable.shape, blocks).reshape(variable.shape))


def _place(array: np.ndarray, start: int, shape: tuple[int, ...], blocks: int) -> np.ndarray:
    if blocks == 0:
        shape, blocks = shape[:-1], 1
    rows, columns = math.prod(shape[:-1]), shape[-1] // blocks
    width = padded(columns)
    return array[start : start + rows * blocks * width].reshape(*shape[:-1], blocks, width)[..., :columns]
