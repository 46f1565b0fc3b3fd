"""Predict the classes of image files with an exported model."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table
from rich.text import Text

from keras_search.tuner.errors import UsageError
from keras_search.tuner.exporting.runtime import Values
from keras_search.tuner.images import SUFFIXES, UnreadableImageError, prepare, read_image
from keras_search.tuner.modelfile import ImageModel
from keras_search.tuner.terminal import as_text

BATCH = 128


@dataclass(frozen=True, eq=False)
class Prediction:
    """What a model says of one file: `probabilities` `(classes,)`."""

    file: Path
    class_names: tuple[str, ...]
    probabilities: Values

    @property
    def ranked(self) -> list[tuple[str, float]]:
        """The classes with their probabilities, the most probable first."""
        order = np.argsort(-self.probabilities, kind="stable")
        return [(self.class_names[index], float(self.probabilities[index])) for index in order]

    @property
    def label(self) -> str:
        """The most probable class."""
        return self.ranked[0][0]


def find_images(paths: Sequence[Path]) -> list[Path]:
    """List the image files among `paths`: files as they are, and of a folder every PNG and JPEG, also further down.

    Raises:
        UsageError: a path does not exist, or a folder holds no image.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(file for file in path.rglob("*") if _is_image(file))
            if not inside:
                raise UsageError(f"The folder {path} holds no image: expected files that end with {_endings()}.")
            found += inside
        elif path.exists():
            found.append(path)
        else:
            raise UsageError(f"There is no image {path}: give the path of a PNG or JPEG, or a folder of them.")
    return found


def predict(model: ImageModel, files: Sequence[Path]) -> Iterator[Prediction]:
    """Read, prepare and classify image files, in their order.

    Raises:
        UnreadableImageError: a file is no image, or blank.
        KerasSearchError: the model gives no probabilities.
    """
    for begin in range(0, len(files), BATCH):
        part = files[begin : begin + BATCH]
        found = model.probabilities(np.stack([see(model, file) for file in part]))
        for file, probabilities in zip(part, found, strict=True):
            yield Prediction(file, model.class_names, probabilities)


def see(model: ImageModel, file: Path) -> Values:
    """Read an image file as the model sees it: float32 of its input's shape, 0-1.

    Raises:
        UnreadableImageError: the file is no image, or blank.
    """
    try:
        return prepare(read_image(file), model.shape, model.framing)
    except UnreadableImageError as error:
        if str(file) in str(error):
            raise
        raise UnreadableImageError(f"{file}: {error}") from None


def as_dict(prediction: Prediction) -> dict[str, Any]:
    """Give a prediction as plain values, its classes in the model's order."""
    ranked = dict(prediction.ranked)
    return {
        "file": str(prediction.file),
        "label": prediction.label,
        "probability": round(ranked[prediction.label], 6),
        "probabilities": {name: round(ranked[name], 6) for name in prediction.class_names},
    }


def table_text(predictions: Sequence[Prediction]) -> str:
    """Write predictions as a table: file, label, its probability, and the class that comes next."""
    table = Table("file", "label", "probability", "next", box=None, pad_edge=False)
    for prediction in predictions:
        (label, probability), (second, rest) = prediction.ranked[:2]
        cells = (str(prediction.file), label, f"{probability:.2%}", f"{second} {rest:.2%}")
        table.add_row(*(Text(cell, no_wrap=True) for cell in cells))
    return as_text(table)


def _is_image(file: Path) -> bool:
    return file.suffix.lower() in SUFFIXES and not file.name.startswith(".") and file.is_file()


def _endings() -> str:
    return ", ".join(SUFFIXES)
