"""Products of matrices against NumPy's, for any size."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_search.tuner.system.cpu import WIDTH, padded
from keras_search.tuner.training.kernels.arithmetic.products import multiply, multiply_transposed
from keras_search.tuner.training.kernels.arithmetic.sparse import GROUP, is_sparse, multiply_packed, pack, packed_sizes

SIZES = st.integers(1, 40)
SEEDS = st.integers(0, 2**32 - 1)


def matrix(rng, rows, columns, width=None, share=1.0):
    """Draw a matrix `(rows, width)` of which so many columns, and such a share of numbers, are not zero."""
    drawn = np.zeros((rows, width or columns), np.float32)
    drawn[:, :columns] = rng.normal(size=(rows, columns)) * (rng.random((rows, columns)) < share)
    return drawn


def behind(values, at):
    """Put a matrix into a flat array, after `at` other numbers."""
    return np.concatenate([np.full(at, 7, np.float32), values.ravel()])


@settings(max_examples=100)
@given(rows=SIZES, count=SIZES, columns=st.integers(1, 90), at=st.integers(0, 5), seed=SEEDS)
def test_multiply(rows, count, columns, at, seed):
    """From anywhere in an array to anywhere, with a as it is and transposed."""
    rng, width = np.random.default_rng(seed), padded(columns)
    a, b = matrix(rng, rows, count), matrix(rng, count, columns, width)
    expected = a.astype(np.float64) @ b
    for left, row, step in ((a, count, 1), (a.T, 1, rows)):
        c = np.full(rows * width + 3 + WIDTH, np.nan, np.float32)
        multiply(behind(left, at), at, row, step, behind(b, at), at, width, c, 3, rows, count)
        np.testing.assert_allclose(c[3 : 3 + rows * width].reshape(rows, width), expected, rtol=1e-5, atol=1e-5)
        assert np.isnan(c[:3]).all()
        assert np.isnan(c[3 + rows * width :]).all()


@settings(max_examples=100)
@given(rows=SIZES, columns=SIZES, inner=st.integers(1, 90), at=st.integers(0, 5), seed=SEEDS)
def test_multiply_transposed(rows, columns, inner, at, seed):
    """The gradient of a layer's inputs, whose rows are whole vectors too."""
    rng, width, out = np.random.default_rng(seed), padded(inner), padded(columns)
    a, b = matrix(rng, rows, inner, width), np.zeros((out, width), np.float32)
    b[:columns] = matrix(rng, columns, inner, width)
    c = np.full(rows * out + 2 * WIDTH, np.nan, np.float32)
    multiply_transposed(behind(a, at), at, width, behind(b, at), at, out, c, 0, rows)
    np.testing.assert_allclose(c[: rows * out].reshape(rows, out), a.astype(np.float64) @ b.T, rtol=1e-5, atol=1e-5)
    assert np.isnan(c[rows * out :]).all()


@settings(max_examples=100)
@given(rows=SIZES, count=SIZES, columns=st.integers(1, 90), share=st.sampled_from([0.0, 0.1, 0.5, 1.0]), seed=SEEDS)
def test_multiply_what_is_packed(rows, count, columns, share, seed):
    """By rows and by columns, whether anything, nothing or all is zero."""
    rng, width = np.random.default_rng(seed), padded(columns)
    a, b = matrix(rng, rows, count, share=share), matrix(rng, count, columns, width)
    places, groups = packed_sizes(rows, count)
    amounts, listed, counts = (np.zeros(places * GROUP, np.float32), np.zeros(places, np.int32), np.zeros(groups, int))
    for left, row, step in ((a, count, 1), (a.T, 1, rows)):
        pack(behind(left, 2), 2, row, step, rows, count, amounts, listed, counts)
        c = np.full((-(-rows // GROUP) * GROUP, width), np.nan, np.float32)
        for group in range(-(-rows // GROUP)):
            multiply_packed(
                amounts, listed, counts, group, count, b.ravel(), 0, width, c.reshape(-1), group * GROUP * width
            )
        np.testing.assert_allclose(c[:rows], a.astype(np.float64) @ b, rtol=1e-5, atol=1e-5)


def test_what_is_not_a_number_is_not_left_out():
    """A loss that diverges must be seen, also through inputs that are mostly zero."""
    a = np.zeros((4, 8), np.float32)
    a[1, 3] = np.nan
    places, groups = packed_sizes(4, 8)
    amounts, listed, counts = np.zeros(places * GROUP, np.float32), np.zeros(places, np.int32), np.zeros(groups, int)
    pack(a.ravel(), 0, 8, 1, 4, 8, amounts, listed, counts)
    c = np.zeros(4 * WIDTH, np.float32)
    multiply_packed(amounts, listed, counts, 0, 8, np.ones(8 * WIDTH, np.float32), 0, WIDTH, c, 0)
    assert np.isnan(c.reshape(4, WIDTH)[1]).all()


def test_images_with_much_background_are_sparse(mnist_path):
    """Handwritten digits are; noise is not, nor are rows with a single zero."""
    with np.load(mnist_path) as data:
        assert is_sparse(data["x_train"][:2000].reshape(2000, -1).astype(np.float32))
    assert not is_sparse(np.random.default_rng(0).normal(size=(500, 30)).astype(np.float32))
    assert not is_sparse(np.ones((3, 1), np.float32))
