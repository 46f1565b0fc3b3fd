"""What is exported: the network that was measured, with what comes before it, as one model that only ever infers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from keras_search.models.problem import Target
from keras_search.tuner.data.encoding import Lookup, TableEncoding
from keras_search.tuner.data.tree import Tree
from keras_search.tuner.exporting.naming import tensor_names

if TYPE_CHECKING:
    import keras

INPUT = "x"
"""The name of the input of a model that has one, unless it takes the rows of a table."""


@dataclass(frozen=True, eq=False)
class Subject:
    """Hold a network, and what it takes to run it alone.

    `examples` are what it was measured on, prepared; they tell the names, shapes and types of its inputs. Of a
    table, `encoding` goes before the network, so that raw rows go in.
    """

    network: keras.Model
    targets: tuple[Target, ...]
    examples: Tree
    encoding: TableEncoding | None = None

    @property
    def whole(self) -> bool:
        """Whether the network alone takes and gives what an exported model does: one array each."""
        return self.encoding is None and len(self.targets) == 1 and not isinstance(self.examples, dict)

    def model(self, lookup: Lookup | None = None, text: str = "string") -> keras.Model:
        """Give the whole as one model: its inputs by name, its layers with `training=False`.

        Keras exports a model as it is called without arguments, where random shifts and rotations are still at work.
        Several outputs have the names of their targets. `lookup` and `text` are those of `TableEncoding.model`.
        """
        import keras

        from keras_search.tuner.training.outputs import by_target

        inputs, given = self._inputs(lookup, text)
        said = by_target(self.network, self.network(given, training=False), self.targets)
        safe = tensor_names(said)
        outputs = {safe[name]: output for name, output in said.items()}
        return keras.Model(inputs, outputs if len(outputs) > 1 else next(iter(outputs.values())))

    def _inputs(self, lookup: Lookup | None, text: str) -> tuple[Any, Any]:
        """Give the inputs of the whole, and what the network is given of them."""
        import keras

        if self.encoding is not None:
            encoding = self.encoding.model(lookup, text)
            return encoding.input, encoding.output
        if isinstance(self.examples, dict):
            safe = tensor_names(self.examples)
            inputs = {
                name: keras.Input(array.shape[1:], dtype=array.dtype.name, name=safe[name])
                for name, array in self.examples.items()
            }
            return {safe[name]: given for name, given in inputs.items()}, inputs
        known = getattr(self.network, "inputs", None)
        shape = known[0].shape if known else (None, *self.examples.shape[1:])
        dtype = known[0].dtype if known else self.examples.dtype.name
        given = keras.Input(batch_shape=shape, dtype=dtype, name=INPUT)
        return given, given
