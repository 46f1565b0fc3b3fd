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

from keras_search.tuner.training.kernels.arrays import KINDS, LAYER, RULE, Floats, Memory, no_memory
from keras_search.tuner.training.kernels.compiled import cached_call
from keras_search.tuner.training.kernels.words import Words

Pass = Callable[[Any, int, Any, Floats, Words, Memory], None]
"""A pass of a layer: `(layer, n, rule, numbers, words, memory)` for a batch of `n` examples.

There are no words unless it trains.
"""
Addresses = NDArray[np.int64]
"""The addresses `(KINDS, 2)` of the forward and backward passes of each kind of layer; 0 for those within the epoch."""


def addresses_of(passes: dict[int, tuple[Pass, ...]], kinds: set[int]) -> Addresses:
    """Compile the passes of the kinds of layers that a network has, or load them from the cache."""
    found = np.zeros((KINDS, 2), np.int64)
    for kind in kinds & set(passes):
        found[kind, : len(passes[kind])] = [_compiled(each).address for each in passes[kind]]
    return found


@functools.cache
def _compiled(function: Pass) -> Any:
    memory = typeof(no_memory())
    layer, rule = from_dtype(LAYER), from_dtype(RULE)
    return cached_call(function, types.void(layer, types.int64, rule, types.float32[::1], types.uint32[::1], memory))


def _call(_typing: Any, address: Any, layer: Any, n: Any, rule: Any, numbers: Any, words: Any, memory: Any) -> Any:
    signature = types.void(address, layer, n, rule, numbers, words, memory)

    def lower(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> Any:
        taken = [context.get_value_type(kind) for kind in signature.args[1:]]
        kind = ir.FunctionType(context.get_value_type(types.void), taken)
        builder.call(builder.inttoptr(values[0], kind.as_pointer()), values[1:])
        return context.get_dummy_value()

    return signature, lower


call: Any = intrinsic(_call)
"""`call(address, layer, n, rule, numbers, words, memory)` calls the pass of a layer by its address."""
