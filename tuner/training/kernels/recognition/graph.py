"""What the kernels train: a network as a list of operations, each on the outputs of operations before it."""

from dataclasses import dataclass
from typing import Any

from keras_search.tuner.training.kernels.recognition.ends import Ends


@dataclass(frozen=True)
class Part:
    """One operation, on the outputs of the parts whose numbers are `takes`.

    `what` is an `InputLayer`, which takes the examples; a `Dense` without its activation; another of the layers that
    `recognition` knows; or the number of an activation.
    """

    what: Any
    takes: tuple[int, ...]


@dataclass(frozen=True)
class Graph:
    """The parts of a model in the order in which Keras runs them, up to what its losses take.

    That are the logits for a cross-entropy, else the outputs.
    """

    parts: tuple[Part, ...]
    ends: Ends
    compared: tuple[int, ...]
    """For each of the ends, the number of the part whose outputs its loss takes."""
