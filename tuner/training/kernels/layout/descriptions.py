"""How each part of a network is described in its records of LAYER: those without parameters here, others beside."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from keras_search.tuner.training.kernels import arrays
from keras_search.tuner.training.kernels.layout.attention import describe_attention, describe_head_product
from keras_search.tuner.training.kernels.layout.draws import (
    describe_called_dropout,
    describe_column_dropout,
    describe_distortion,
    describe_dropout,
    describe_noise,
)
from keras_search.tuner.training.kernels.layout.places import Layout, features_of
from keras_search.tuner.training.kernels.layout.pooled import describe_pooled_convolution
from keras_search.tuner.training.kernels.layout.sequences import (
    describe_embedding,
    describe_masked_average,
    describe_masked_steps,
    describe_projection,
    describe_recurrence,
)
from keras_search.tuner.training.kernels.layout.transposed import describe_transposed
from keras_search.tuner.training.kernels.layout.weights import (
    describe_dense,
    describe_layer_normalization,
    describe_normalization,
    describe_pointwise,
    describe_slopes,
)
from keras_search.tuner.training.kernels.layout.windows import describe_depthwise, describe_group, describe_windows
from keras_search.tuner.training.kernels.recognition.activations import Formula
from keras_search.tuner.training.kernels.recognition.attention import Attention, HeadProduct
from keras_search.tuner.training.kernels.recognition.called_dropout import CalledDropout
from keras_search.tuner.training.kernels.recognition.depthwise import Depthwise, Pointwise
from keras_search.tuner.training.kernels.recognition.distortions import DISTORTIONS
from keras_search.tuner.training.kernels.recognition.grouped import GroupConvolution
from keras_search.tuner.training.kernels.recognition.noise import LAYERS as NOISE
from keras_search.tuner.training.kernels.recognition.operators import Combination
from keras_search.tuner.training.kernels.recognition.placements import PLACEMENTS, blended_by, blends, places_of
from keras_search.tuner.training.kernels.recognition.pooled import PooledConvolution
from keras_search.tuner.training.kernels.recognition.recurrences import (
    ColumnDropout,
    Joint,
    MaskedAverage,
    MaskedSteps,
    Projection,
    Recurrence,
)
from keras_search.tuner.training.kernels.recognition.tensors import Gathering, Scaling, Shares, Summing
from keras_search.tuner.training.kernels.recognition.transposed import TRANSPOSED
from keras_search.tuner.training.kernels.recognition.windows import WINDOWED


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


def _describe_sum(_: keras.layers.Add | Joint, records: np.ndarray, __: Layout) -> None:
    records["kind"] = arrays.MERGING
    records["adds"][1:] = True


def _describe_joint(_: keras.layers.Concatenate | Joint, records: np.ndarray, __: Layout) -> None:
    records["kind"] = arrays.MERGING
    records["column"] = np.cumsum(records["inputs"]) - records["inputs"]


def _describe_directions(joint: Joint, records: np.ndarray, layout: Layout) -> None:
    (_describe_sum if joint.adds else _describe_joint)(joint, records, layout)


def _describe_rescaling(layer: keras.layers.Rescaling, record: np.ndarray, layout: Layout) -> None:
    _describe_scaling(Scaling(layer.scale, layer.offset, layer.input.shape), record, layout)


def _describe_scaling(what: Scaling, record: np.ndarray, layout: Layout) -> None:
    record["kind"] = arrays.RESCALING
    positions, columns, width = (int(record[name][0]) for name in ("positions", "columns", "width"))
    for name, given in (("factor", what.scale), ("offset", what.offset)):
        record[name] = start = layout.take("constants", positions * width)
        each = np.broadcast_to(np.asarray(given, np.float32), what.shape[1:]).reshape(positions, columns)
        layout.constants.append((np.pad(each, ((0, 0), (0, width - columns))).reshape(-1), start))


def _describe_placement(layer: Any, record: np.ndarray, layout: Layout) -> None:
    """Describe such a layer in its record of LAYER."""
    record["places"] = sum(map(len, layout.tables))
    if blends(layer):
        places, shares = (each.reshape(-1) for each in blended_by(layer))
        record["kind"], record["factor"] = arrays.BLENDING, layout.take("constants", len(shares))
        layout.constants.append((shares, int(record["factor"][0])))
    else:
        record["kind"], places = arrays.PLACING, places_of(layer)
    layout.tables.append(places)


def _describe_gathering(what: Gathering, record: np.ndarray, layout: Layout) -> None:
    record["kind"] = arrays.GATHERING
    _describe_places(what.places, "inputs", "input_width", record, layout)


def _describe_summing(what: Summing, record: np.ndarray, layout: Layout) -> None:
    record["kind"] = arrays.SUMMING
    _describe_places(what.places, "columns", "width", record, layout)


def _describe_places(places: np.ndarray, columns: str, width: str, record: np.ndarray, layout: Layout) -> None:
    """List places in memory, where rows are padded."""
    record["places"] = sum(map(len, layout.tables))
    rows, column = np.divmod(places, int(record[columns][0]))
    layout.tables.append(rows * int(record[width][0]) + column)


def _describe_shares(_: Shares, record: np.ndarray, __: Layout) -> None:
    record["kind"] = arrays.SHARES


DESCRIPTIONS: dict[type, Callable[[Any, np.ndarray, Layout], None]] = {
    int: _describe_activation,
    type(None): _describe_arranging,
    Formula: _describe_formula,
    Combination: _describe_combination,
    keras.layers.PReLU: describe_slopes,
    **dict.fromkeys(NOISE, describe_noise),
    keras.layers.InputLayer: _describe_input,
    keras.layers.Dense: describe_dense,
    keras.layers.Embedding: describe_embedding,
    Pointwise: describe_pointwise,
    Depthwise: describe_depthwise,
    Projection: describe_projection,
    Recurrence: describe_recurrence,
    HeadProduct: describe_head_product,
    Attention: describe_attention,
    Joint: _describe_directions,
    keras.layers.BatchNormalization: describe_normalization,
    keras.layers.LayerNormalization: describe_layer_normalization,
    keras.layers.Dropout: describe_dropout,
    ColumnDropout: describe_column_dropout,
    CalledDropout: describe_called_dropout,
    MaskedSteps: describe_masked_steps,
    MaskedAverage: describe_masked_average,
    keras.layers.Rescaling: _describe_rescaling,
    Scaling: _describe_scaling,
    Gathering: _describe_gathering,
    Summing: _describe_summing,
    Shares: _describe_shares,
    keras.layers.Add: _describe_sum,
    keras.layers.Concatenate: _describe_joint,
    **dict.fromkeys(WINDOWED, describe_windows),
    **dict.fromkeys(TRANSPOSED, describe_transposed),
    GroupConvolution: describe_group,
    PooledConvolution: describe_pooled_convolution,
    **dict.fromkeys(DISTORTIONS, describe_distortion),
    **dict.fromkeys(PLACEMENTS, _describe_placement),
}
"""How each kind of part is described: `(part, records, layout)`, with one record for each of its inputs."""
