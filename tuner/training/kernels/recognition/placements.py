"""Recognise Keras' layers that pad, crop, repeat or permute the rows of an example, and list where each comes from."""

import math
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

layers = keras.layers

_PADDING = (layers.ZeroPadding1D, layers.ZeroPadding2D)
_CROPPING = (layers.Cropping1D, layers.Cropping2D)
_GROWING = (layers.UpSampling1D, layers.UpSampling2D)
PLACEMENTS = (*_PADDING, *_CROPPING, *_GROWING, layers.RepeatVector, layers.Permute)


def is_plain_placement(layer: Any) -> bool:
    """Return whether a layer only moves or blends rows whose last axis is the channels, or is a `Permute`."""
    known = getattr(layer, "interpolation", "nearest") in ("nearest", "bilinear")
    return known and getattr(layer, "data_format", "channels_last") == "channels_last"


def keeps_rows(layer: Any) -> bool:
    """Return whether a `Permute` leaves the last axis where it is."""
    return bool(layer.dims[-1] == len(layer.dims))


def blends(layer: Any) -> bool:
    """Return whether a layer gives rows between those that it takes."""
    return bool(getattr(layer, "interpolation", "nearest") == "bilinear")


def blended_by(layer: Any) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """List which four rows of an example's inputs each row of its outputs lies between, and the share of each.

    Both are `(positions, 4)`. The centres of pixels are half a pixel from their edges, as TensorFlow has it.
    """
    height, width, _ = layer.input.shape[1:]
    (rows, down), (columns, right) = (_between(*each) for each in zip((height, width), layer.size, strict=True))
    places = rows[:, None, :, None] * width + columns[None, :, None, :]
    shares = down[:, None, :, None] * right[None, :, None, :]
    return places.reshape(-1, 4), shares.reshape(-1, 4)


def _between(length: int, times: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """List the two pixels of an axis around each of `length * times`, and the share of each."""
    here = (np.arange(length * times) + 0.5) / times - 0.5
    first = np.floor(here)
    share = np.stack([1 - (here - first), here - first], axis=1)
    return np.clip(np.stack([first, first + 1], axis=1), 0, length - 1).astype(np.int64), share.astype(np.float32)


def places_of(layer: Any) -> NDArray[np.int64]:
    """List which row of an example's inputs each row of its outputs is, -1 for zeros."""
    shape = layer.input.shape[1:-1]
    places = np.arange(math.prod(shape), dtype=np.int64).reshape(shape)
    if isinstance(layer, _PADDING):
        places = np.pad(places, _by_axis(layer.padding), constant_values=-1)
    elif isinstance(layer, _CROPPING):
        ends = zip(_by_axis(layer.cropping), shape, strict=True)
        places = places[tuple(slice(before, size - after) for (before, after), size in ends)]
    elif isinstance(layer, _GROWING):
        for axis, times in enumerate(np.atleast_1d(layer.size)):
            places = places.repeat(times, axis)
    elif isinstance(layer, layers.RepeatVector):
        places = places.reshape(1).repeat(layer.n)
    else:
        places = places.transpose([axis - 1 for axis in layer.dims[:-1]])
    return np.ascontiguousarray(places).reshape(-1)


def _by_axis(given: Any) -> Any:
    """Return the sizes before and after each axis, also of a single one."""
    return [tuple(pair) for pair in np.reshape(given, (-1, 2)).tolist()]
