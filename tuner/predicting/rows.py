"""Predict the rows of tables with an exported model."""

from collections.abc import Iterator
from pathlib import Path

from keras_search.tuner.data.encoding import TableEncoding
from keras_search.tuner.data.tree import Array, size, take
from keras_search.tuner.exporting.whole_way import rows_of
from keras_search.tuner.predicting.model_file import ModelFile
from keras_search.tuner.predicting.prediction import Prediction
from keras_search.tuner.predicting.unknown import notes, unknown_values

BATCH = 1024


def predict_rows(model: ModelFile, encoding: TableEncoding, file: Path) -> tuple[list[Prediction], list[str]]:
    """Read and predict the rows of a table, counted from 1 below the header, with notes on unknown values.

    Columns are found by name; others, such as the predicted one, are ignored.

    Raises:
        UsageError: the file is not a table, lacks a column, or has text where numbers were.
        KerasSearchError: the model cannot be run, or its output is not what it should be.
    """
    rows = rows_of(encoding, file)
    unknown = unknown_values(encoding, rows)
    class_names = model.known.class_names if model.known else ()
    outputs = enumerate(_outputs(model, rows))
    found = [Prediction(file, class_names, values, place + 1, unknown.of_row(place)) for place, values in outputs]
    return found, notes(file, unknown)


def _outputs(model: ModelFile, rows: dict[str, Array]) -> Iterator[Array]:
    for begin in range(0, size(rows), BATCH):
        yield from model.predict(take(rows, slice(begin, begin + BATCH)))
