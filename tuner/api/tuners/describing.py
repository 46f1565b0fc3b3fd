"""Describe what a script passes as text that is the same in every process, so that a later run can be compared."""

import inspect
import re
from typing import Any

import keras
import numpy as np
from keras import callbacks as kc

from keras_search.tuner.data.passed import digest_of
from keras_search.tuner.training.scripts.callbacks import PLACES

_PLAIN = (int, float, str, bool, type(None))
_PLACE_OR_MOMENT = re.compile(r"[/\\]|\d{6}|\d{4}-\d\d")
_MOMENTS = 1e9
"""Larger numbers are seconds since 1970."""
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_WRITING = tuple(kind for kind, _, _ in PLACES)
"""Callbacks whose arguments decide what is written, not what is trained."""


def described(value: Any) -> str:
    """Describe an argument: objects of Keras by their configuration, functions and classes by their names.

    >>> described([keras.losses.mean_squared_error, "accuracy"])
    "[mean_squared_error, 'accuracy']"
    """
    if isinstance(value, np.generic):
        return repr(value.item())
    if type(value) in (list, tuple):
        left, right = "[]" if type(value) is list else "()"
        return f"{left}{', '.join(described(each) for each in value)}{right}"
    if type(value) is dict:
        return f"{{{', '.join(f'{described(key)}: {described(each)}' for key, each in value.items())}}}"
    if callable(value) and hasattr(value, "__qualname__"):
        return str(value.__qualname__)
    if isinstance(value, keras.optimizers.Optimizer | keras.losses.Loss | keras.metrics.Metric):
        return f"{type(value).__name__}({_configuration(value)})"
    return _ADDRESS.sub("", repr(value))


def described_callback(callback: kc.Callback) -> str:
    """Describe a callback: its class, and the arguments that are not its defaults.

    Those of a script's own class are known if it keeps them under their names, or with an underscore before them.

    >>> described_callback(keras.callbacks.EarlyStopping(patience=3))
    'EarlyStopping(patience=3)'
    """
    kind = type(callback)
    if kind in _WRITING:
        return kind.__name__
    passed = []
    for name, parameter in inspect.signature(kind).parameters.items():
        value = getattr(callback, name, getattr(callback, f"_{name}", parameter.default))
        said = None if name == "verbose" or value is parameter.default else _said(value)
        if said is not None and said != _said(parameter.default):
            passed.append(f"{name}={said}")
    return f"{kind.__name__}({', '.join(passed)})" if passed else kind.__name__


def _said(value: Any) -> str | None:
    """Write a callback's argument; None if it is not plain, or names a place or a moment, which may change each run."""
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "biufSU":
        return f"array {digest_of([np.asarray(value)])[:12]}"
    if isinstance(value, str) and _PLACE_OR_MOMENT.search(value):
        return None
    if isinstance(value, float) and value > _MOMENTS:
        return None
    if isinstance(value, _PLAIN):
        return repr(value)
    if type(value) is dict:
        parts = [f"{_said(key)}: {_said(each)}" for key, each in value.items()]
        return f"{{{', '.join(parts)}}}"
    if type(value) in (list, tuple):
        return f"[{', '.join(str(_said(each)) for each in value)}]"
    return None


def _configuration(value: Any) -> str:
    """Give the configuration of an object of Keras, without its name, which Keras numbers, where no metric has it."""
    try:
        config = dict(value.get_config())
    except (NotImplementedError, TypeError, ValueError):
        return ""
    if not isinstance(value, keras.metrics.Metric):
        config.pop("name", None)
    return described(config)
