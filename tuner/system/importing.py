"""Import large libraries quickly."""

import functools
import gc
import inspect
import sys
import typing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., None])

FRAMES = 2**16
"""The words of stack, half a megabyte, that a function of `roomy` claims, and never uses."""


@contextmanager
def uncollected() -> Iterator[None]:
    """Import without the garbage collector, which takes a quarter of TensorFlow's time and finds nothing."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def roomy(function: Function) -> Function:
    """Give all that a function calls half a megabyte for its frames in one piece.

    Python keeps frames in pieces of 16 KB. A call across the end of one maps memory and unmaps it again, thousands of
    times if the end lies at the depth of a loop. One frame too large for them gets a piece of its own, with as much
    again behind it.
    """
    function.__code__ = function.__code__.replace(co_stacksize=FRAMES)
    return function


@contextmanager
def annotations_compiled_once() -> Iterator[None]:
    """Let `typing` compile each annotation in quotes once: TensorFlow has 18,000, most of them the same few."""
    namespace = vars(typing)
    namespace["compile"] = functools.cache(compile)  # found before the builtin of this name
    try:
        yield
    finally:
        del namespace["compile"]


@contextmanager
def signatures_read_once() -> Iterator[None]:
    """Let `inspect` read the signature of each function once: TensorFlow's decorators ask for 4,500 of them twice."""
    namespace, read = vars(inspect), inspect._signature_from_function  # type: ignore[attr-defined]  # noqa: SLF001
    known: dict[Any, tuple[Any, Any]] = {}

    def read_once(kind: Any, function: Any, **how: Any) -> Any:
        if how.get("eval_str"):
            return read(kind, function, **how)
        key = kind, id(function), how.get("skip_bound_arg")
        if key not in known:
            known[key] = read(kind, function, **how), function  # kept, so that no other one gets its id
        return known[key][0]

    namespace["_signature_from_function"] = read_once
    try:
        yield
    finally:
        namespace["_signature_from_function"] = read


@contextmanager
def unavailable(name: str) -> Iterator[None]:
    """Let the block's imports of an optional package fail as if it were not installed, unless it is loaded already."""
    hidden = name not in sys.modules
    if hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # by which Python knows what cannot be imported
    try:
        yield
    finally:
        if hidden:
            del sys.modules[name]
