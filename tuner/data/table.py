"""Read a table as a data set: a column to predict, and columns of numbers and of categories to predict it from."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from keras_search.errors import UsageError, did_you_mean
from keras_search.models.problem import Target
from keras_search.tuner.data.arranging import arrangement_of
from keras_search.tuner.data.cells import Cells
from keras_search.tuner.data.columns import ColumnPlace, as_texts, read_alike, read_numbers
from keras_search.tuner.data.csvfile import UNNAMED
from keras_search.tuner.data.dataset import Columns, Dataset
from keras_search.tuner.data.readings import Reading
from keras_search.tuner.data.recognising import KINDS, Recognised, decimal_mark, recognise
from keras_search.tuner.data.source import Source
from keras_search.tuner.data.tablefile import listed, read_cells
from keras_search.tuner.data.tablenames import name_of
from keras_search.tuner.data.tabletarget import read_target
from keras_search.tuner.data.tree import Array, take


@dataclass(frozen=True, eq=False)
class Table:
    """Hold the rows of a table; `where` and `file` name it in errors.

    `counts` are the numbers of rows of the parts `train`, `val` and `test`, one below the other; if it is empty, all
    are to train on.
    """

    cells: Cells
    where: str
    file: str
    counts: Mapping[str, int] = field(default_factory=dict)
    validation: str = ""

    @property
    def frame(self) -> pd.DataFrame:
        """The rows."""
        return self.cells.frame

    def place(self, column: str, optional: bool = True) -> ColumnPlace:
        """Return the place of a column; the rows of the file `validation` follow those to train on."""
        return ColumnPlace(
            column, self.file, optional, (self.counts["train"], self.validation) if self.validation else None
        )


def read_table(path: Path, source: Source) -> Dataset:
    """Read the file of a table, its test part still to be set aside.

    Raises:
        UsageError: the first mistake in it, with its column and, if it is in one, its row, counted from 1 below the
            header.
    """
    written = {name for name in (source.target, source.group, source.time) if name}
    written |= {given.rpartition("=")[0] for given in source.read_as}
    if source.validation is not None:
        table = _with_validation(path, Path(source.validation).expanduser(), written)
    else:
        table = Table(read_cells(path, written), str(path), path.name)
    return dataset_of_table(table, source, name_of(path))


def dataset_of_table(table: Table, source: Source, name: str) -> Dataset:
    """Make a data set of a table, its test part still to be set aside unless it has one.

    Empty columns are left out, and so are those of groups and of time. The target has classes if it is text, boolean,
    or at most 20 different whole numbers, unless `source.task` says otherwise; else it has values.

    Raises:
        UsageError: as `read_table`.
    """
    frame, target = table.frame, source.target
    if target is None or target not in frame.columns:
        received = f"received {target!r}" if target else "received none"
        close = did_you_mean(target, frame.columns) if target else ""
        raise UsageError(
            f"--target must name the column of {table.where} to predict, {received}.{close} "
            f"It has: {listed(frame.columns)}."
        )
    wishes = _wishes(table, source)
    mark = decimal_mark(table.cells.shown_texts(), table.cells.separator)
    arranged, of_arranged = arrangement_of(frame, source, table.place(target), wishes, mark)
    read = {
        column: recognise(frame[column], table.place(column), wishes.get(column), mark)
        for column in _features(table, target, source)
    }
    read = {column: found for column, found in read.items() if not found.is_empty}
    if not read:
        raise UsageError(f"{table.where} must have a column besides {target!r} to predict it from, received none.")
    columns = _columns(read, target)
    place = table.place(target, optional=False)
    y, about, of_target = read_target(frame[target], source.task, place, wishes.get(target), mark)
    x = _rows(_parts(read), columns.numbers, columns.texts, len(frame))
    counts = table.counts or {"train": len(frame)}
    return Dataset(
        name=name,
        **_dealt(x, y, counts, about, table),
        targets=(about,),
        columns=columns,
        notes=(*of_arranged, *of_target, *(note for found in read.values() for note in found.notes)),
        arranged=arranged and arranged.taken(np.arange(counts["train"])),
    )


def read_rows(
    path: Path, numbers: Sequence[str], texts: Sequence[str], readings: Sequence[Reading] = ()
) -> dict[str, Array]:
    """Read the rows of a file with these columns of a table; other columns are ignored.

    `numbers` are the features of networks; `readings` may make several of one column.

    Raises:
        UsageError: a column is missing, or is written differently from the column that was learned from.
    """
    made = {feature for reading in readings for feature in reading.features}
    plain = [name for name in numbers if name not in made]
    written = [*(reading.column for reading in readings), *texts]
    wanted = [*plain, *written]
    frame = read_cells(path, written).frame
    missing = [name for name in wanted if name not in frame.columns]
    if missing:
        raise UsageError(f"{path} lacks columns that the model learned from: {listed(missing)}.")
    place = {name: ColumnPlace(name, path.name, optional=False) for name in wanted}
    columns = {name: read_numbers(frame[name], place[name]) for name in plain}
    columns |= {name: as_texts(frame[name], place[name]) for name in texts}
    for reading in readings:
        found = read_alike(frame[reading.column], reading, place[reading.column])
        columns |= dict(zip(reading.features, found.T, strict=True))
    return _rows(columns, numbers, texts, len(frame))


def _with_validation(path: Path, validation: Path, written: Collection[str]) -> Table:
    """Read a table and append the rows to validate on, so that all are read alike."""
    cells, further = read_cells(path, written), read_cells(validation, written)
    names = cells.frame.columns
    if missing := [name for name in names if name not in further.frame.columns]:
        raise UsageError(f"--validation {validation} lacks columns that {path} has: {listed(missing)}.")
    if unlike := (cells.firsts.keys() ^ further.firsts.keys()) & set(names):
        return _with_validation(path, validation, {*written, *unlike})
    counts = {"train": len(cells.frame), "val": len(further.frame)}
    return Table(cells.followed_by(further), str(path), path.name, counts, validation.name)


def _dealt(x: dict[str, Array], y: Array, counts: Mapping[str, int], about: Target, table: Table) -> dict[str, Any]:
    """Distribute the rows to the parts.

    Raises:
        UsageError: the training part lacks a class.
    """
    parts: dict[str, Any] = {"x_test": take(x, slice(0)), "y_test": y[:0]}
    start = 0
    for part, count in counts.items():
        parts[f"x_{part}"] = take(x, slice(start, start + count))
        parts[f"y_{part}"] = y[start : start + count]
        start += count
    if about.classifies and len(absent := np.setdiff1d(y, parts["y_train"])):
        raise UsageError(
            f"{table.where} must have an example of every class to train on, {about.class_names[absent[0]]!r} is only "
            "among those to validate or to test on."
        )
    return parts


def _wishes(table: Table, source: Source) -> dict[str, str]:
    """Read the user's choices for columns, `COLUMN=KIND`.

    Raises:
        UsageError: a column or kind does not exist.
    """
    wishes = {}
    for given in source.read_as:
        column, parted, kind = given.rpartition("=")
        if not parted or kind not in KINDS:
            raise UsageError(
                f"--read-as must be COLUMN=KIND with one of {', '.join(KINDS)}, received {given!r}."
                + (did_you_mean(kind, KINDS) if parted else "")
            )
        if column not in table.frame.columns:
            close, there = did_you_mean(column, table.frame.columns), listed(table.frame.columns)
            raise UsageError(f"--read-as {given!r}: {table.where} has no such column.{close} It has: {there}.")
        wishes[column] = kind
    return wishes


def _features(table: Table, target: str, source: Source) -> list[str]:
    """List the columns to predict from: all but the target and those dropped."""
    frame = table.frame
    for name in source.drop:
        if name not in frame.columns:
            close, there = did_you_mean(name, frame.columns), listed(frame.columns)
            raise UsageError(f"--drop {name!r} is not a column of {table.where}.{close} It has: {there}.")
        if name == target:
            raise UsageError(f"--drop {name!r} is the column to predict: keep it, or choose another --target.")
    arranging = {name for name in (source.group, source.time) if name} - {*source.keep}
    features = [name for name in frame.columns if name not in {target, *source.drop, *arranging}]
    for name in features:
        if name.startswith(UNNAMED) and (frame[name].notna() & (frame[name] != "")).any():
            place = table.place(name)
            raise place.error("has no name, like an index that was written with the rows", "name it")
    return features


def _columns(read: Mapping[str, Recognised], target: str) -> Columns:
    """Name the features of the columns.

    Raises:
        UsageError: a column has the name of another column's feature.
    """
    readings = tuple(found.reading for found in read.values() if found.reading)
    made = {reading.column: reading.features for reading in readings}
    numbers = [name for column, found in read.items() if not found.is_text for name in made.get(column, (column,))]
    twice = [name for place, name in enumerate(numbers) if name in numbers[:place]]
    if twice:
        raise UsageError(f"The column {twice[0]!r} has the name of a feature of a column of dates: rename it.")
    texts = tuple(column for column, found in read.items() if found.is_text)
    return Columns(tuple(numbers), texts, target, readings)


def _parts(read: Mapping[str, Recognised]) -> dict[str, Array]:
    """Return each feature of the columns, `(n,)`, by name."""
    parts: dict[str, Array] = {}
    for column, found in read.items():
        if found.is_text:
            parts[column] = found.values
        else:
            names = found.reading.features if found.reading else (column,)
            parts |= dict(zip(names, found.values.T, strict=True))
    return parts


def _rows(columns: Mapping[str, Array], numbers: Sequence[str], texts: Sequence[str], rows: int) -> dict[str, Array]:
    """Stack the columns of each kind: float64 `(rows, n_numbers)`, text `(rows, n_texts)`."""
    none = {"numbers": np.empty((rows, 0), np.float64), "texts": np.empty((rows, 0), np.str_)}
    parts = {"numbers": numbers, "texts": texts}
    return {
        part: np.stack([columns[n] for n in names], axis=1) if names else none[part] for part, names in parts.items()
    }
