"""How many rows of how many numbers the parts of a network take and give for an example, such as pixels of channels.

An input of a network is one row, whatever its shape, until a part needs the rows of its last axis.
"""

import math
from typing import Any

import keras

from keras_search.tuner.training.kernels.recognition.activations import Formula
from keras_search.tuner.training.kernels.recognition.attention import Attention, HeadProduct
from keras_search.tuner.training.kernels.recognition.called_dropout import CalledDropout
from keras_search.tuner.training.kernels.recognition.depthwise import Depthwise, Pointwise
from keras_search.tuner.training.kernels.recognition.distortions import DISTORTIONS
from keras_search.tuner.training.kernels.recognition.grouped import GroupConvolution
from keras_search.tuner.training.kernels.recognition.noise import LAYERS as NOISE
from keras_search.tuner.training.kernels.recognition.operators import Combination
from keras_search.tuner.training.kernels.recognition.placements import PLACEMENTS
from keras_search.tuner.training.kernels.recognition.pooled import PooledConvolution
from keras_search.tuner.training.kernels.recognition.recurrences import (
    Joint,
    MaskedAverage,
    MaskedSteps,
    Projection,
    Recurrence,
    gates_width,
)
from keras_search.tuner.training.kernels.recognition.tensors import Gathering, Scaling, Shaping, Shares, Summing
from keras_search.tuner.training.kernels.recognition.transposed import TRANSPOSED
from keras_search.tuner.training.kernels.recognition.windows import WINDOWED, geometry_of

SHAPING = (keras.layers.Flatten, keras.layers.Reshape, Shaping)
"""The parts that give their inputs in another shape."""

SHAPELESS = (
    Pointwise,
    keras.layers.InputLayer,
    keras.layers.Dropout,
    CalledDropout,
    keras.layers.Rescaling,
    Recurrence,
    Attention,
    Joint,
    Formula,
    *NOISE,
)
"""The parts that take their inputs in the rows in which they are given."""

Rows = tuple[int, int]
"""The number of rows of an example, and of the numbers in each."""


def rows_of(shape: Any) -> Rows:
    """Return the rows of the last axis of a tensor, `(examples, ..., columns)`."""
    return math.prod(shape[1:-1]), int(shape[-1])


def rows_taken(what: Any, given: list[Rows]) -> list[Rows]:
    """Return the rows that a part takes instead of those given."""
    if isinstance(what, (keras.layers.Flatten, *DISTORTIONS)):
        return [in_one_row(given[0])]
    if isinstance(what, keras.layers.Reshape | Shaping):
        made = what.made if isinstance(what, Shaping) else what.output.shape
        return [given[0] if made[-1] == given[0][1] else in_one_row(given[0])]
    if isinstance(what, (int, *SHAPELESS)):
        return given
    if isinstance(what, MaskedSteps):
        return [rows_of(what.output.shape)]
    if isinstance(what, Combination | Scaling | Shares | Depthwise | HeadProduct):
        return [rows_of(what.shape)] * len(given)
    if isinstance(what, Gathering | Summing):
        return [rows_of(what.given)]
    if isinstance(what, GroupConvolution):
        return [rows_of(what.taken)]
    tensors = what.input if isinstance(what.input, list) else [what.input]
    return [rows_of(tensor.shape) for tensor in tensors]


def rows_made(what: Any, taken: list[Rows]) -> Rows:
    """Return the rows that a part gives."""
    if isinstance(what, (*WINDOWED, *TRANSPOSED, *PLACEMENTS, PooledConvolution)):
        return rows_of(what.output.shape)
    if isinstance(what, Gathering | Summing | GroupConvolution):
        return rows_of(what.made)
    positions, columns = taken[0]
    if isinstance(what, keras.layers.Dense):
        return positions, int(what.units)
    if isinstance(what, Depthwise):
        return math.prod(geometry_of(what.layer).outputs), columns
    if isinstance(what, Pointwise):
        return positions, int(what.layer.filters)
    if isinstance(what, MaskedAverage):
        return 1, columns
    if isinstance(what, HeadProduct | Attention):
        return positions, what.columns
    if isinstance(what, Projection):
        return positions, gates_width(what.layer)
    if isinstance(what, Recurrence):
        return (positions if what.layer.return_sequences else 1), int(what.layer.units)
    if isinstance(what, keras.layers.Embedding):
        return columns, int(what.output_dim)
    if isinstance(what, keras.layers.Concatenate) or (isinstance(what, Joint) and not what.adds):
        return positions, sum(each for _, each in taken)
    return positions, columns


def in_one_row(rows: Rows) -> Rows:
    """Return the same numbers as one row."""
    return 1, math.prod(rows)
