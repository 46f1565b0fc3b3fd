"""Save a retrained model: as a Keras file, or only its weights if Keras cannot save the model."""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_search.tuner.study.folder import WEIGHTS_ONLY
from keras_search.tuner.system import faults
from keras_search.tuner.system.files import replacing

SHAPES = "shapes"
"""The entry of a file of weights that says what the model is built for."""


def save_model(model: keras.Model, path: Path) -> Path:
    """Write the model to `path`, a `.keras` file, or beside it only its weights; return the path.

    Keras cannot save a layer with arguments that it cannot serialise, such as a function.

    Raises:
        OSError: the disk is full.
    """
    weights = path.with_suffix(WEIGHTS_ONLY)
    try:
        with replacing(path) as partial:
            model.save(partial)
            faults.point("model partial")
        weights.unlink(missing_ok=True)
        return path
    except OSError:
        raise
    except Exception as error:
        print(f"Keras cannot save the model ({type(error).__name__}), so only its weights are saved.", flush=True)
    save_weights(model, path)
    path.unlink(missing_ok=True)
    return weights


def save_weights(model: keras.Model, path: Path) -> Path:
    """Write the weights of a model beside the place of its `.keras` file, and return the path.

    Raises:
        OSError: the disk is full.
    """
    weights = path.with_suffix(WEIGHTS_ONLY)
    with replacing(weights) as partial:
        shapes: dict[str, Any] = {SHAPES: np.array(json.dumps(model.get_build_config() or {}, default=str))}
        np.savez(partial, *[variable.numpy() for variable in model.weights], **shapes)
    return weights


def load_weights(model: keras.Model, path: Path) -> None:
    """Load into a model, built by the same code, the weights in a file that `save_model` wrote.

    Raises:
        OSError, ValueError: the file is missing, or of another model.
    """
    if path.suffix != WEIGHTS_ONLY:
        model.load_weights(path)
        return
    with np.load(path, allow_pickle=False) as arrays:
        values = [arrays[name] for name in arrays.files if name != SHAPES]
        shapes = json.loads(str(arrays[SHAPES])) if SHAPES in arrays.files else {}
    if shapes and not model.built:
        model.build_from_config(_any_batch(shapes))
    if [value.shape for value in values] != [tuple(variable.shape) for variable in model.weights]:
        raise ValueError(f"{path} is of a model of another shape.")
    for variable, value in zip(model.weights, values, strict=True):
        variable.assign(value)


def _any_batch(shapes: Any) -> Any:
    """Give the shapes in a configuration as tuples, for batches of any size."""
    if isinstance(shapes, dict):
        return {name: _any_batch(each) for name, each in shapes.items()}
    if not isinstance(shapes, list):
        return shapes
    if shapes and all(size is None or isinstance(size, int) for size in shapes):
        return (None, *shapes[1:])
    return [_any_batch(each) for each in shapes]
