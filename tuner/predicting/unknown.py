"""Find the values in a table's rows that a model has never seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from keras_search.tuner.data.encoding import NUMBERS, TEXTS, TableEncoding, TextColumn
from keras_search.tuner.data.tree import Array

Marks = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Unknown:
    """The unknown values in the rows of a file.

    `texts` marks by column the rows whose text is not a known category, `numbers` those without a number, each
    `(n_rows,)`; `examples` has the first such text of each column.
    """

    texts: Mapping[str, Marks]
    numbers: Mapping[str, Marks]
    examples: Mapping[str, str]

    @cached_property
    def shares(self) -> dict[str, float]:
        """The share of the rows with an unknown text, by column, if there are any."""
        return {name: float(marks.mean()) for name, marks in self.texts.items() if marks.any()}

    def of_row(self, row: int) -> dict[str, float]:
        """Return the columns that are unknown in a row, counted from 0, with their share of all rows."""
        return {name: share for name, share in self.shares.items() if self.texts[name][row]}


def unknown_values(encoding: TableEncoding, rows: Mapping[str, Array]) -> Unknown:
    """Find the values that training did not know in rows, `numbers` `(n, n_numbers)` and `texts` `(n, n_texts)`."""
    texts = {column.name: rows[TEXTS][:, place] for place, column in enumerate(encoding.texts)}
    marks = {column.name: _unknown(texts[column.name], column) for column in encoding.texts}
    made = {name for reading in encoding.readings for name in reading.features[1:]}
    numbers = {column.name: rows[NUMBERS][:, place] for place, column in enumerate(encoding.numbers)}
    return Unknown(
        texts=marks,
        numbers={name: np.isnan(values) for name, values in numbers.items() if name not in made},
        examples={name: str(texts[name][found.argmax()]) for name, found in marks.items() if found.any()},
    )


def _unknown(texts: Array, column: TextColumn) -> Marks:
    """Mark texts that are not a column's category; if rare ones were merged in training, only if all are."""
    unknown: Marks = ~np.isin(texts, column.categories)
    return unknown if not column.others or unknown.all() else np.zeros_like(unknown)


def notes(file: Path, found: Unknown) -> list[str]:
    """Note which columns of a file hold texts unknown in training, or nothing at all, one line each."""
    lines = [_of_texts(file, name, found.texts[name], example) for name, example in found.examples.items()]
    lines += [
        f"{file}: column {name!r} is empty in every row, which counts as the mean of the training rows."
        for name, marks in found.numbers.items()
        if marks.all()
    ]
    columns = [*found.texts.values(), *found.numbers.values()]
    if len(columns) > 1 and all(marks.all() for marks in columns):
        lines.append(f"{file}: the model knows none of its values, so its predictions mean nothing for these rows.")
    return lines


def _of_texts(file: Path, name: str, marks: Marks, example: str) -> str:
    what = f"such as {example!r}" if example else "which are empty"
    return (
        f"{file}: column {name!r} holds no category that the model knows in {marks.sum():,} of "
        f"{len(marks):,} rows ({marks.mean():.0%}), {what}."
    )
