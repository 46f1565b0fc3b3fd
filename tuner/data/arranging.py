"""Read the column of a table that groups its rows or orders them in time for the splits."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from keras_search.errors import UsageError, did_you_mean
from keras_search.tuner.data.columns import ColumnPlace, as_texts
from keras_search.tuner.data.dividing import ORDER, Arrangement
from keras_search.tuner.data.oddity import Oddity, quoted
from keras_search.tuner.data.recognising import recognise
from keras_search.tuner.data.source import Source
from keras_search.tuner.data.tablefile import listed
from keras_search.tuner.data.tree import Array

Found = tuple[Arrangement | None, tuple[Oddity, ...]]


def arrangement_of(
    frame: pd.DataFrame, source: Source, place: ColumnPlace, wishes: Mapping[str, str], mark: str | None
) -> Found:
    """Read the column of `--group` or `--time`, with a note on its effect; `place` makes that of any column.

    Raises:
        UsageError: there is no such column, both are given, or it is not filled.
    """
    _check_options(frame, source, place.file)
    name = source.group or source.time
    if name is None:
        return None, ()
    if name == ORDER and ORDER not in frame.columns:
        return Arrangement("time", "", np.arange(len(frame), dtype=np.float64)), ()
    place = replace(place, column=name, optional=False)
    if source.group:
        found = Arrangement("group", name, _groups(frame[name], place))
        does = f"keeps its {len(np.unique(found.values)):,} groups whole on one side of every split"
    else:
        found = Arrangement("time", name, _times(frame[name], place, wishes, mark))
        does = "orders the rows in time: the latest are tested on, the latest before them validated on"
    if name in source.keep:
        return found, (Oddity("note", f"Column {quoted(name)} {does}.", "No action needed."),)
    what = f"Column {quoted(name)} {does}; models do not learn from it."
    return found, (Oddity("note", what, f"To learn from it as well: --keep {name}"),)


def _check_options(frame: pd.DataFrame, source: Source, file: str) -> None:
    if source.group and source.time:
        raise UsageError("--group and --time both divide the rows: use only one of them.")
    for option, name in (("--group", source.group), ("--time", source.time)):
        if name and name not in frame.columns and not (option == "--time" and name == ORDER):
            close = did_you_mean(name, frame.columns)
            raise UsageError(f"{option} {name!r} is not a column of {file}.{close} It has: {listed(frame.columns)}.")
        if name and name == source.target:
            raise UsageError(f"{option} {name!r} is the column to predict: choose another.")
    for name in source.keep:
        if name not in (source.group, source.time):
            raise UsageError(f"--keep is for the column of --group or --time, received {name!r}.")


def _groups(values: pd.Series, place: ColumnPlace) -> Array:
    texts = as_texts(values, place)
    _check_filled(texts != "", place)
    return np.unique(texts, return_inverse=True)[1].astype(np.int64)


def _times(values: pd.Series, place: ColumnPlace, wishes: Mapping[str, str], mark: str | None) -> Array:
    found = recognise(values, place, wishes.get(place.column), mark)
    if found.is_text:
        raise place.error(f"must hold dates or numbers for --time, received {str(found.values[0])!r}", "choose another")
    _check_filled(~np.isnan(found.values[:, 0]), place)
    return found.values[:, 0]


def _check_filled(filled: Array, place: ColumnPlace) -> None:
    if len(missing := np.flatnonzero(~filled)):
        raise UsageError(
            f"Column {place}, which divides the rows, must be filled in every row: {len(missing):,} of {len(filled):,} "
            f"are empty, the first is {place.row(int(missing[0]))}."
        )
