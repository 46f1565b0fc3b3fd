"""Operations that Python lacks: on single bits of numbers and of the processor's state."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils

from keras_search.tuner.system.cpu import X86
from keras_search.tuner.training.compiled import hashing
from keras_search.tuner.training.kernels.arithmetic.vectors import FLOAT, WORD, Emitter, Value, emitted, word

FLUSH_TO_ZERO, DENORMALS_ARE_ZERO = 1 << 15, 1 << 6
"""Bits of the control register of x86 processors (Intel, Software Developer's Manual, volume 1, 10.2.3)."""


ROUNDING = 1.5 * 2**23
"""A number of single precision to which others are added to round them to whole ones, in its last bits."""


def _two_to_the(e: Emitter, rounded: Value) -> Value:
    power = e.builder.shl(e.builder.bitcast(rounded, WORD), word(23))
    return e.builder.bitcast(e.builder.add(power, word(127 << 23)), FLOAT)


def _fused(e: Emitter, a: Value, b: Value, total: Value) -> Value:
    return e.multiply_add(a, b, total)


def _exponent(e: Emitter, number: Value) -> Value:
    return e.builder.sub(e.builder.lshr(e.builder.bitcast(number, WORD), word(23)), word(127))


def _fraction(e: Emitter, number: Value) -> Value:
    digits = e.builder.and_(e.builder.bitcast(number, WORD), word((1 << 23) - 1))
    return e.builder.bitcast(e.builder.or_(digits, word(127 << 23)), FLOAT)


def _hashed(e: Emitter, index: Value, first: Value, second: Value) -> Value:
    def xor_shift(value: Value, bits: int) -> Value:
        return e.builder.xor(value, e.builder.lshr(value, word(bits)))

    value = e.builder.add(e.builder.mul(e.builder.trunc(index, WORD), word(hashing.INDEX)), first)
    value = e.builder.add(e.builder.mul(xor_shift(value, 16), word(hashing.FIRST_MIX)), second)
    value = e.builder.mul(xor_shift(value, 15), word(hashing.SECOND_MIX))
    return e.builder.lshr(xor_shift(value, 15), word(8))


def _flush_denormals(e: Emitter) -> Value:
    if not X86:
        return word(0)
    before = _control(e, "stmxcsr", word(0))
    _control(e, "ldmxcsr", e.builder.or_(before, word(FLUSH_TO_ZERO | DENORMALS_ARE_ZERO)))
    return before


def _restore_denormals(e: Emitter, before: Value) -> None:
    if X86:
        _control(e, "ldmxcsr", before)


def _control(e: Emitter, instruction: str, value: Value) -> Value:
    """Pass a word to an instruction that loads or stores the control register; return the word after that."""
    byte = ir.IntType(8).as_pointer()
    place = cgutils.alloca_once_value(e.builder, value)
    kind = ir.FunctionType(ir.VoidType(), [byte])
    function = cgutils.get_or_insert_function(e.builder.module, kind, f"llvm.x86.sse.{instruction}")
    e.builder.call(function, [e.builder.bitcast(place, byte)])
    return e.builder.load(place)


two_to_the: Any = emitted(_two_to_the, types.float32)
"""Raises two to a whole power from -126 to 127, given as its sum with ROUNDING, of single precision."""
fused: Any = emitted(_fused, types.float32)
"""`fused(a, b, c)` returns a * b + c of single precision, rounded once."""
exponent: Any = emitted(_exponent, types.int32)
"""Returns the exponent of a positive normal number of single precision: of 2 ** exponent * fraction."""
fraction: Any = emitted(_fraction, types.float32)
"""Returns the fraction of such a number, from 1 to below 2."""
hashed: Any = emitted(_hashed, types.int32)
"""`hashed(index, first, second)` returns 24 random bits for an index and two words: the hash of `dropout.uniform`."""
flush_denormals: Any = emitted(_flush_denormals, types.uint32)
"""Makes this thread treat denormal numbers as zero, as TensorFlow's threads do; returns the state before."""
restore_denormals: Any = emitted(_restore_denormals)
"""Restores the state that `flush_denormals` returned."""
