"""Find the variables that a script's functions share with the rest of it, which a copy elsewhere would not."""

import dis
import types
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import keras

GLOBALS = {"LOAD_GLOBAL", "LOAD_NAME", "STORE_GLOBAL"}
PLAIN = (int, float, str, bytes, bool, type(None), complex, types.ModuleType, type)


def shared_names(callbacks: Sequence[keras.callbacks.Callback]) -> list[str]:
    """List the variables of a script that its callbacks use and could change: lists, dicts, objects.

    Modules, classes, functions and plain values are the same in every copy.
    """
    found: dict[str, None] = {}
    for callback in callbacks:
        for function in _functions(callback):
            found.update(dict.fromkeys(name for name, value in _used(function) if _is_mutable(value)))
    return list(found)


def _functions(callback: keras.callbacks.Callback) -> Iterator[types.FunctionType]:
    """Yield the functions among a callback's attributes, and its methods if a script defines its class."""
    for value in vars(callback).values():
        function = getattr(value, "__func__", value)
        if isinstance(function, types.FunctionType) and _is_of_script(function):
            yield function
    for kind in type(callback).__mro__:
        if _is_of_script(kind):
            yield from (value for value in vars(kind).values() if isinstance(value, types.FunctionType))


def _is_of_script(thing: Any) -> bool:
    return str(getattr(thing, "__module__", "")).partition(".")[0] not in ("keras", "builtins", "keras_search")


def _used(function: types.FunctionType) -> Iterator[tuple[str, Any]]:
    """Yield the variables outside a function that it uses, by name."""
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        with suppress(ValueError):  # a variable that has no value yet
            yield name, cell.cell_contents
    for name in _global_names(function.__code__):
        if name in function.__globals__:
            yield name, function.__globals__[name]


def _global_names(code: types.CodeType) -> Iterator[str]:
    yield from (each.argval for each in dis.get_instructions(code) if each.opname in GLOBALS)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _global_names(constant)


def _is_mutable(value: Any) -> bool:
    return not (isinstance(value, PLAIN) or callable(value))
