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
    rate: float = 0.0
    """The share of the inputs that each gate drops by a mask of its own, the same for all steps."""

    @property
    def cell(self) -> int:
        """The kind of cell."""
        return _CELLS[type(self.layer.cell)]


@dataclass(frozen=True)
class Recurrence:
    """The steps of a recurrent layer, which take the outputs of its projection."""

    layer: Any
    reversed: bool = False
    """Whether the outputs of the last step come first."""
    mask: Any = None
    """What skips steps, if not all count: the input of the model whose zeros they are, or what `MaskedSteps` gives."""

    @property
    def cell(self) -> int:
        """The kind of cell."""
        return _CELLS[type(self.layer.cell)]


@dataclass(frozen=True)
class ColumnDropout:
    """A dropout of whole columns: the same for all rows of an example."""

    rate: float
    input: Any
    """The tensor that it takes."""


@dataclass(frozen=True)
class MaskedSteps:
    """Steps of a sequence, all numbers of which are 0 where they all are `value`; those do not count later."""

    value: float
    output: Any
    """The tensor that it gives."""


@dataclass(frozen=True)
class MaskedAverage:
    """The average over the steps of a sequence, except those that a mask skips."""

    input: Any
    mask: Any
    """See `Recurrence`."""


@dataclass(frozen=True)
class Joint:
    """The outputs of both directions, side by side or added up."""

    adds: bool


@dataclass(frozen=True)
class SideBySide:
    """Chains of operations that take the same inputs; what follows takes the outputs of all."""

    chains: tuple[list[Any], ...]


PARTS = (Projection, Recurrence, Joint, ColumnDropout, MaskedSteps, MaskedAverage)
"""What is made of a layer, and is none."""


def operations_of(layer: Any, mask: Any) -> list[Any]:
    """Take a recurrent or a bidirectional layer apart, which skips steps where `mask` is 0 if there is one."""
    if not isinstance(layer, keras.layers.Bidirectional):
        return _one_way(layer, sequences_of(layer), Recurrence(layer, mask=mask))
    both = (layer.forward_layer, layer.backward_layer)
    chains = (_one_way(one, sequences_of(layer), Recurrence(one, one is both[1], mask)) for one in both)
    return [SideBySide(tuple(chains)), Joint(layer.merge_mode == "sum")]


def sequences_of(layer: Any) -> Any:
    """Return the tensor that a layer takes, perhaps with a mask."""
    return layer.input[0] if isinstance(layer.input, list) else layer.input


def _one_way(layer: Any, taken: Any, steps: Recurrence) -> list[Any]:
    """Return the operations of one direction; the inputs that a mask drops are the same for all steps."""
    if layer.cell.dropout and layer.cell.recurrent_dropout and _CELLS[type(layer.cell)] != PLAIN:
        return [Projection(layer, taken, layer.cell.dropout), steps]
    dropped = [ColumnDropout(layer.cell.dropout, taken)] if layer.cell.dropout else []
    return [*dropped, Projection(layer, taken), steps]


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
    """Return whether a recurrent layer has the activations of its class, and neither other dropout nor states.

    It may drop inputs and states, the same for all steps. Each gate has masks of its own if states are dropped; Keras
    fails where only inputs are.
    """
    cell = layer.cell
    if type(cell) not in _CELLS or "call" in vars(cell) or not cell.trainable:
        return False
    single = (cell.compute_dtype, cell.variable_dtype) == ("float32", "float32")
    gated = type(cell) is keras.layers.SimpleRNNCell or cell.recurrent_activation is keras.activations.sigmoid
    usual = cell.activation is keras.activations.tanh and gated and getattr(cell, "reset_after", True)
    fitting = getattr(cell, "dropout_mask_count", None) is None or cell.recurrent_dropout
    dropped = max(cell.dropout, cell.recurrent_dropout) >= 1 or (cell.dropout and not fitting)
    skipped = layer.zero_output_for_mask and not layer.return_sequences
    return bool(single and usual and not (dropped or skipped or layer.stateful or layer.return_state))
