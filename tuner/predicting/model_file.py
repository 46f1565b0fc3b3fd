"""Open an exported model for prediction: find its file, its runtime and what is known about it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from keras_search.errors import KerasSearchError, UsageError
from keras_search.tuner.data import Array, Splits, Tree, open_splits
from keras_search.tuner.data.encoding import TableEncoding
from keras_search.tuner.data.tree import leaves
from keras_search.tuner.exporting import keras_file
from keras_search.tuner.exporting.description import Description, description_of, read_description
from keras_search.tuner.exporting.formats import FORMATS
from keras_search.tuner.exporting.interface import describe_input, describe_outputs
from keras_search.tuner.exporting.runtime import Format, Runtime, one_line
from keras_search.tuner.exporting.trust import check_trusted
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.integrity import check_data, check_model
from keras_search.tuner.study.store import Store

PREFERRED = ("onnx", "litert", "keras", "saved-model")
"""Which format of a folder is run: those that load fastest first; their certificates say that they agree."""
SAVED_MODEL = "saved_model.pb"
SUM_TOLERANCE = 1e-3


class WrongModelError(KerasSearchError):
    """Say that a model is not one that predicts what it is asked for."""


@dataclass(frozen=True)
class ModelFile:
    """A model that was loaded; `known` is None where nothing but its file is there.

    One that lies in its study takes prepared examples, so that the rows of a table go through its `encoding` first.
    """

    path: Path
    format: str
    runtime: Runtime
    known: Description | None
    encoding: TableEncoding | None = None

    def said(self, x: Tree) -> Array:
        """Give what the compared output says of examples: probabilities `(n, classes)` or values `(n, width)`.

        Raises:
            WrongModelError: it cannot be run on them, or gives something else.
        """
        try:
            outputs = self.runtime.run(x if self.encoding is None else self.encoding.apply(x))
            said = leaves(outputs)[self.known.output if self.known else ""]
        except Exception as error:
            raise WrongModelError(f"{self.path} could not be run: {one_line(error)}") from error
        return self._values(said) if self.known and not self.known.class_names else self._chances(said)

    def _values(self, said: Array) -> Array:
        if not isinstance(said, np.ndarray) or said.ndim != 2:
            raise WrongModelError(f"{self.path} gives an output of shape {_shape(said)}, expected values, (n, width).")
        return said

    def _chances(self, said: Array) -> Array:
        if not isinstance(said, np.ndarray) or said.ndim != 2 or said.shape[1] < 2:
            raise WrongModelError(
                f"{self.path} gives an output of shape {_shape(said)}, expected a probability for each class."
            )
        if not np.allclose(said.sum(axis=1), 1, atol=SUM_TOLERANCE) or said.min() < -SUM_TOLERANCE:
            raise WrongModelError(
                f"{self.path} gives numbers that are no probabilities: expected a softmax at its end."
            )
        return said


def open_model(path: Path, trust: bool = False) -> ModelFile:
    """Open an exported file or folder in any of the formats, a retrained model of a study, or a bare model file.

    Raises:
        UsageError: there is no model at `path`.
        UntrustedModelError: it would run code, which it may only with `trust`.
        KerasSearchError: the file is broken, or its runtime is not installed.
    """
    format_, place = _locate(path)
    format_.check_runnable()
    check_trusted(format_.name, place, trust)
    known, encoding = read_description(place.parent, place.name), None
    if known is None and (study := _study(place)):
        known, splits = _of_a_study(study, place.stem)
        encoding = splits.preparation if isinstance(splits.preparation, TableEncoding) else None
    runtime = keras_file.load(place, trust) if format_.name == "keras" else format_.load(place)
    return ModelFile(place, format_.name, runtime, known, encoding)


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


def _study(place: Path) -> StudyFolder | None:
    """Find the study in which a retrained model lies, as `studies/<name>/models/<file>`."""
    study = StudyFolder(place.absolute().parent.parent)
    return study if place.absolute().parent.name == "models" and study.database.is_file() else None


def _of_a_study(study: StudyFolder, run: str) -> tuple[Description, Splits]:
    """Describe the model of a run of a study, once it is known to be what was measured."""
    with Store.read(study.root) as store:
        check_model(store, study, run)
        check_data(store, study, "splits.json")
        settings = store.needed("settings")
    splits = open_splits(study.data)
    return description_of(describe_input(splits), describe_outputs(splits, settings)), splits


def _shape(said: object) -> object:
    return getattr(said, "shape", type(said).__name__)
