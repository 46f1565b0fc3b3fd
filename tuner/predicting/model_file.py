"""Open an exported model for prediction: find its file, its runtime and its description."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from keras_search.errors import KerasSearchError, UsageError
from keras_search.models import HYPERMODEL_NAMES
from keras_search.tuner.data import Array, Tree, open_splits
from keras_search.tuner.data.preparation import Preparation, Untouched
from keras_search.tuner.data.tested import is_image_folder
from keras_search.tuner.data.tree import leaves
from keras_search.tuner.exporting import keras_file
from keras_search.tuner.exporting.description import Description, description_of, read_description
from keras_search.tuner.exporting.formats import FORMATS
from keras_search.tuner.exporting.interface import describe_input, describe_outputs
from keras_search.tuner.exporting.probabilities import are_probabilities
from keras_search.tuner.exporting.raw_input import UNCHANGED
from keras_search.tuner.exporting.runtime import Format, Runtime, one_line
from keras_search.tuner.exporting.trust import check_trusted
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.integrity import check_data, check_model
from keras_search.tuner.study.records import TUNED
from keras_search.tuner.study.store import Store

PREFERRED = ("onnx", "litert", "keras", "saved-model")
"""The order in which a folder's formats are tried: the fastest to load first; by their certificates, they agree."""
SAVED_MODEL = "saved_model.pb"


class WrongModelError(KerasSearchError):
    """Raised if a model cannot predict what is requested."""


@dataclass(frozen=True)
class ModelFile:
    """A loaded model; `known` is None if there is only its file.

    A model in its study takes prepared examples, so raw ones go through its `preparation` first, and it returns values
    without the `offset` of its target, which is added to them.
    """

    path: Path
    format: str
    runtime: Runtime
    known: Description | None
    preparation: Preparation = field(default_factory=Untouched)
    offset: tuple[float, ...] = ()

    def predict(self, x: Tree) -> Array:
        """Return the compared output for raw examples: probabilities `(n, classes)` or values `(n, width)`.

        Raises:
            WrongModelError: it cannot be run on them, or its output is something else.
        """
        try:
            outputs = self.runtime.run(self.preparation.apply(x))
            predicted = leaves(outputs)[self.known.output if self.known else ""]
        except Exception as error:
            raise WrongModelError(f"{self.path} could not be run: {one_line(error)}") from error
        return self._values(predicted) if self.known and not self.known.class_names else self._chances(predicted)

    def _values(self, predicted: Array) -> Array:
        if not isinstance(predicted, np.ndarray) or predicted.ndim not in (1, 2) or predicted.dtype.kind not in "buif":
            raise WrongModelError(
                f"{self.path} has an output of shape {_shape(predicted)}, predict shows probabilities or values, "
                "(n, width): run it from Python, as the card of an export shows."
            )
        values = predicted.reshape(len(predicted), -1)
        return values.astype(np.float64) + np.array(self.offset) if self.offset else values

    def _chances(self, predicted: Array) -> Array:
        if not isinstance(predicted, np.ndarray) or predicted.ndim != 2 or predicted.shape[1] < 2:
            raise WrongModelError(
                f"{self.path} has an output of shape {_shape(predicted)}, expected a probability for each class."
            )
        if not are_probabilities(predicted, predicted.shape[1]):
            raise WrongModelError(
                f"{self.path} returns numbers that are not probabilities: expected a softmax at its end."
            )
        if self.known and predicted.shape[1] != len(self.known.class_names):
            raise WrongModelError(
                f"{self.path} returns probabilities of {predicted.shape[1]} classes, its description names "
                f"{len(self.known.class_names)}: export the model again."
            )
        return predicted


def open_model(path: Path, trust: bool = False) -> ModelFile:
    """Open an exported file or folder in any of the formats, a retrained model of a study, or a bare model file.

    Raises:
        UsageError: there is no model at `path`.
        UntrustedModelError: it would run code, without `trust`.
        KerasSearchError: the file is broken, or its runtime is not installed.
    """
    format_, place = _locate(path)
    format_.check_runnable()
    check_trusted(format_.name, place, trust)
    known = read_description(place.parent, place.name)
    if known is None and (study := _study(place)):
        return _of_a_study(study, place, format_, trust)
    return ModelFile(place, format_.name, _run_by(format_, place, trust), known)


def _run_by(format_: Format, place: Path, trust: bool) -> Runtime:
    return keras_file.load(place, trust) if format_.name == "keras" else format_.load(place)


def _locate(path: Path) -> tuple[Format, Path]:
    """Find the model's file, or folder for a SavedModel."""
    if not path.exists():
        raise UsageError(f"There is no model {path}: give an export of keras-search, or a .keras file.")
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


def _study(place: Path) -> StudyFolder | None:
    """Find the study of a retrained model, which is at `studies/<name>/models/<file>`."""
    study = StudyFolder(place.absolute().parent.parent)
    return study if place.absolute().parent.name == "models" and study.database.is_file() else None


def _of_a_study(study: StudyFolder, place: Path, format_: Format, trust: bool) -> ModelFile:
    """Open a retrained model in its study, after checking that it is the measured one."""
    with Store.read(study.root) as store:
        check_model(store, study, place.stem)
        check_data(store, study, "splits.json")
        settings, passed = store.needed("settings"), store.needed("data").get("passed")
    own = settings["hypermodel"] not in HYPERMODEL_NAMES and place.name.startswith(f"{TUNED}-")
    seen = open_splits(study.data).seen_by(own)
    files = is_image_folder(settings["dataset"]) and not passed
    given = describe_input(seen, seen.x_fit, files, framed=not files)
    known = description_of(given, describe_outputs(seen.targets, settings))
    preparation = Untouched() if seen.preparation.kind in UNCHANGED else seen.preparation
    return ModelFile(place, format_.name, _run_by(format_, place, trust), known, preparation, seen.target.offset)


def _shape(predicted: object) -> object:
    return getattr(predicted, "shape", type(predicted).__name__)
