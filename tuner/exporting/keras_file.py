"""The `.keras` format, run by plain Keras in safe mode."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_search.tuner.exporting.quiet import quiet
from keras_search.tuner.exporting.runtime import BrokenModelError, ExportError, Runtime, one_line

if TYPE_CHECKING:
    import keras


def write(model: keras.Model, path: Path) -> None:
    """Write a model without its optimizer, for inference.

    Raises:
        ExportError: it holds something that plain Keras would not know.
    """
    with quiet():
        model.save(path)
    foreign = foreign_objects(path)
    if foreign:
        raise ExportError(
            f"The format keras holds ordinary Keras layers only, the model has {', '.join(foreign)} as well. "
            "Export it as saved-model, onnx or litert."
        )


def load(path: Path) -> Runtime:
    """Load a `.keras` file as anyone would, refusing code inside it.

    Raises:
        BrokenModelError: it is not one, or it needs code.
    """
    model = load_model(path)
    example = 'model = keras.models.load_model("model.keras")\nprobabilities = model.predict(x)'
    return Runtime(model.predict_on_batch, input_shape(model, path), f"import keras\n\n{example}")


def load_model(path: Path) -> keras.Model:
    """Load a model for inference.

    Raises:
        BrokenModelError: the file is not a Keras model, or needs code that is not in Keras.
    """
    try:
        with quiet():
            import keras

            return keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        raise BrokenModelError(path, "Keras", one_line(error)) from error


def input_shape(model: keras.Model, path: Path) -> tuple[int | None, ...]:
    """Give the shape of one example.

    Raises:
        BrokenModelError: the model has several inputs.
    """
    shape = model.input_shape
    if not isinstance(shape, tuple) or not all(size is None or isinstance(size, int) for size in shape):
        raise BrokenModelError(path, "keras-search", "it has several inputs, expected one")
    return tuple(shape[1:])


def foreign_objects(path: Path) -> list[str]:
    """List what a `.keras` file names that is not in Keras itself, as `module.name`."""
    with zipfile.ZipFile(path) as archive:
        return sorted(set(_foreign(json.loads(archive.read("config.json")))))


def _foreign(config: Any) -> list[str]:
    if isinstance(config, list):
        return [name for entry in config for name in _foreign(entry)]
    if not isinstance(config, dict):
        return []
    found = [name for entry in config.values() for name in _foreign(entry)]
    if config.get("class_name") == "__lambda__":
        found.append("a lambda")
    elif "module" in config and "class_name" in config and str(config["module"]).split(".")[0] != "keras":
        found.append(f"{config['module']}.{config.get('registered_name') or config['class_name']}")
    return found
