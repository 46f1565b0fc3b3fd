"""Recognise recurrent layers, and take them apart: into the product of their inputs and their kernel, and the steps.

A bidirectional layer is two of them side by side, and what joins their outputs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras

from keras_search.tuner.system.cpu import padded
from keras_search.tuner.training.kernels.arrays import GATES, GRU, LSTM, PLAIN

RECURRENT = (keras.layers.SimpleRNN, keras.layers.GRU, keras.layers.LSTM)

_CELLS: dict[type, int] = {keras.layers.SimpleRNNCell: PLAIN, keras.layers.GRUCell: GRU, keras.layers.LSTMCell: LSTM}


@dataclass(frozen=True)
class Projection:
    """The inputs of a recurrent layer multiplied by its kernel, with their bias, for all steps at once."""

    layer: Any
    input: Any
    """The tensor that the layer takes."""


@dataclass(frozen=True)
class Recurrence:
    """The steps of a recurrent layer, which take the outputs of its projection."""

    layer: Any
    reversed: bool = False
    """Whether the outputs of the last step come first."""

    @property
    def cell(self) -> int:
        """The kind of cell."""
        return _CELLS[type(self.layer.cell)]


@dataclass(frozen=True)
class Joint:
    """The outputs of both directions, side by side or added up."""

    adds: bool


@dataclass(frozen=True)
class SideBySide:
    """Chains of operations that take the same inputs; what follows takes the outputs of all."""

    chains: tuple[list[Any], ...]


PARTS = (Projection, Recurrence, Joint)
"""What is made of a recurrent layer."""


def operations_of(layer: Any) -> list[Any]:
    """Take a recurrent or a bidirectional layer apart."""
    if not isinstance(layer, keras.layers.Bidirectional):
        return [Projection(layer, layer.input), Recurrence(layer)]
    both = (layer.forward_layer, layer.backward_layer)
    chains = ([Projection(one, layer.input), Recurrence(one, reversed=one is both[1])] for one in both)
    return [SideBySide(tuple(chains)), Joint(layer.merge_mode == "sum")]


def is_plain_bidirectional(layer: Any, is_plain: Callable[[Any], bool]) -> bool:
    """Return whether both directions are plain recurrent layers, whose outputs are joined or added up."""
    both = (layer.forward_layer, layer.backward_layer)
    known = all(type(one) in RECURRENT and is_plain(one) for one in both)
    return layer.merge_mode in ("concat", "sum") and known and not layer.return_state


def gates_of(layer: Any) -> int:
    """Return how many blocks of columns the kernels of a recurrent layer have, each as wide as a state."""
    return GATES[_CELLS[type(layer.cell)]]


def gates_width(layer: Any) -> int:
    """Return the number of columns of all gates, each padded."""
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
