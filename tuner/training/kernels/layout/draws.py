"""Describe the layers that draw random numbers while a network trains: dropout, noise, and distortions of images."""

import math
from typing import Any

import keras
import numpy as np

from keras_search.tuner.training.compiled.dropout import drop_of
from keras_search.tuner.training.kernels import arrays
from keras_search.tuner.training.kernels.kinds import ADDED, MULTIPLIED, SET
from keras_search.tuner.training.kernels.layout.places import Layout
from keras_search.tuner.training.kernels.recognition.called_dropout import CalledDropout
from keras_search.tuner.training.kernels.recognition.distortions import FILLINGS, FORMS
from keras_search.tuner.training.kernels.recognition.noise import LEAST, amount_of
from keras_search.tuner.training.kernels.recognition.recurrences import ColumnDropout


def describe_dropout(layer: keras.layers.Dropout, record: np.ndarray, layout: Layout) -> None:
    """Describe a dropout of single numbers."""
    record["kind"] = arrays.DROPOUT
    record["threshold"], record["scale"] = drop_of(layer.rate)
    record["index"] = layout.dropped
    layout.dropped += int(record["positions"][0] * record["columns"][0])


def describe_called_dropout(part: CalledDropout, record: np.ndarray, layout: Layout) -> None:
    """Describe a call of dropout that has words of its own."""
    record["kind"], record["index"] = arrays.CALLED_DROPOUT, part.call
    record["threshold"], record["scale"] = drop_of(part.rate)
    layout.calls = max(layout.calls, part.call + 1)


def describe_column_dropout(part: ColumnDropout, record: np.ndarray, layout: Layout) -> None:
    """Describe a dropout of whole columns."""
    record["kind"] = arrays.COLUMN_DROPOUT
    record["threshold"], record["scale"] = drop_of(part.rate)
    record["index"] = layout.drawn
    layout.drawn += int(record["columns"][0])


def describe_noise(layer: Any, record: np.ndarray, layout: Layout) -> None:
    """Describe one of LAYERS in its record of LAYER."""
    amount = amount_of(layer)
    record["kind"], record["index"] = arrays.NOISE, layout.drawn
    layout.drawn += int(record["positions"][0] * record["columns"][0])
    if isinstance(layer, keras.layers.GaussianNoise):
        record["activation"], record["first"] = ADDED, amount
    elif isinstance(layer, keras.layers.GaussianDropout):
        record["activation"], record["first"] = MULTIPLIED, math.sqrt(amount / (1 - amount))
    else:
        factor = ((1 - amount) * (1 + amount * LEAST**2)) ** -0.5
        record["activation"], record["threshold"] = SET, drop_of(amount).threshold
        record["first"], record["second"], record["third"] = factor, -factor * LEAST * amount, LEAST


def describe_distortion(layer: Any, record: np.ndarray, layout: Layout) -> None:
    """Describe a distortion in its record of LAYER, and its images in one of WINDOW."""
    record["kind"] = arrays.DISTORTION
    record["distortion"], numbers_of = FORMS[type(layer)]
    record["filling"] = FILLINGS[getattr(layer, "fill_mode", "constant")]
    record["blends"] = getattr(layer, "interpolation", "") == "bilinear"
    record["draws"] = 1 if getattr(layer, "width_factor", None) is None else 2
    record["index"] = layout.drawn
    layout.drawn += int(record["draws"][0])
    numbers = np.array(numbers_of(layer), np.float32)
    record["factor"] = start = layout.take("constants", len(numbers))
    layout.constants.append((numbers, start))
    window = np.zeros(1, arrays.WINDOW)
    for name, size in zip(("height", "width", "channels"), layer.input.shape[1:], strict=True):
        window[name] = size
    record["window"] = len(layout.windows)
    layout.windows.append(window)
