"""What the kernels train: a network as a list of operations, each on the outputs of operations before it."""

from dataclasses import dataclass
from typing import Any

from keras_search.tuner.training.kernels.objectives import Measure, Objective


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
    """The parts of a model in the order in which Keras runs them, up to the outputs that its loss takes.

    These are the logits for a cross-entropy. They are the outputs of the last part.
    """

    parts: tuple[Part, ...]
    objective: Objective
    measures: tuple[Measure, ...]

    @property
    def metric_names(self) -> list[str]:
        """Keras's names of the values that an epoch reports, in its order."""
        return ["loss", *(measure.name for measure in self.measures)]
