"""Open an exported model for prediction: find its file, its runtime and what is known about its input."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from keras_search.tuner.data import open_splits
from keras_search.tuner.errors import KerasSearchError, UsageError
from keras_search.tuner.exporting.description import Description, read_description
from keras_search.tuner.exporting.formats import FORMATS
from keras_search.tuner.exporting.runtime import Format, Runtime, Values, one_line
from keras_search.tuner.folder import StudyFolder
from keras_search.tuner.images import MNIST_FRAMING, Framing, measure_framing

PREFERRED = ("onnx", "litert", "keras", "saved-model")
"""Which format of a folder is run: those that load fastest first; their certificates say that they agree."""
SAVED_MODEL = "saved_model.pb"
UCI_FRAMING = Framing(1.0, "box")
"""The 8x8 digits of scikit-learn fill their image (UCI, "Optical Recognition of Handwritten Digits")."""
UCI_SHAPE = (8, 8)
LARGEST_DRAWING = 64
"""Pixels; a grey model for larger images, of which nothing else is known, is taken to want whole images."""
SUM_TOLERANCE = 1e-3


class WrongModelError(KerasSearchError):
    """Say that a model is not one that classifies images."""


@dataclass(frozen=True)
class ImageModel:
    """A model that gives probabilities of `class_names` for images of `shape`, whose drawings lie as `framing` says."""

    path: Path
    format: str
    runtime: Runtime
    shape: tuple[int, ...]
    class_names: tuple[str, ...]
    framing: Framing | None

    def probabilities(self, x: Values) -> Values:
        """Give the probabilities `(n, classes)` of prepared images `(n, *shape)`.

        Raises:
            WrongModelError: it gives something else.
        """
        return _checked(self.path, self.runtime, x)


def open_model(path: Path) -> ImageModel:
    """Open an exported file or folder in any of the formats, or a bare model file.

    Raises:
        UsageError: there is no model at `path`.
        KerasSearchError: the file is broken, its runtime is not installed, or it does not classify images.
    """
    format_, place = _locate(path)
    format_.check_runnable()
    known = read_description(place.parent, place.name) or _of_a_study(place)
    runtime = format_.load(place)
    shape = _image_shape(place, runtime, known)
    if known is not None:
        return ImageModel(place, format_.name, runtime, shape, known.class_names, known.framing)
    classes = _checked(place, runtime, np.zeros((1, *shape), np.float32)).shape[1]
    names = tuple(str(number) for number in range(classes))
    return ImageModel(place, format_.name, runtime, shape, names, _usual_framing(shape))


def _locate(path: Path) -> tuple[Format, Path]:
    """Find the model's file, or folder for a SavedModel."""
    if not path.exists():
        raise UsageError(f"There is no model {path}: give what keras-search export wrote, or a .keras file.")
    if path.is_file():
        for format_ in FORMATS.values():
            if Path(format_.file).suffix == path.suffix.lower() != "":
                return format_, path
        raise UsageError(f"{path} is not a model: expected a .keras, .onnx or .tflite file, or a folder.")
    if (path / SAVED_MODEL).is_file():
        return FORMATS["saved-model"], path.absolute()
    present = [FORMATS[name] for name in PREFERRED if (path / FORMATS[name].file).exists()]
    if not present:
        raise UsageError(f"{path} holds no model: expected one of {', '.join(f.file for f in FORMATS.values())}.")
    format_ = next((found for found in present if found.runnable), present[0])
    return format_, path / format_.file


def _of_a_study(place: Path) -> Description | None:
    """Describe a retrained model that lies in its study, `studies/<name>/models/`."""
    study = StudyFolder(place.absolute().parent.parent)
    if place.absolute().parent.name != "models" or not study.database.is_file():
        return None
    splits = open_splits(study.data)
    return Description(splits.class_names, splits.input_shape, measure_framing(splits.x_fit))


def _image_shape(place: Path, runtime: Runtime, known: Description | None) -> tuple[int, ...]:
    """Give the shape of one image, without any axis of unknown length."""
    shape = runtime.input_shape if known is None else known.input_shape
    fits = len(shape) == len(runtime.input_shape) and all(
        there in (None, here) for here, there in zip(shape, runtime.input_shape, strict=True)
    )
    if not fits:
        raise KerasSearchError(
            f"{place} takes inputs of shape {runtime.input_shape}, not {shape} as its model.json says: export it again."
        )
    sizes = tuple(size for size in shape if size is not None)
    if len(sizes) != len(shape) or not (len(shape) == 2 or (len(shape) == 3 and shape[2] in (1, 3))):
        raise WrongModelError(
            f"{place} takes inputs of shape {shape}, expected a model of images: (height, width), "
            "(height, width, 1) or (height, width, 3)."
        )
    return sizes


def _usual_framing(shape: tuple[int, ...]) -> Framing | None:
    """Guess the framing of a model of which nothing but its input is known."""
    if shape[:2] == UCI_SHAPE:
        return UCI_FRAMING
    return MNIST_FRAMING if max(shape[:2]) <= LARGEST_DRAWING else None


def _checked(path: Path, runtime: Runtime, x: Values) -> Values:
    try:
        found = runtime.run(x)
    except Exception as error:
        raise WrongModelError(f"{path} could not be run: {one_line(error)}") from error
    if not isinstance(found, np.ndarray) or found.ndim != 2 or found.shape[1] < 2:
        shape = getattr(found, "shape", type(found).__name__)
        raise WrongModelError(f"{path} gives an output of shape {shape}, expected a probability for each class.")
    if not np.allclose(found.sum(axis=1), 1, atol=SUM_TOLERANCE) or found.min() < -SUM_TOLERANCE:
        raise WrongModelError(f"{path} gives numbers that are no probabilities: expected a softmax at its end.")
    return found
