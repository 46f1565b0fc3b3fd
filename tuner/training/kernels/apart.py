"""Layers that are compiled apart from the epoch, and only for a network that has them.

So a dense network need not wait until recurrent and convolutional layers are compiled: an epoch calls the passes of
such a layer by their addresses.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import from_dtype, typeof, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from keras_search.tuner.training.kernels.arrays import (
    KINDS,
    LAYER,
    LOSS,
    RARE_LOSS,
    RULE,
    Answers,
    Floats,
    Memory,
    Sums,
    Targets,
    no_memory,
)
from keras_search.tuner.training.kernels.compiled import cached_call
from keras_search.tuner.training.kernels.words import Words

Pass = Callable[[Any, int, Any, Floats, Words, Memory], None]
"""A pass of a layer: `(layer, n, rule, numbers, words, memory)` for a batch of `n` examples.

There are no words unless it trains.
"""
Comparison = Callable[[Any, Answers, Floats, Sums], None]
"""A loss: `(loss, answers, gradient, sums)` sets the gradient and adds to the sums."""
Addresses = NDArray[np.int64]
"""The addresses `(KINDS, 2)` of the forward and backward passes of each kind of layer; 0 for those within the epoch."""


def addresses_of(passes: dict[int, tuple[Pass | Comparison, ...]], kinds: set[int]) -> Addresses:
    """Compile the passes of the kinds of layers that a network has, or load them from the cache."""
    found = np.zeros((KINDS, 2), np.int64)
    for kind in kinds & set(passes):
        found[kind, : len(passes[kind])] = [_compiled(each, kind == RARE_LOSS).address for each in passes[kind]]
    return found


@functools.cache
def _compiled(function: Pass | Comparison, compares: bool) -> Any:
    floats = types.float32[::1]
    if compares:
        return cached_call(function, types.void(from_dtype(LOSS), typeof(_no_answers()), floats, types.float64[:, ::1]))
    layer, rule, memory = from_dtype(LAYER), from_dtype(RULE), typeof(no_memory())
    return cached_call(function, types.void(layer, types.int64, rule, floats, types.uint32[::1], memory))


def _no_answers() -> Answers:
    none = np.zeros(0, np.float32)
    return Answers(none, 0, 0, Targets(np.zeros(0, np.int64), none, none), np.zeros(0, np.int32))


def _call(_typing: Any, address: Any, layer: Any, n: Any, rule: Any, numbers: Any, words: Any, memory: Any) -> Any:
    return types.void(address, layer, n, rule, numbers, words, memory), _lower


def _compare(_typing: Any, address: Any, loss: Any, answers: Any, gradient: Any, sums: Any) -> Any:
    return types.void(address, loss, answers, gradient, sums), _lower


def _lower(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> Any:
    taken = [context.get_value_type(kind) for kind in signature.args[1:]]
    kind = ir.FunctionType(context.get_value_type(types.void), taken)
    builder.call(builder.inttoptr(values[0], kind.as_pointer()), values[1:])
    return context.get_dummy_value()


call: Any = intrinsic(_call)
"""`call(address, layer, n, rule, numbers, words, memory)` calls the pass of a layer by its address."""
compare: Any = intrinsic(_compare)
"""`compare(address, loss, answers, gradient, sums)` calls a loss by its address."""
