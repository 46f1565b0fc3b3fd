"""The memory of a network: one array holds the parameters of all its layers, one their values, and so on.

Rows are padded to a multiple of WIDTH. The padding is zero and stays so, because its gradient is zero.
"""

import math
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from keras_search.tuner.system.cpu import WIDTH, padded
from keras_search.tuner.training.kernels import arrays
from keras_search.tuner.training.kernels.recognition.recurrences import gates_of
from keras_search.tuner.training.kernels.recognition.shapes import Rows

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

    0 if its last two axes are its columns; less than 0 if each block has all rows, one after another.
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
    calls: int = 1
    """The number of calls of dropout that have words of their own."""
    copies: dict[int, int] = field(default_factory=dict)
    """The offsets of copies of parameters, for further calls of their layer, with those of the first."""
    starts: dict[int, int] = field(default_factory=dict)
    """By the identity of a trainable variable, its offset for the call that is being described."""

    def take(self, array: str, size: int) -> int:
        """Reserve the next part of an array; return its offset."""
        start = self.sizes[array]
        self.sizes[array] += padded(size)
        return start

    def take_blocks(self, variable: Any, layer: Any, size: int) -> int:
        """Reserve parameters for a variable of a recurrent layer, which has a block of columns for each gate."""
        self.blocks[id(variable)] = gates_of(layer)
        return self.take_parameters(variable, size)

    def take_parameters(self, variable: Any, size: int) -> int:
        """Reserve parameters for a variable, or for a copy of it if an earlier call has it; return their offset.

        If there is no variable they stay zero.
        """
        start, known = self.take("parameters", size), {id(each): at for each, at in self.parameters}
        if variable is None:
            return start
        if id(variable) in known:
            self.copies[start] = known[id(variable)]
        else:
            self.parameters.append((variable, start))
        self.starts[id(variable)] = start
        return start

    def take_average(self, variable: Any, size: int) -> int:
        """Reserve a running average, which all calls of its layer have in common; return its offset."""
        known = next((at for each, at in self.averages if each is variable), None)
        if known is not None:
            return known
        self.averages.append((variable, self.take("running", size)))
        return self.averages[-1][1]


def features_of(layer: keras.layers.InputLayer) -> int:
    """Return how many numbers an input of a model takes for an example."""
    return math.prod(layer.output.shape[1:])
