"""Describe what a script passes as text that is the same in every process, so that a later run can be compared."""

import inspect
import re
from typing import Any

import keras
import numpy as np
from keras import callbacks as kc

from keras_search.tuner.training.scripts.callbacks import PLACES

_PLAIN = (int, float, str, bool, type(None))
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
    """Describe a callback: its class and, where it is one of Keras' own, the arguments that are not its defaults.

    >>> described_callback(keras.callbacks.EarlyStopping(patience=3))
    'EarlyStopping(patience=3)'
    """
    kind = type(callback)
    if not kind.__module__.startswith("keras.") or kind in _WRITING:
        return kind.__name__
    parameters = inspect.signature(kind).parameters
    passed = {
        name: getattr(callback, name)
        for name, parameter in parameters.items()
        if name != "verbose" and getattr(callback, name, parameter.default) != parameter.default
    }
    told = [f"{name}={value!r}" for name, value in passed.items() if isinstance(value, _PLAIN)]
    return f"{kind.__name__}({', '.join(told)})" if told else kind.__name__


def _configuration(value: Any) -> str:
    """Give the configuration of an object of Keras, without its name, which Keras numbers, where no metric has it."""
    try:
        config = dict(value.get_config())
    except (NotImplementedError, TypeError, ValueError):
        return ""
    if not isinstance(value, keras.metrics.Metric):
        config.pop("name", None)
    return described(config)
