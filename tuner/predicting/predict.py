"""Predict files with an exported model: images, or the rows of tables, as the model takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from keras_search.errors import UsageError
from keras_search.tuner.data.encoding import NUMBERS, TEXTS, TableEncoding
from keras_search.tuner.data.image_file import ImageReader
from keras_search.tuner.data.oddity import plural
from keras_search.tuner.data.pixels import ENDINGS, KINDS
from keras_search.tuner.data.tablenames import is_table
from keras_search.tuner.predicting import contact_sheet
from keras_search.tuner.predicting.images import find_images, image_model, predict_images
from keras_search.tuner.predicting.model_file import ModelFile, open_model
from keras_search.tuner.predicting.prediction import Prediction
from keras_search.tuner.predicting.rows import predict_rows


@dataclass(frozen=True, eq=False)
class Predicted:
    """The predictions, the name of what they predict, and the reasons for images that could not be used.

    `notes` explain what makes predictions doubtful.
    """

    predictions: list[Prediction]
    predicts: str = ""
    unusable: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def predict(model: Path, paths: Sequence[Path], show: Path | None = None, trust: bool = False) -> Predicted:
    """Predict images or tables with the model at `model`; draw the images as it saw them to `show`.

    Raises:
        UsageError: a path is missing or of another kind than the model takes, or no image can be used.
        KerasSearchError: the model cannot be loaded, or its output is not what it should be.
    """
    if show is not None:
        contact_sheet.check_target(show)
    return predict_with(open_model(model, trust), paths, show)


def predict_with(file: ModelFile, paths: Sequence[Path], show: Path | None = None) -> Predicted:
    """Predict images or tables with an open model; draw the images as it saw them to `show`.

    Raises:
        UsageError: a path is missing or of another kind than the model takes, or no image can be used.
        KerasSearchError: the output of the model is not what it should be.
    """
    if file.known is not None and file.known.encoding is not None:
        _check_tables(file, paths, show)
        return _of_tables(file, file.known.encoding, paths)
    return _of_images(file, paths, show)


def _of_tables(file: ModelFile, encoding: TableEncoding, paths: Sequence[Path]) -> Predicted:
    predictions: list[Prediction] = []
    notes: list[str] = []
    for path in paths:
        found, remarks = predict_rows(file, encoding, path)
        predictions += found
        notes += remarks
    return Predicted(predictions, file.known.predicts if file.known else "", notes=tuple(notes))


def _of_images(file: ModelFile, paths: Sequence[Path], show: Path | None) -> Predicted:
    if file.known is None and {NUMBERS, TEXTS} & file.runtime.inputs.keys():
        raise UsageError(
            f"{file.path} has no model.json beside it, which names the columns: give the exported file in its folder."
        )
    model = image_model(file)
    tables = [path for path in paths if is_table(path) and path.is_file()]
    if tables:
        raise UsageError(f"{file.path} takes images, {tables[0]} is a table: give {KINDS} files, or folders of them.")
    results = list(predict_images(model, find_images(paths)))
    found = [prediction for prediction in results if isinstance(prediction, Prediction)]
    errors = [error for error in results if not isinstance(error, Prediction)]
    if not found:
        raise errors[0]
    if show is not None:
        contact_sheet.draw(model, found, show)
    return Predicted(found, unusable=tuple(str(error) for error in errors), notes=_notes(model.reader, found))


def _notes(reader: ImageReader, found: Sequence[Prediction]) -> tuple[str, ...]:
    """Note which images are unlike the training images, all in one line per kind."""
    files = [prediction.file for prediction in found]
    inverted = [file for file in files if reader.is_inverted(file)]
    recoloured = [file for file in files if reader.is_recoloured(file)]
    return tuple(
        describe(reader, f"{some[0]} is" if len(some) == 1 else f"{some[0]} and {plural(len(some) - 1, 'other')} are")
        for some, describe in ((inverted, _inverted), (recoloured, _recoloured))
        if some
    )


def _inverted(reader: ImageReader, which: str) -> str:
    """Note images of the training size with a dark background where training images have a light one, or vice versa."""
    here, there = ("black", "white") if reader.framing and reader.framing.ground else ("white", "black")
    size = "x".join(map(str, reader.shape[:2]))
    return (
        f"{which} {here} around the drawing, but the training images were {there}. An image of their size, "
        f"{size}, is taken as it is; one of another size is adjusted to match."
    )


def _recoloured(reader: ImageReader, which: str) -> str:
    if reader.grey:
        return f"{which} in colours, and the model takes grey: only the brightness of each pixel was used."
    return f"{which} grey, and the model takes colours: their information is missing."


def _check_tables(file: ModelFile, paths: Sequence[Path], show: Path | None) -> None:
    """Make sure that the paths are tables, as the model takes."""
    if show is not None:
        raise UsageError(f"--show draws images, {file.path} takes the rows of a table: leave it out.")
    for path in paths:
        if not path.exists():
            raise UsageError(f"There is no table {path}: give the path of a .csv or .parquet file.")
        if not is_table(path) or path.is_dir():
            raise UsageError(
                f"{file.path} takes the rows of a table, {path} is {_kind(path)}: give a .csv or .parquet file."
            )


def _kind(path: Path) -> str:
    if path.is_dir():
        return "a folder"
    return "an image" if path.suffix.lower() in ENDINGS else "none"
