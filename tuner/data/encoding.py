"""How the rows of a table become numbers for a network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from keras_search.tuner.data.dataset import Columns
from keras_search.tuner.data.precision import is_coarse
from keras_search.tuner.data.readings import Reading, reading_from, reading_json
from keras_search.tuner.data.tree import Array, Tree

if TYPE_CHECKING:
    import keras

NUMBERS, TEXTS = "numbers", "texts"
"""The two inputs for the raw rows of a table."""
MOST_CATEGORIES = 100
"""A column with more texts keeps its most frequent ones; the others count as one."""


@dataclass(frozen=True)
class NumberColumn:
    """A column of numbers: `v` becomes `(v - mean) / deviation`, and a missing one 0, which is the mean."""

    name: str
    mean: float
    deviation: float


@dataclass(frozen=True)
class TextColumn:
    """A column of texts: those with a place of their own, "" among them if values were missing; all others share one.

    If the training rows hold no `others`, their place stays 0, because no network has learned its meaning.
    """

    name: str
    categories: tuple[str, ...]
    others: bool = False

    @property
    def width(self) -> int:
        """The length of the code: a place for every category, and the first for all others."""
        return len(self.categories) + 1


Lookup = Callable[[TextColumn], Callable[[Any], Any]]


@dataclass(frozen=True)
class TableEncoding:
    """Hold the fitted encoding of a table's columns: `apply` encodes rows, `model` is the same as Keras layers.

    Raw numbers are float32, or float64 with `double`, if float32 could not distinguish those of a column; the
    difference from the mean is float32. `readings` say how cells become numbers.

    Example:
        >>> encoding = fit_encoding({"numbers": numbers, "texts": texts}, columns)
        >>> encoding.apply({"numbers": np.array([[5.1]]), "texts": np.array([["red"]])})
        array([[-0.9,  0. ,  1. ,  0. ]], dtype=float32)
    """

    kind: ClassVar[str] = "table"
    numbers: tuple[NumberColumn, ...]
    texts: tuple[TextColumn, ...]
    readings: tuple[Reading, ...] = ()
    double: bool = False

    @property
    def dtype(self) -> type[np.float32 | np.float64]:
        """The type of raw numbers."""
        return np.float64 if self.double else np.float32

    @property
    def width(self) -> int:
        """The length of an encoded row."""
        return len(self.numbers) + sum(column.width for column in self.texts)

    def raw(self, x: Tree) -> dict[str, Array]:
        """Convert raw rows to the types that `model` takes."""
        numbers, texts = _parts(x)
        return {NUMBERS: numbers.astype(self.dtype), TEXTS: texts}

    def apply(self, x: Tree) -> Array:
        """Encode raw rows, `numbers` `(n, n_numbers)` and `texts` `(n, n_texts)`, as float32 `(n, width)`.

        The arithmetic is that of `model`, operation by operation, so that not a bit differs.
        """
        raw, texts = _parts(x)
        means, factors = self._scaling()
        with np.errstate(invalid="ignore", over="ignore"):
            scaled = (raw.astype(self.dtype) - means).astype(np.float32) * factors
        coded = [_one_hot(texts[:, place], column) for place, column in enumerate(self.texts)]
        return np.concatenate([np.where(np.isnan(raw), np.float32(0), scaled), *coded], axis=1)

    def model(self, lookup: Lookup | None = None, text: str = "string") -> keras.Model:
        """Return the encoding as a model of ordinary Keras layers, which takes those of the two inputs that exist.

        `lookup` makes the layer that codes a column of texts `(n,)` of the type `text`, if it is not to be Keras's own
        layer.
        """
        import keras

        inputs, parts = {}, []
        if self.numbers:
            inputs[NUMBERS] = keras.Input((len(self.numbers),), dtype=np.dtype(self.dtype).name, name=NUMBERS)
            parts.append(self._scaled(inputs[NUMBERS]))
        if self.texts:
            inputs[TEXTS] = keras.Input((len(self.texts),), dtype=text, name=TEXTS)
            coders = [(lookup or _lookup)(column) for column in self.texts]
            coded = [coder(inputs[TEXTS][:, place]) for place, coder in enumerate(coders)]
            parts += [_known(code, column) for code, column in zip(coded, self.texts, strict=True)]
        encoded = parts[0] if len(parts) == 1 else keras.layers.Concatenate(name="encoded")(parts)
        return keras.Model(inputs, encoded, name="encoding")

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {"kind": self.kind, **asdict(self), "readings": [reading_json(reading) for reading in self.readings]}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Self:
        """Read the values of `to_json`."""
        return cls(
            numbers=tuple(NumberColumn(**column) for column in found[NUMBERS]),
            texts=tuple(TextColumn(**column | {"categories": tuple(column["categories"])}) for column in found[TEXTS]),
            readings=tuple(map(reading_from, found.get("readings", ()))),
            double=bool(found.get("double", False)),
        )

    def _scaling(self) -> tuple[Array, Array]:
        """Return the offset to subtract from each column and the factor to multiply with, float32, `(n_numbers,)`."""
        means = np.array([column.mean for column in self.numbers], self.dtype)
        return means, (1 / np.array([column.deviation for column in self.numbers])).astype(np.float32)

    def _scaled(self, raw: keras.KerasTensor) -> keras.KerasTensor:
        """Standardise: two layers, so that subtraction and product are each rounded as numpy rounds them."""
        import keras

        means, factors = self._scaling()
        if self.double:  # a layer would store the means as float32
            centred = keras.ops.cast(keras.ops.subtract(raw, means), "float32")
        else:
            ones, offsets = [1.0] * len(means), [-mean for mean in means.tolist()]
            centred = keras.layers.Rescaling(ones, offsets, name="centred")(raw)
        scaled = keras.layers.Rescaling(factors.tolist(), [0.0] * len(means), name="standardised")(centred)
        return keras.ops.where(keras.ops.not_equal(raw, raw), 0.0, scaled)  # only NaN does not equal itself


def fit_encoding(x_fit: Tree, columns: Columns) -> TableEncoding:
    """Fit an encoding to the training rows only."""
    numbers, texts = _parts(x_fit)
    double = any(is_coarse(column) for column in numbers.T)
    exact = numbers if double else numbers.astype(np.float32)
    return TableEncoding(
        numbers=tuple(_number_column(name, exact[:, place]) for place, name in enumerate(columns.numbers)),
        texts=tuple(_text_column(name, texts[:, place]) for place, name in enumerate(columns.texts)),
        readings=columns.readings,
        double=double,
    )


def _parts(x: Tree) -> tuple[Array, Array]:
    if not isinstance(x, dict):
        raise TypeError(f"the rows of a table are arrays by the names {NUMBERS} and {TEXTS}, received one array")
    return x[NUMBERS], x[TEXTS]


def _number_column(name: str, values: Array) -> NumberColumn:
    """Fit to the values that are not missing; a constant column keeps its unit."""
    there = values[~np.isnan(values)].astype(np.float64)
    if not there.size:
        return NumberColumn(name, 0.0, 1.0)
    deviation = float(there.std()) if there.min() < there.max() else 0.0
    usable = deviation > 1 / float(np.finfo(np.float32).max)
    return NumberColumn(name, float(there.mean()), deviation if usable else 1.0)


def _text_column(name: str, values: Array) -> TextColumn:
    """Order the categories by frequency, then by name."""
    counts = Counter(values.tolist())
    ranked = sorted(counts, key=lambda text: (-counts[text], text))
    return TextColumn(name, tuple(ranked[:MOST_CATEGORIES]), others=len(ranked) > MOST_CATEGORIES)


def _one_hot(values: Array, column: TextColumn) -> Array:
    places = {text: place for place, text in enumerate(column.categories, start=1)}
    codes = [places.get(text, 0) for text in values.tolist()]
    places_of = np.eye(column.width, dtype=np.float32)
    places_of[0, 0] = column.others
    return places_of[codes].reshape(len(values), column.width)


def _known(code: keras.KerasTensor, column: TextColumn) -> keras.KerasTensor:
    """Clear the place of other texts if none was trained on."""
    import keras

    if column.others:
        return code
    mask = [0.0] + [1.0] * len(column.categories)
    return keras.layers.Rescaling(mask, [0.0] * len(mask))(code)


def _lookup(column: TextColumn) -> keras.Layer:
    """Return the layer of `_one_hot`; its name for other texts must not be a category."""
    import keras

    other = "[other]"
    while other in column.categories:
        other = f"[{other}]"
    return keras.layers.StringLookup(vocabulary=list(column.categories), oov_token=other, output_mode="one_hot")
