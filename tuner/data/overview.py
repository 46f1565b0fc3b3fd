"""Look at all of a data set: what was understood of it, and what is odd about it."""

from dataclasses import asdict, dataclass
from typing import Any

from keras_search.tuner.data.dataset import Dataset
from keras_search.tuner.data.facts import Column, Input, Output, columns_of, inputs_of, outputs_of
from keras_search.tuner.data.oddities import find_oddities
from keras_search.tuner.data.oddity import Oddity
from keras_search.tuner.data.tree import size


@dataclass(frozen=True)
class Overview:
    """Hold all that is to be said of a data set; `test` is 0 where the test part is still to be set aside.

    A table has `columns`, other data have `inputs`; `odd` begins with what weighs most.
    """

    name: str
    kind: str
    train: int
    test: int
    inputs: tuple[Input, ...]
    columns: tuple[Column, ...]
    outputs: tuple[Output, ...]
    odd: tuple[Oddity, ...]

    def as_dict(self) -> dict[str, Any]:
        """Give plain values."""
        return asdict(self)


def examine(dataset: Dataset) -> Overview:
    """Look at a data set, which may be one whose test part is still to be set aside."""
    inputs, columns, outputs = inputs_of(dataset), columns_of(dataset), outputs_of(dataset)
    kind = "table" if columns else inputs[0].kind if len(inputs) == 1 else "several inputs"
    odd = find_oddities(dataset, inputs, outputs, columns)
    train, test = size(dataset.x_train), size(dataset.x_test)
    return Overview(dataset.name, kind, train, test, inputs, columns, outputs, odd)
