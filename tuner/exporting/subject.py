"""What is exported: the measured network with its preparation, as one model for inference only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_search.models.problem import Target
from keras_search.tuner.data.encoding import Lookup, TableEncoding
from keras_search.tuner.data.preparation import Preparation, Untouched
from keras_search.tuner.data.tree import Array, Tree
from keras_search.tuner.exporting.naming import tensor_names
from keras_search.tuner.exporting.raw_input import is_active, of_input, prepared

if TYPE_CHECKING:
    import keras

INPUT = "x"
"""The name of a model's only input, unless it takes the rows of a table."""


@dataclass(frozen=True, eq=False)
class Subject:
    """Hold a network, and everything needed to run it alone.

    `examples` are the raw examples that it was measured on, in the types that a file takes; they define the names,
    shapes and types of its inputs. The `preparation` is prepended to the network as layers, so that it takes these.
    """

    network: keras.Model
    targets: tuple[Target, ...]
    examples: Tree
    preparation: Preparation = field(default_factory=Untouched)

    @property
    def encoding(self) -> TableEncoding | None:
        """The encoding before the network if the data are a table."""
        return self.preparation if isinstance(self.preparation, TableEncoding) else None

    @property
    def whole(self) -> bool:
        """True if the network alone has the inputs and outputs of the exported model: one array each."""
        single = len(self.targets) == 1 and not isinstance(self.examples, dict)
        plain = self.encoding is None and not is_active(self.preparation)
        return single and plain and not any(target.offset for target in self.targets)

    def model(self, lookup: Lookup | None = None, text: str = "string") -> keras.Model:
        """Return the whole as one model: its inputs by name, its layers with `training=False`.

        Keras exports a model as it is called without arguments, where random shifts and rotations are still active.
        Several outputs have the names of their targets. `lookup` and `text` are those of `TableEncoding.model`.
        """
        import keras

        from keras_search.tuner.training.outputs import by_target

        inputs, given = self._inputs(lookup, text)
        predicted = by_target(self.network, self.network(given, training=False), self.targets)
        for target in self.targets:
            if target.offset:
                exact = keras.ops.cast(predicted[target.name], "float64")
                predicted[target.name] = keras.ops.add(exact, np.array(target.offset))
        safe = tensor_names(predicted)
        outputs = {safe[name]: output for name, output in predicted.items()}
        return keras.Model(inputs, outputs if len(outputs) > 1 else next(iter(outputs.values())))

    def _inputs(self, lookup: Lookup | None, text: str) -> tuple[Any, Any]:
        """Return the inputs of the whole, and the network's inputs made of them."""
        import keras

        if self.encoding is not None:
            encoding = self.encoding.model(lookup, text)
            return encoding.input, encoding.output
        if isinstance(self.examples, dict):
            safe = tensor_names(self.examples)
            inputs = {
                name: keras.Input(array.shape[1:], dtype=_dtype(array), name=safe[name])
                for name, array in self.examples.items()
            }
            given = {name: prepared(of_input(self.preparation, name), each) for name, each in inputs.items()}
            return {safe[name]: each for name, each in inputs.items()}, given
        raw = keras.Input(**self._alone(self.examples), name=INPUT)
        return raw, prepared(self.preparation, raw)

    def _alone(self, examples: Array) -> dict[str, Any]:
        """Return shape and type of the only input: the network's own if nothing precedes it."""
        known = getattr(self.network, "inputs", None)
        if known and not is_active(self.preparation):
            return {"batch_shape": known[0].shape, "dtype": known[0].dtype}
        return {"batch_shape": (None, *examples.shape[1:]), "dtype": _dtype(examples)}


def _dtype(array: Array) -> str:
    return "string" if array.dtype.kind == "U" else array.dtype.name
