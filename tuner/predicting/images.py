"""Predict image files with an exported model."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from keras_search.errors import KerasSearchError, UsageError
from keras_search.tuner.data import Array
from keras_search.tuner.data.examples import is_picture, kind_of_example
from keras_search.tuner.data.framing import MNIST_FRAMING, Framing, UnreadableImageError
from keras_search.tuner.data.image_file import ImageReader
from keras_search.tuner.data.pixels import ENDINGS, KINDS
from keras_search.tuner.predicting.model_file import ModelFile, WrongModelError
from keras_search.tuner.predicting.prediction import Prediction

BATCH = 128
UCI_FRAMING = Framing(1.0, "box")
"""The 8x8 digits of scikit-learn fill their image (UCI, "Optical Recognition of Handwritten Digits")."""
USUAL_FRAMINGS: dict[tuple[int, ...], Framing] = {(8, 8): UCI_FRAMING, (28, 28): MNIST_FRAMING}
"""The framing of drawings for grey models of which only the size is known."""


@dataclass(frozen=True)
class ImageModel:
    """A model that takes images as `reader` reads them, with numbers of the type `dtype`."""

    file: ModelFile
    class_names: tuple[str, ...]
    reader: ImageReader
    dtype: str = "float32"


def image_model(file: ModelFile) -> ImageModel:
    """Find out how a model takes images.

    Raises:
        WrongModelError: it does not take images.
        KerasSearchError: it takes different ones from those in its model.json.
    """
    shape = _image_shape(file)
    if file.known is not None:
        if file.known.reader is None:
            raise WrongModelError(
                f"{file.path} takes numbers that image files cannot hold, such as standardised ones: run it from "
                "Python, as the card of an export shows."
            )
        return ImageModel(file, file.known.class_names, file.known.reader, file.known.dtype)
    classes = file.predict(np.zeros((1, *shape), np.float32)).shape[1]
    reader = ImageReader(shape, framing=USUAL_FRAMINGS.get(shape[:2]))
    return ImageModel(file, tuple(str(number) for number in range(classes)), reader)


def find_images(paths: Sequence[Path]) -> list[Path]:
    """List the image files among `paths`: files as they are, and all images in and below a folder.

    Raises:
        UsageError: a path does not exist, or a folder holds no image.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(file for file in path.rglob("*") if _is_image(file))
            if not inside:
                raise UsageError(f"The folder {path} holds no image: expected files that end in {_endings()}.")
            found += inside
        elif path.exists():
            found.append(path)
        else:
            raise UsageError(f"There is no image {path}: give the path of a {KINDS}, or a folder of them.")
    return found


def predict_images(model: ImageModel, files: Sequence[Path]) -> Iterator[Prediction | UnreadableImageError]:
    """Read, prepare and predict image files, in their order; for unusable ones, return the reason.

    Raises:
        KerasSearchError: the model cannot be run, or its output is not what it should be.
    """
    for begin in range(0, len(files), BATCH):
        part = files[begin : begin + BATCH]
        seen = [_seen(model, file) for file in part]
        usable = [image for image in seen if isinstance(image, np.ndarray)]
        predicted = iter(model.file.predict(np.stack(usable).astype(model.dtype)) if usable else ())
        for file, image in zip(part, seen, strict=True):
            if isinstance(image, UnreadableImageError):
                yield image
            else:
                yield Prediction(file, model.class_names, next(predicted))


def _seen(model: ImageModel, file: Path) -> Array | UnreadableImageError:
    try:
        return model.reader.read(file)
    except UnreadableImageError as error:
        return error


def _image_shape(file: ModelFile) -> tuple[int, ...]:
    """Return the shape of one image, without any axis of unknown length."""
    inputs = list(file.runtime.inputs.values())
    if len(inputs) > 1 or (file.known and file.known.shape is None):
        raise WrongModelError(
            f"{file.path} takes {len(inputs)} inputs ({', '.join(file.runtime.inputs)}), predict is for models of "
            "images or of the rows of a table: run it from Python, as the card of an export shows."
        )
    there = inputs[0]
    shape = there if file.known is None or file.known.shape is None else file.known.shape
    if len(shape) != len(there) or any(size not in (None, here) for here, size in zip(shape, there, strict=True)):
        raise KerasSearchError(
            f"{file.path} takes inputs of shape {there}, not {shape} as in its model.json: export it again."
        )
    sizes = tuple(size for size in shape if size is not None)
    if len(sizes) != len(shape) or not is_picture(kind_of_example(sizes, None)) or shape[2:] == (4,):
        raise WrongModelError(
            f"{file.path} takes inputs of shape {shape}, expected a model of images: (height, width), "
            "(height, width, 1) or (height, width, 3)."
        )
    return sizes


def _is_image(file: Path) -> bool:
    return file.suffix.lower() in ENDINGS and not file.name.startswith(".") and file.is_file()


def _endings() -> str:
    return ", ".join(ENDINGS)
