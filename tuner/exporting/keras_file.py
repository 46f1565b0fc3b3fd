"""The `.keras` format, run by plain Keras in safe mode."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_search.tuner.data.tree import Tree
from keras_search.tuner.exporting.quiet import quiet
from keras_search.tuner.exporting.runtime import (
    BrokenModelError,
    Runtime,
    Shape,
    UnfitFormatError,
    as_tree,
    inputs_by_name,
    one_line,
)
from keras_search.tuner.exporting.subject import Subject
from keras_search.tuner.exporting.trust import named_in

if TYPE_CHECKING:
    import keras


def write(subject: Subject, path: Path) -> None:
    """Write a model without its optimizer, for inference.

    Raises:
        UnfitFormatError: it has something that plain Keras does not know.
    """
    with quiet():
        (subject.network if subject.whole else subject.model()).save(path)
    foreign = foreign_objects(path)
    if foreign:
        raise UnfitFormatError(
            f"The format keras holds ordinary Keras layers only, the model has {', '.join(foreign)} as well. "
            "Export it as saved-model, onnx or litert."
        )


def load(path: Path, trust: bool = False) -> Runtime:
    """Load a `.keras` file as anyone would, refusing code inside it without `trust`.

    Raises:
        BrokenModelError: it is not one, or it needs code.
    """
    model = load_model(path, trust)
    inputs = _inputs(model)
    single = len(model.inputs) == 1 and not _takes_dict(model)

    def run(x: Tree) -> Tree:
        predicted = model.predict_on_batch(x if single and not isinstance(x, dict) else inputs_by_name(x, list(inputs)))
        if isinstance(predicted, list | tuple):
            predicted = dict(zip(model.output_names, predicted, strict=True))
        return as_tree(predicted) if isinstance(predicted, dict) else predicted

    wide = any(tensor.dtype == "float64" for tensor in model.inputs)
    call = "predict(x)" if single and not wide else "predict_on_batch(x)"
    return Runtime(run, inputs, f'import keras\n\nmodel = keras.models.load_model("model.keras")\ny = model.{call}')


def compile_config(path: Path) -> dict[str, Any] | None:
    """Return how the model in a file was compiled; None if it was not, or with anything that is not Keras' own."""
    if not zipfile.is_zipfile(path):
        return None
    with zipfile.ZipFile(path) as file:
        found: dict[str, Any] | None = json.loads(file.read("config.json")).get("compile_config")
    packages = {name.partition(".")[0] for name in named_in(found, "module")}
    return found if packages <= {"keras", "builtins"} else None


def load_model(path: Path, trust: bool = False) -> keras.Model:
    """Load a model for inference; with `trust`, lambdas in the file are run.

    Raises:
        BrokenModelError: the file is not a Keras model, or needs code that is not in Keras.
    """
    try:
        with quiet():
            import keras

            return keras.models.load_model(path, compile=False, safe_mode=not trust)
    except Exception as error:
        raise BrokenModelError(path, "Keras", one_line(error)) from error


def _inputs(model: keras.Model) -> dict[str, Shape]:
    """Return the shapes of one example by the names of the inputs."""
    named = model.input if _takes_dict(model) else {tensor.name: tensor for tensor in model.inputs}
    return {name: tuple(tensor.shape[1:]) for name, tensor in named.items()}


def _takes_dict(model: keras.Model) -> bool:
    import keras

    return not isinstance(model, keras.Sequential) and isinstance(model.input, dict)


def foreign_objects(path: Path) -> list[str]:
    """List the names in a `.keras` file that are not in Keras itself, as `module.name`."""
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
