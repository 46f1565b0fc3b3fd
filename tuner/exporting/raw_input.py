"""Prepend the preparation of the data to a network as layers, so that an exported file takes raw data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from keras_search.tuner.data import Splits
from keras_search.tuner.data.encoding import TableEncoding
from keras_search.tuner.data.preparation import (
    AsGiven,
    PerInput,
    Pixels,
    Preparation,
    Scaling,
    Standardising,
    Untouched,
)
from keras_search.tuner.data.tree import Array, Tree, fit_types

if TYPE_CHECKING:
    import keras

UNCHANGED = (Untouched.kind, Pixels.kind)
"""The kinds of preparation of the user's own model, which change no number."""
LOST = 3e-6
"""The largest share of a standard deviation, or of the range of pixels, that float32 may lose of raw numbers; if it
loses more, a file takes float64."""


def of_input(preparation: Preparation, name: str) -> Preparation:
    """Return the preparation of one of several inputs."""
    return preparation.inputs[name] if isinstance(preparation, PerInput) else preparation


def is_active(preparation: Preparation) -> bool:
    """Return whether a file has layers that change the numbers of an array before the network."""
    if isinstance(preparation, Scaling):
        return (preparation.low, preparation.high) != (0.0, 1.0)
    return isinstance(preparation, Standardising)


def raw_test(seen: Splits) -> Tree:
    """Return the inputs of the test part as a file takes them, for those that the network was tested on."""
    return seen.x_test if seen.raw_test is None or seen.preparation.kind in UNCHANGED else seen.raw_test


def given_types(network: keras.Model, raw: Tree) -> Tree:
    """Convert raw inputs to the network's own types, as Keras does in training."""
    known = getattr(network, "inputs", None)
    if not known:
        return fit_types(raw)
    if not isinstance(raw, dict):
        return _cast(raw, known[0].dtype)
    given = network.input
    named = given if isinstance(given, dict) else {each.name: each for each in known}
    return {name: _cast(array, named[name].dtype) if name in named else array for name, array in raw.items()}


def _cast(array: Array, dtype: str) -> Array:
    return np.asarray(array) if dtype == "string" else np.asarray(array).astype(dtype, copy=False)


def typed(preparation: Preparation, raw: Tree) -> Tree:
    """Convert raw inputs to the types that an exported file takes."""
    if isinstance(preparation, TableEncoding):
        return preparation.raw(raw)
    if isinstance(raw, dict):
        return {name: _typed(of_input(preparation, name), array) for name, array in raw.items()}
    return _typed(preparation, raw)


def prepared(preparation: Preparation, given: keras.KerasTensor) -> keras.KerasTensor:
    """Pass one raw input through the layers that prepare it."""
    if not is_active(preparation):
        return given
    if isinstance(preparation, Scaling):
        return _scaled(given, preparation.low, 1 / (preparation.high - preparation.low))
    assert isinstance(preparation, Standardising)
    return _scaled(given, preparation.means, (1 / np.array(preparation.deviations)).tolist())


def _typed(preparation: Preparation, raw: Array) -> Array:
    """Convert an array to the type that loses nothing that the network needs."""
    if isinstance(preparation, Scaling):
        return raw.astype(np.float32 if _fits(raw, preparation.high - preparation.low) else np.float64)
    if isinstance(preparation, Standardising):
        return raw.astype(np.float32 if _fits(raw, np.array(preparation.deviations)) else np.float64)
    return np.asarray(preparation.apply(raw)) if isinstance(preparation, AsGiven) else np.asarray(raw)


def _fits(raw: Array, spread: float | Array) -> bool:
    """Return whether float32 can distinguish numbers with this spread, by column or of all."""
    if np.can_cast(raw.dtype, np.float32):
        return True
    lost = np.abs(raw.astype(np.float64) - raw.astype(np.float32)) / spread
    return bool(lost.max(initial=0) <= LOST)


def _scaled(
    given: keras.KerasTensor, low: float | Sequence[float], factor: float | Sequence[float]
) -> keras.KerasTensor:
    """Return `(given - low) * factor` as layers that take the difference before float32 rounds.

    Keras holds the numbers of a layer as float32, so that what this loses of `low` is subtracted after the rest of it.
    """
    from keras.layers import Rescaling

    exact = np.asarray(low, np.float64)
    first = exact.astype(np.float32).astype(np.float64)
    rest = exact - first
    centred = Rescaling(1.0, (-first).tolist(), dtype=given.dtype, name=f"{given.name}_centred")(given)
    if given.dtype == "float64":
        centred = Rescaling(1.0, (-rest).tolist(), dtype="float64", name=f"{given.name}_exactly_centred")(centred)
        centred = Rescaling(1.0, dtype="float32", name=f"{given.name}_float32")(centred)
        rest = np.zeros_like(rest)
    offset = (-rest * np.asarray(factor, np.float64)).tolist()
    return Rescaling(factor, offset, name=f"{given.name}_prepared")(centred)
