"""Write functions for Numba in LLVM's own language, with vectors that stay in registers.

LLVM vectorises simple loops by itself, but it does not keep a tile of a matrix product in registers, and it
adds numbers one by one, in their order: both are written here by hand, once for any vector width.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from keras_search.tuner.system.cpu import FUSES, LANES, WIDTH

FLOAT, DOUBLE, INT, WORD = ir.FloatType(), ir.DoubleType(), ir.IntType(64), ir.IntType(32)
VECTOR, WIDE = ir.VectorType(FLOAT, LANES), ir.VectorType(FLOAT, WIDTH)
"""A vector register, and the WIDTH numbers that are summed at a time, in one register or several."""

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
        return self.fill(self.builder.load(pointer))

    def fill(self, number: Value) -> Value:
        """Return a vector of the same number."""
        first = self.builder.insert_element(ir.Constant(VECTOR, ir.Undefined), number, word(0))
        return self.builder.shuffle_vector(first, first, ir.Constant(ir.VectorType(WORD, LANES), [0] * LANES))

    def load_wide(self, pointer: Value) -> Value:
        """Load WIDTH numbers."""
        return self.builder.load(self.builder.bitcast(pointer, WIDE.as_pointer()), align=4)

    def multiply_add(self, a: Value, b: Value, total: Value) -> Value:
        """Return a * b + total, of numbers or vectors, rounded once on every processor."""
        if not FUSES:
            return self._fused_in_double(a, b, total)
        suffix = f"v{a.type.count}f32" if isinstance(a.type, ir.VectorType) else "f32"
        kind = ir.FunctionType(a.type, [a.type] * 3)
        fused = cgutils.get_or_insert_function(self.builder.module, kind, f"llvm.fma.{suffix}")
        return self.builder.call(fused, [a, b, total])

    def _fused_in_double(self, a: Value, b: Value, total: Value) -> Value:
        """Compute `multiply_add` without the instruction.

        The product is exact in double precision. Its sum with `total` is rounded to odd: if it is not exact, to that
        neighbour whose last bit is 1, which rounds to single precision as the exact sum does (Boldo and Melquiond 2008,
        "Emulation of a FMA and correctly rounded sums: proved algorithms using rounding to odd").
        """
        build, vector = self.builder, isinstance(a.type, ir.VectorType)
        double, bits = ((ir.VectorType(kind, a.type.count) if vector else kind) for kind in (DOUBLE, INT))
        x, y, z = (build.fpext(value, double) for value in (a, b, total))
        product = build.fmul(x, y)
        near = build.fadd(product, z)
        other = build.fsub(near, product)
        missing = build.fadd(build.fsub(product, build.fsub(near, other)), build.fsub(z, other))
        zero = ir.Constant(double, [0.0] * a.type.count if vector else 0.0)
        one, down = (ir.Constant(bits, [number] * a.type.count if vector else number) for number in (1, -1))
        none, digits = build.sub(one, one), build.bitcast(near, bits)
        even = build.icmp_signed("==", build.and_(digits, one), none)
        grows = build.icmp_signed(
            "==", *(build.zext(build.fcmp_ordered(">", value, zero), bits) for value in (missing, near))
        )
        step = build.select(
            build.and_(even, build.fcmp_ordered("!=", missing, zero)), build.select(grows, one, down), none
        )
        return build.fptrunc(build.bitcast(build.add(digits, step), double), a.type)

    def halves(self, x: Value, y: Value, size: int) -> Value:
        """Add the even blocks of `size` lanes of two vectors, side by side, to their odd blocks."""
        lanes = range(2 * x.type.count)
        return self._sum_of_parts(x, y, *([lane for lane in lanes if lane // size % 2 == odd] for odd in (0, 1)))

    def fold(self, x: Value, size: int) -> Value:
        """Add the even blocks of `size` lanes of a vector to its odd blocks; return a vector of half its length."""
        lanes = range(x.type.count)
        return self._sum_of_parts(x, x, *([lane for lane in lanes if lane // size % 2 == odd] for odd in (0, 1)))

    def _sum_of_parts(self, x: Value, y: Value, first: list[int], second: list[int]) -> Value:
        masks = (ir.Constant(ir.VectorType(WORD, len(lanes)), lanes) for lanes in (first, second))
        return self.builder.fadd(*(self.builder.shuffle_vector(x, y, mask) for mask in masks))

    def sums(self, vectors: list[Value]) -> Value:
        """Add up the lanes of each of some vectors, a power of two in number; return the sums as a vector.

        The order is the same for each and for any number of them: always the one half of the lanes and the other.
        """
        size, number = vectors[0].type.count // 2, len(vectors)
        while len(vectors) > 1:
            pairs = zip(vectors[::2], vectors[1::2], strict=True)
            vectors, size = [self.halves(x, y, size) for x, y in pairs], size // 2
        total = vectors[0]
        while total.type.count > number:
            total, size = self.fold(total, size), size // 2
        return total

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
        following, end = self.builder.add(index, integer(1)), self.builder.block  # of a loop within, if there is one
        index.add_incoming(following, end)
        for phi, total, result in zip(running, totals, results, strict=True):
            phi.add_incoming(total, before)
            phi.add_incoming(result, end)
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
