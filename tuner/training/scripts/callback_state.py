"""The state of a callback between two epochs, as plain numbers, texts and arrays: reading it runs no code."""

import inspect
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np

from keras_search.tuner.data.tree import Array

LEFT_OUT = {"_model", "params", "validation_data"}
"""Attributes that `set_model` and `set_params` set."""
OPENED_AGAIN: dict[type, set[str]] = {keras.callbacks.CSVLogger: {"csv_file", "writer", "append", "append_header"}}
"""Attributes that a Keras callback creates anew when training begins."""
ARRAY, TUPLE, ITEMS, NUMBER = "array", "tuple", "items", "number"


class StateError(Exception):
    """Raised if an attribute of a callback is neither numbers, texts nor arrays."""


def state_of(callbacks: Sequence[keras.callbacks.Callback]) -> tuple[list[Any], list[Array]]:
    """Return the state of callbacks as values that JSON holds, and the arrays that these refer to by index.

    Functions, classes and modules among the attributes are left out: a copy of the callback has the same.

    Raises:
        StateError: an attribute is something else.
    """
    arrays: list[Array] = []
    states = []
    for callback in callbacks:
        state = {}
        for name, value in _attributes(callback):
            try:
                state[name] = _encoded(value, arrays)
            except TypeError as error:
                raise StateError(f"{type(callback).__name__}.{name} is {error}") from None
        states.append(state)
    return states, arrays


def set_state(callbacks: Sequence[keras.callbacks.Callback], states: Sequence[Any], arrays: Sequence[Array]) -> None:
    """Restore the state of callbacks that `state_of` has read."""
    for callback, attributes in zip(callbacks, states, strict=True):
        for name, value in attributes.items():
            setattr(callback, name, _decoded(value, arrays))


def _attributes(callback: keras.callbacks.Callback) -> Iterator[tuple[str, Any]]:
    again = {name for kind, names in OPENED_AGAIN.items() if isinstance(callback, kind) for name in names}
    for name, value in vars(callback).items():
        if name not in LEFT_OUT | again and not callable(value) and not inspect.ismodule(value):
            yield name, value


def _encoded(value: Any, arrays: list[Array]) -> Any:
    if value is None or isinstance(value, str | bool) or type(value) in (int, float):
        return value
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "buifcUS":
        arrays.append(np.asarray(value))
        return {ARRAY if isinstance(value, np.ndarray) else NUMBER: len(arrays) - 1}
    if type(value) in (list, tuple):
        parts = [_encoded(each, arrays) for each in value]
        return parts if type(value) is list else {TUPLE: parts}
    if type(value) is dict:
        return {ITEMS: [[_encoded(key, arrays), _encoded(each, arrays)] for key, each in value.items()]}
    raise TypeError(f"of type {type(value).__name__}")


def _decoded(value: Any, arrays: Sequence[Array]) -> Any:
    if isinstance(value, list):
        return [_decoded(each, arrays) for each in value]
    if not isinstance(value, dict):
        return value
    ((kind, inside),) = value.items()
    if kind == ARRAY:
        return np.array(arrays[inside])
    if kind == NUMBER:
        return arrays[inside][()]
    if kind == TUPLE:
        return tuple(_decoded(each, arrays) for each in inside)
    return {_decoded(key, arrays): _decoded(each, arrays) for key, each in inside}
