"""Predict the rows of tables with an exported model."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from keras_search.tuner.data.table import read_rows
from keras_search.tuner.data.tree import size, take
from keras_search.tuner.predicting.model_file import ModelFile
from keras_search.tuner.predicting.prediction import Prediction

BATCH = 1024


def predict_rows(model: ModelFile, files: Sequence[Path]) -> Iterator[Prediction]:
    """Read and predict the rows of `.csv` and `.parquet` files, in their order, counted from 1 below the header.

    Columns are found by name; others, such as the one that is predicted, do not matter.

    Raises:
        UsageError: a file is no table, lacks a column, or has text where numbers were.
        KerasSearchError: the model cannot be run, or gives something else than it should.
    """
    known = model.known
    if known is None:
        raise ValueError("a model of which no columns are known takes no rows")
    for file in files:
        rows = read_rows(file, known.numbers, known.texts)
        for begin in range(0, size(rows), BATCH):
            said = model.said(take(rows, slice(begin, begin + BATCH)))
            for place, values in enumerate(said, start=begin + 1):
                yield Prediction(file, known.class_names, values, row=place)
