"""Use the measured model of a finished study: load it, predict with it, export it."""

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_search.errors import UsageError
from keras_search.tuner.api.spelling import as_path
from keras_search.tuner.data.frames import is_frame
from keras_search.tuner.data.tree import Tree, leaves
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.refusal import one_value

if TYPE_CHECKING:
    import keras

    from keras_search.tuner.exporting.export import Exported


def measured_model(folder: StudyFolder, trust: bool = False) -> "keras.Model":
    """Return the measured model with its preparation, so that it takes raw data, and compiled where that is exact.

    Raises:
        UntrustedModelError: building it would run the hypermodel's own file, without `trust`.
        KerasSearchError: the study is not finished, or its model's file is gone or has changed.
    """
    from keras_search.tuner.exporting.measured import find_measured
    from keras_search.tuner.exporting.network import load_network

    measured = find_measured(folder)
    network = load_network(measured, trust)
    subject = measured.subject(network, measured.evidence(network))
    model = subject.network if subject.whole else subject.model()
    if len(subject.targets) == 1 and not subject.targets[0].offset:
        _compile(model, measured.path)
    return model


def _compile(model: "keras.Model", path: Path) -> None:
    """Compile a model as its file says that it was, if its loss and metrics are Keras' own."""
    from keras_search.tuner.exporting.keras_file import compile_config
    from keras_search.tuner.exporting.quiet import quiet

    config = compile_config(path)
    if config is not None:
        with quiet(), suppress(Exception):  # it stays as it is
            model.compile_from_config(config)


def predictions(folder: StudyFolder, x: Any, trust: bool = False) -> Any:
    """Predict examples with the measured model: arrays, a dict of them, or a table, as the study got them.

    Raises:
        UsageError: a table lacks a column, or is passed to a study without one, or the other way round; or the model
            takes examples of another shape.
        KerasSearchError: as `measured_model` does.
    """
    from keras_search.tuner.exporting.measured import find_measured
    from keras_search.tuner.exporting.whole_way import rows_of

    encoding = find_measured(folder).encoding
    if encoding is None:
        return _predicted(measured_model(folder, trust), _arrays(x))
    if not is_frame(x):
        raise UsageError(f"This study is of a table: pass a DataFrame with its columns, received {type(x).__name__}.")
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "rows.csv"
        x.to_csv(file, index=False)
        try:
            rows = rows_of(encoding, file)
        except UsageError as error:
            told = str(error).replace(str(file), "The DataFrame").replace(file.name, "the DataFrame")
            raise UsageError(told) from None
    return _predicted(measured_model(folder, trust), rows)


def _predicted(model: "keras.Model", x: Tree) -> Any:
    from keras_search.tuner.training.engine import predict

    try:
        return predict(model, x)
    except (ValueError, TypeError) as error:
        wanted = ", ".join(f"{each.name} {tuple(each.shape[1:])}" for each in getattr(model, "inputs", None) or ())
        received = ", ".join(f"{name} {array.shape[1:]} {array.dtype}".strip() for name, array in leaves(x).items())
        raise UsageError(
            f"The model cannot take these examples: each has the shape {received}"
            f"{f', it takes {wanted}' if wanted else ''}. Pass them as the study was given its own."
        ) from error


def exported(
    folder: StudyFolder, output: str | Path | None, formats: Sequence[str] | None, overwrite: bool, trust: bool
) -> "Exported":
    """Export the measured model, as `keras-search export` does.

    Raises:
        UsageError, KerasSearchError: as `export` does.
    """
    from keras_search.tuner.exporting.export import export

    place = Path("exports") / folder.name if output is None else as_path("output", output)
    wanted = (formats,) if isinstance(formats, str) else formats
    if not (wanted is None or (isinstance(wanted, list | tuple) and all(isinstance(each, str) for each in wanted))):
        raise UsageError(f"formats= must be a list of names, or None for all, received {one_value(formats)}.")
    return export(folder, place, wanted, overwrite, trust)


def _arrays(x: Any) -> Tree:
    if is_frame(x):
        return np.asarray(x.to_numpy())
    if isinstance(x, Sequence) and not len(x):
        raise UsageError("There is nothing to predict: pass one example or more, received none.")
    if isinstance(x, Mapping):
        return {str(name): np.asarray(array) for name, array in x.items()}
    return np.asarray(x)
