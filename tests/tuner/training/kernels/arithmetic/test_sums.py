"""Sums by lanes, and products rounded once, against their definition."""

import ast
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import types

from keras_search.tuner.system.cpu import FUSES, WIDTH, padded
from keras_search.tuner.training.kernels.arithmetic.bits import flush_denormals, fused, restore_denormals
from keras_search.tuner.training.kernels.arithmetic.elementwise import log, log_1_more
from keras_search.tuner.training.kernels.arithmetic.sums import absolute_sum, row_dot, row_sum, square_sum
from keras_search.tuner.training.kernels.arithmetic.vectors import emitted
from keras_search.tuner.training.kernels.compiled import compiled


@compiled
def sums(x, y, count):
    return row_sum(x, count), row_dot(x, y, count), absolute_sum(x, len(x)), square_sum(x, len(x))


def by_halves(lanes):
    """Add up lanes in the order that the kernels keep."""
    while len(lanes) > 1:
        half = len(lanes) // 2
        lanes = lanes[:half] + lanes[half:]
    return lanes[0]


@settings(max_examples=60)
@given(count=st.integers(1, 200), seed=st.integers(0, 2**32 - 1))
def test_sums_are_those_of_lanes(count, seed):
    """To the last bit; what is behind a row, even if it is not a number, counts for nothing."""
    rng, width = np.random.default_rng(seed), padded(count)
    x, y = (rng.normal(size=width).astype(np.float32) for _ in range(2))
    row = x.copy()
    row[count:] = 0
    total = np.zeros(WIDTH, np.float32)
    for part in row.reshape(-1, WIDTH):
        total += part
    found, dot, absolute, squared = sums(x, y, count)
    assert found == by_halves(total)
    assert dot == pytest.approx(float(x[:count].astype(np.float64) @ y[:count]), rel=1e-5, abs=1e-5)
    assert absolute == pytest.approx(float(np.abs(x.astype(np.float64)).sum()), rel=1e-6)
    assert squared == pytest.approx(float(np.square(x.astype(np.float64)).sum()), rel=1e-6)
    x[count:] = np.nan
    assert sums(x, y, count)[:2] == (found, dot)


_in_double: Any = emitted(lambda e, a, b, total: e._fused_in_double(a, b, total), types.float32)
"""What processors do that have no fused multiply-add."""


@compiled
def fuse(a, b, totals, found, emulated):
    before = flush_denormals()
    for i in range(len(a)):
        found[i] = fused(a[i], b[i], totals[i])
        emulated[i] = _in_double(a[i], b[i], totals[i])
    restore_denormals(before)


@pytest.mark.skipif(not FUSES, reason="this processor has no fused multiply-add to compare with")
@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), spread=st.sampled_from([0, 1, 12, 24, 25, 48, 120]))
def test_without_the_instruction_products_are_fused_to_the_same_bits(seed, spread):
    """Numbers of few and of many digits, which meet in ties, cancel, overflow, vanish or are none."""
    rng = np.random.default_rng(seed)
    digits = rng.integers(1, 2 ** rng.integers(1, 25, (3, 20_000)))
    numbers = np.ldexp(digits * rng.choice([-1, 1], digits.shape), rng.integers(-spread, spread + 1, digits.shape))
    with np.errstate(over="ignore", under="ignore"):
        a, b, totals = numbers.astype(np.float32)
        totals[::5] = -(a * b)[::5]
    totals[1::50], a[2::50], b[3::50], b[4::50] = np.inf, np.nan, np.finfo(np.float32).max, 0
    found, emulated = np.empty_like(a), np.empty_like(a)
    fuse(a, b, totals, found, emulated)
    np.testing.assert_array_equal(found, emulated)
    np.testing.assert_array_equal(np.signbit(found) & (found == 0), np.signbit(emulated) & (found == 0))


def test_logarithms_are_those_of_numpy():
    """Over all of their ranges; of what is not a number there is none."""
    x = np.concatenate([np.logspace(-37, 38, 300), 1 + np.logspace(-7, 1, 50), [1, np.sqrt(2)]]).astype(np.float32)
    np.testing.assert_allclose([log(each) for each in x], np.log(x.astype(np.float64)), rtol=1e-10, atol=1e-15)
    small = np.concatenate([np.linspace(-0.5, 1, 200), np.logspace(-30, 0, 90)]).astype(np.float32)
    np.testing.assert_allclose([log_1_more(each) for each in small], np.log1p(small.astype(np.float64)), rtol=1e-10)
    assert np.isnan(log(np.float32(np.nan)))
    assert np.isnan(log_1_more(np.float32(np.nan)))
    assert log(np.float32(np.inf)) == np.inf


def test_no_function_is_computed_by_a_library():
    """Whose results would depend on the processor: LLVM knows those of NumPy and `math` as calls into one."""
    rounded_otherwise = {
        "exp",
        "expm1",
        "log",
        "log1p",
        "log2",
        "log10",
        "tanh",
        "sinh",
        "cosh",
        "sin",
        "cos",
        "power",
        "pow",
        "erf",
    }
    for source in Path(compiled.__code__.co_filename).parent.glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("np", "math"):
                assert node.attr not in rounded_otherwise, source
