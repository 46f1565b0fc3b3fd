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
    """Return whether a layer only moves rows whose last axis is the channels, or is a `Permute`."""
    plain = getattr(layer, "interpolation", "nearest") == "nearest"
    return plain and getattr(layer, "data_format", "channels_last") == "channels_last"


def keeps_rows(layer: Any) -> bool:
    """Return whether a `Permute` leaves the last axis where it is."""
    return bool(layer.dims[-1] == len(layer.dims))


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
