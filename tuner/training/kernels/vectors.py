"""Write functions for Numba in LLVM's own language, with vectors that stay in registers.

LLVM vectorises simple loops by itself, but it does not keep a tile of a matrix product in registers: that is written
here by hand, once for any vector width.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from keras_search.tuner.system.cpu import LANES

FLOAT, INT, WORD = ir.FloatType(), ir.IntType(64), ir.IntType(32)
VECTOR = ir.VectorType(FLOAT, LANES)

Value = Any
"""A value in LLVM's language, or a pointer to one."""


def integer(value: int) -> Value:
    """Return a constant for counts and indices."""
    return ir.Constant(INT, value)


def word(value: int) -> Value:
    """Return a constant of 32 bits."""
    return ir.Constant(WORD, value)


def zeros(count: int) -> list[Value]:
    """Return `count` vectors of zeros."""
    return [ir.Constant(VECTOR, [0.0] * LANES)] * count


class Emitter:
    """Write the instructions of one function."""

    def __init__(self, builder: ir.IRBuilder) -> None:
        self.builder = builder

    def at(self, array: Value, *offsets: Value) -> Value:
        """Point at the element of an array whose position is the sum of `offsets`."""
        total = offsets[0]
        for offset in offsets[1:]:
            total = self.builder.add(total, offset)
        return self.builder.gep(array, [total])

    def row(self, index: Value | int, stride: Value | int) -> Value:
        """Return the position at which a row begins."""
        index, stride = (integer(number) if isinstance(number, int) else number for number in (index, stride))
        return self.builder.mul(index, stride)

    def load(self, pointer: Value, vectors: int) -> list[Value]:
        """Load consecutive vectors."""
        parts = [self.builder.gep(pointer, [integer(v * LANES)]) for v in range(vectors)]
        return [self.builder.load(self.builder.bitcast(part, VECTOR.as_pointer()), align=4) for part in parts]

    def store(self, vector: Value, pointer: Value) -> None:
        """Store a vector of any length."""
        self.builder.store(vector, self.builder.bitcast(pointer, vector.type.as_pointer()), align=4)

    def spread(self, pointer: Value) -> Value:
        """Load a number into every lane of a vector."""
        first = self.builder.insert_element(ir.Constant(VECTOR, ir.Undefined), self.builder.load(pointer), word(0))
        return self.builder.shuffle_vector(first, first, ir.Constant(ir.VectorType(WORD, LANES), [0] * LANES))

    def multiply_add(self, a: Value, b: Value, total: Value) -> Value:
        """Return a * b + total, rounded once if the processor can."""
        kind = ir.FunctionType(VECTOR, [VECTOR] * 3)
        fused = cgutils.get_or_insert_function(self.builder.module, kind, f"llvm.fmuladd.v{LANES}f32")
        return self.builder.call(fused, [a, b, total])

    def halves(self, x: Value, y: Value) -> Value:
        """Add the even lanes of two vectors, side by side, to their odd lanes."""
        lanes = x.type.count
        even, odd = (ir.Constant(ir.VectorType(WORD, lanes), list(range(first, 2 * lanes, 2))) for first in (0, 1))
        return self.builder.fadd(self.builder.shuffle_vector(x, y, even), self.builder.shuffle_vector(x, y, odd))

    def fold(self, x: Value) -> Value:
        """Add neighbouring lanes of a vector; return one of half its length."""
        lanes = x.type.count // 2
        even, odd = (ir.Constant(ir.VectorType(WORD, lanes), list(range(first, 2 * lanes, 2))) for first in (0, 1))
        return self.builder.fadd(self.builder.shuffle_vector(x, x, even), self.builder.shuffle_vector(x, x, odd))

    def repeat(
        self, count: Value, totals: list[Value], body: Callable[[Value, list[Value]], list[Value]]
    ) -> list[Value]:
        """Loop `count` times, at least once; `body(index, totals)` returns the next totals, which stay in registers."""
        before = self.builder.block
        loop, after = (self.builder.append_basic_block(name) for name in ("loop", "after"))
        self.builder.branch(loop)
        self.builder.position_at_end(loop)
        index = self.builder.phi(INT)
        index.add_incoming(integer(0), before)
        running = [self.builder.phi(total.type) for total in totals]
        results = body(index, running)
        following = self.builder.add(index, integer(1))
        index.add_incoming(following, loop)
        for phi, total, result in zip(running, totals, results, strict=True):
            phi.add_incoming(total, before)
            phi.add_incoming(result, loop)
        self.builder.cbranch(self.builder.icmp_signed("<", following, count), loop, after)
        self.builder.position_at_end(after)
        return results


def emitted(write: Callable[..., Value | None], result: types.Type = types.void) -> Any:
    """Make a function for Numba from `write(emitter, *arguments)`, which gets arrays as pointers."""

    def function(_typing: Any, *kinds: types.Type) -> Any:
        def lower(context: Any, builder: ir.IRBuilder, _signature: Any, values: Sequence[Value]) -> Value:
            arguments = [
                cgutils.create_struct_proxy(kind)(context, builder, value).data
                if isinstance(kind, types.Array)
                else value
                for kind, value in zip(kinds, values, strict=True)
            ]
            returned = write(Emitter(builder), *arguments)
            return context.get_dummy_value() if result is types.void else returned

        return result(*kinds), lower

    # Numba inspects the number of parameters.
    function.__signature__ = inspect.signature(write)  # type: ignore[attr-defined]
    return intrinsic(function)
