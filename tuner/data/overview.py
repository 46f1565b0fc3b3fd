"""An overview of a data set: how it is read, and what is odd about it."""

from dataclasses import asdict, dataclass
from typing import Any

from keras_search.errors import UsageError
from keras_search.tuner.data.dataset import Dataset, divided
from keras_search.tuner.data.facts import Column, Input, Output, columns_of, inputs_of, outputs_of
from keras_search.tuner.data.oddities import find_oddities
from keras_search.tuner.data.oddity import Oddity
from keras_search.tuner.data.splits import VALIDATION_SPLIT
from keras_search.tuner.data.tree import size

OWN = "as in the data"


@dataclass(frozen=True)
class Part:
    """A part of the examples: its use, its size, and its origin."""

    use: str
    examples: int
    origin: str


@dataclass(frozen=True)
class Overview:
    """Hold everything that an overview shows; `test` is 0 if the test part is still to be set aside.

    `parts` are those of a search with the default validation split; none if there is no way to split.

    A table has `columns`, other data have `inputs`; `odd` begins with the most serious.
    """

    name: str
    kind: str
    train: int
    test: int
    inputs: tuple[Input, ...]
    columns: tuple[Column, ...]
    outputs: tuple[Output, ...]
    odd: tuple[Oddity, ...]
    parts: tuple[Part, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def examine(dataset: Dataset) -> Overview:
    """Examine a data set, whose test part may still have to be set aside."""
    inputs, columns, outputs = inputs_of(dataset), columns_of(dataset), outputs_of(dataset)
    kind = "table" if columns else inputs[0].kind if len(inputs) == 1 else "several inputs"
    odd = find_oddities(dataset, inputs, outputs, columns)
    train, test = size(dataset.x_train), size(dataset.x_test)
    return Overview(dataset.name, kind, train, test, inputs, columns, outputs, odd, parts_of(dataset))


def parts_of(dataset: Dataset) -> tuple[Part, ...]:
    """List how many examples a search fits, validates and tests on, and where these come from."""
    if not size(dataset.x_test):
        return ()
    chosen = dataset.arranged.sentence if dataset.arranged else "drawn at random"
    tested = Part("test", size(dataset.x_test), f"{chosen}, always the same" if dataset.test_set_aside else OWN)
    if dataset.x_val is not None:
        return Part("fit", size(dataset.x_train), ""), Part("validate", size(dataset.x_val), OWN), tested
    try:
        fit, val = divided(dataset, VALIDATION_SPLIT, 0, "--validation-split")
    except UsageError:
        return ()
    by_seed = "" if dataset.arranged and dataset.arranged.kind == "time" else " with the seed"
    origin = f"{chosen}{by_seed}, a share of {VALIDATION_SPLIT:g} (--validation-split)"
    return Part("fit", len(fit), ""), Part("validate", len(val), origin), tested
