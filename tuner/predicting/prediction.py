"""The prediction for one example, and how it is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from keras_search.tuner.console import terminal
from keras_search.tuner.data import Array
from keras_search.tuner.system.numbers import figure


@dataclass(frozen=True, eq=False)
class Prediction:
    """The prediction for an image file, or for one row, counted from 1, of a table.

    `predicted` are the probabilities `(classes,)` of `class_names`, or, without these, values `(width,)`; `unknown` are
    the columns whose text no training row had, with the share of such rows in the file.
    """

    file: Path
    class_names: tuple[str, ...]
    predicted: Array
    row: int | None = None
    unknown: Mapping[str, float] = field(default_factory=dict)

    @property
    def ranked(self) -> list[tuple[str, float]]:
        """The classes with their probabilities, the most probable first."""
        order = np.argsort(-self.predicted, kind="stable")
        return [(self.class_names[index], float(self.predicted[index])) for index in order]

    @property
    def label(self) -> str:
        """The most probable class, or the value."""
        return self.ranked[0][0] if self.class_names else ", ".join(figure(float(value)) for value in self.predicted)


def as_dict(prediction: Prediction) -> dict[str, Any]:
    """Return a prediction as plain values, its classes in the model's order."""
    place: dict[str, Any] = {"file": str(prediction.file)}
    if prediction.row is not None:
        place["row"] = prediction.row
    if prediction.unknown:
        place["unknown"] = {name: round(share, 6) for name, share in prediction.unknown.items()}
    if not prediction.class_names:
        digits = 7 if prediction.predicted.dtype == np.float32 else 15
        return {**place, "values": [float(f"{value:.{digits}g}") for value in prediction.predicted]}
    ranked = dict(prediction.ranked)
    return {
        **place,
        "label": prediction.label,
        "probability": round(ranked[prediction.label], 6),
        "probabilities": {name: round(ranked[name], 6) for name in prediction.class_names},
    }


def table_text(predictions: Sequence[Prediction], predicts: str = "") -> str:
    """Format predictions as a table: file or row, label, its probability, and the second class; or the value.

    `predicts` is the heading of the column of labels or values.
    """
    files = len({prediction.file for prediction in predictions}) > 1 or predictions[0].row is None
    heads = ["file"] * files + ["row"] * (predictions[0].row is not None)
    classes = bool(predictions[0].class_names)
    more = ("probability", "next") if classes else ()
    table = terminal.table(*heads, predicts or ("label" if classes else "value"), *more)
    for column in table.columns:
        column.no_wrap = True
    for prediction in predictions:
        place = [str(prediction.file)] * files + [str(prediction.row)] * (prediction.row is not None)
        terminal.add_row(table, *place, prediction.label, *_chances(prediction))
    return terminal.as_text(table, leave_out=("next",))


def _chances(prediction: Prediction) -> tuple[str, ...]:
    if not prediction.class_names:
        return ()
    (_, probability), (second, rest) = prediction.ranked[:2]
    return f"{probability:.2%}", f"{second} {rest:.2%}"
