"""Recognise recurrent layers, and take them apart: into the product of their inputs and their kernel, and the steps."""

from dataclasses import dataclass
from typing import Any

import keras

from keras_search.tuner.system.cpu import padded
from keras_search.tuner.training.kernels.recurrent import GATES, GRU, LSTM, PLAIN

RECURRENT = (keras.layers.SimpleRNN, keras.layers.GRU, keras.layers.LSTM)

_CELLS: dict[type, int] = {keras.layers.SimpleRNNCell: PLAIN, keras.layers.GRUCell: GRU, keras.layers.LSTMCell: LSTM}


@dataclass(frozen=True)
class Projection:
    """The inputs of a recurrent layer multiplied by its kernel, with their bias, for all steps at once."""

    layer: Any

    @property
    def input(self) -> Any:
        """The tensor that the layer takes."""
        return self.layer.input


@dataclass(frozen=True)
class Recurrence:
    """The steps of a recurrent layer, which take the outputs of its projection."""

    layer: Any

    @property
    def cell(self) -> int:
        """The kind of cell."""
        return _CELLS[type(self.layer.cell)]


def gates_of(layer: Any) -> int:
    """Return how many blocks of columns the kernels of a recurrent layer have, each as wide as a state."""
    return GATES[_CELLS[type(layer.cell)]]


def gates_width(layer: Any) -> int:
    """Return the number of columns of all gates, each rounded up to whole vectors."""
    return gates_of(layer) * padded(layer.units)


def is_plain_recurrent(layer: Any) -> bool:
    """Return whether a recurrent layer has the activations of its class, and neither dropout nor a state of its own."""
    cell = layer.cell
    if type(cell) not in _CELLS or "call" in vars(cell) or not cell.trainable:
        return False
    single = (cell.compute_dtype, cell.variable_dtype) == ("float32", "float32")
    gated = type(cell) is keras.layers.SimpleRNNCell or cell.recurrent_activation is keras.activations.sigmoid
    usual = cell.activation is keras.activations.tanh and gated and getattr(cell, "reset_after", True)
    dropped = cell.dropout or cell.recurrent_dropout
    return bool(single and usual and not dropped and not layer.stateful and not layer.return_state)
