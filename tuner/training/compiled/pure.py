"""Recognise Keras's own classes, functions and values, which hold no user's code."""

import inspect
import sys
from collections.abc import Callable
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
import tensorflow as tf

_PLAIN = (type(None), bool, int, float, complex, str, bytes, type(...), range, slice)
_CONTAINERS = ("builtins", "collections", "tensorflow.python.trackable.data_structures")
_KNOWN = {"builtins", "keras", "numpy", "tensorflow"}
_LIBRARIES = {"keras", "tensorflow", "optree", "collections", "contextlib", "enum", "sklearn"}
"""The modules of the methods of Keras's classes: its own, and those that they build on."""


class NotPureError(Exception):
    """Raised if something is not Keras's own."""


def constant(value: Any) -> str | None:
    """Describe a plain value: a number, a text, an array, a dtype; None for anything else."""
    if type(value) in _PLAIN:
        return repr(value)
    if isinstance(value, tf.Tensor):
        if not hasattr(value, "numpy"):
            raise NotPureError(value)
        value = value.numpy()
    if isinstance(value, np.ndarray | np.generic) and value.dtype != object:
        return f"{value.dtype.str}{value.shape}{value.tobytes().hex()}"
    if isinstance(value, tf.DType | np.dtype | tf.TensorShape | inspect.Signature):
        return repr(value)
    if isinstance(value, ModuleType | type):
        return _named(value)
    return None


def _named(value: ModuleType | type) -> str:
    """Name a module or a class of Keras or of what it builds on."""
    if isinstance(value, ModuleType):
        module, name, pure = value.__name__, value.__name__, True
    else:
        module, name = value.__module__, f"{value.__module__}.{value.__qualname__}"
        pure = not _of_keras(module) or is_pure_class(value)
    if module.partition(".")[0] not in _KNOWN or not pure:
        raise NotPureError(value)
    return name


def is_pure_class(kind: type) -> bool:
    """Return whether a class is the one that Keras defines under its name; registering another does not count."""
    return _of_keras(kind.__module__) and _member(kind.__module__, kind.__qualname__) is kind


class Purity:
    """Check classes and functions, each class once."""

    def __init__(self) -> None:
        self._checked: set[type] = set()

    def check(self, kind: type) -> None:
        """Make sure that a class is Keras's own and that none of its methods was replaced.

        Raises:
            NotPureError: it is not.
        """
        if kind in self._checked:
            return
        if not is_pure_class(kind):
            raise NotPureError(kind)
        for base in kind.__mro__:
            if _of_keras(base.__module__) and base not in self._checked:
                self._check_methods(base)
        self._checked.add(kind)

    @staticmethod
    def check_container(kind: type) -> None:
        """Make sure that a list, a dict or a set is a plain one, or one of Keras or TensorFlow.

        Raises:
            NotPureError: it is of a user's class.
        """
        if kind.__module__ not in _CONTAINERS and not _of_keras(kind.__module__):
            raise NotPureError(kind)

    def function(self, value: Callable[..., Any]) -> tuple[str, list[Any]]:
        """Return the name of one of Keras's functions, and what it holds: its object, its closure and its defaults.

        Raises:
            NotPureError: it is not Keras's.
        """
        if isinstance(value, MethodType):
            name, held = self.function(value.__func__)
            return name, [value.__self__, *held]
        if not isinstance(value, FunctionType):
            raise NotPureError(value)
        module = str(value.__globals__.get("__name__"))
        if not _of_keras(module) or vars(sys.modules[module]) is not value.__globals__:
            raise NotPureError(value)
        name = f"{module}.{value.__qualname__}:{value.__code__.co_firstlineno}"
        cells = [cell.cell_contents for cell in value.__closure__ or ()]
        return name, [*cells, *(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values()]

    def _check_methods(self, base: type) -> None:
        for value in vars(base).values():
            for function in _functions(value):
                if str(function.__globals__.get("__name__")).partition(".")[0] not in _LIBRARIES:
                    raise NotPureError(function)
        self._checked.add(base)


def _of_keras(module: str) -> bool:
    return module == "keras" or module.startswith("keras.")


def _member(module: str, name: str) -> Any:
    """Return a module's attribute by its name; None if it has none."""
    member: Any = sys.modules.get(module)
    for part in name.split("."):
        member = getattr(member, part, None)
    return member


def _functions(value: Any) -> list[FunctionType]:
    """List the functions behind an attribute of a class."""
    if isinstance(value, property):
        parts = [value.fget, value.fset, value.fdel]
    else:
        parts = [value.__func__] if isinstance(value, staticmethod | classmethod) else [value]
    return [part for part in parts if isinstance(part, FunctionType)]
