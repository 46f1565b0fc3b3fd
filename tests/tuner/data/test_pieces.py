"""What is done piece by piece is to the bit what NumPy does at once, in memory and in files."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_search.tuner.data import pieces
from keras_search.tuner.data.growing import Growing
from keras_search.tuner.system import memory

TYPES = ("u1", "i8", "f4", "f8", ">f4", "U3")


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut everything into small pieces, and keep arrays from 200 bytes on in files."""
    monkeypatch.setattr(pieces, "PIECE", 16)
    monkeypatch.setattr(pieces, "GATHERED", 64)
    monkeypatch.setenv(memory.OVERRIDE, "200")


def numbers(shape: tuple[int, ...], dtype: str, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(100, 50, shape).clip(0, 200).astype(dtype)


def same_bytes(found: Any, expected: Any) -> bool:
    return (found.dtype, found.shape, found.tobytes()) == (expected.dtype, expected.shape, expected.tobytes())


@given(rows=st.integers(1, 400), columns=st.integers(1, 20), seed=st.integers(0, 99), piece=st.integers(128, 600))
def test_moments_are_those_of_numpy(rows: int, columns: int, seed: int, piece: int) -> None:
    """A single column is added in halves down to 128 numbers, below which NumPy has another order."""
    pieces.PIECE = piece
    x = numbers((rows, columns), "f4", seed)
    means, deviations = pieces.moments(x)
    exact = x.astype(np.float64)
    assert same_bytes(means, exact.mean(axis=0))
    assert same_bytes(deviations, exact.std(axis=0))


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("shape", [(0, 3), (1, 3), (100,), (60, 2, 3), (3, 100)])
def test_every_shape_and_type(shape: tuple[int, ...], dtype: str) -> None:
    x = numbers(shape, dtype)
    index = np.random.default_rng(1).permutation(len(x)).repeat(2)
    assert same_bytes(pieces.picked(x, index), x[index])
    assert pieces.same(x, x.copy())
    for other in (x, np.asfortranarray(x), x[::-1]):
        native = other.astype(other.dtype.newbyteorder("="))
        assert same_bytes(pieces.contiguous(other), np.ascontiguousarray(native))
    if dtype != "U3":
        assert same_bytes(
            pieces.converted(lambda part: part.astype(np.float32)[..., None], x), x.astype("f4")[..., None]
        )
        assert pieces.count_of(lambda part: part > 100, x) == np.count_nonzero(x > 100)
        assert pieces.all_of(lambda part: part < 150, x) == (x < 150).all()


def test_a_difference_in_the_last_piece_is_seen() -> None:
    x = numbers((100, 3), "f4")
    other = x.copy()
    other[-1, -1] += 1
    assert not pieces.same(x, other)
    assert not pieces.same(x, x[:-1])


def test_columns_of_several_arrays_are_joined() -> None:
    first, second = numbers((90, 3), "f4"), numbers((90, 2), "f4", 1)
    assert same_bytes(pieces.side_by_side([first, second]), np.concatenate([first, second], axis=1))


@given(
    lengths=st.lists(st.integers(0, 40), min_size=1, max_size=6),
    kinds=st.lists(st.sampled_from(["u1", "i1", "i8", "u8", "f4", "f8"]), min_size=6, max_size=6),
)
def test_arrays_grow_to_what_numpy_joins(lengths: list[int], kinds: list[str]) -> None:
    """The type of the whole may change with the last array."""
    arrays = [numbers((length, 3), kind, length) for length, kind in zip(lengths, kinds, strict=False)]
    growing = Growing((3,))
    for array in arrays:
        growing.append(array)
    assert same_bytes(growing.joined(), np.concatenate(arrays))


def test_texts_grow_in_length() -> None:
    arrays = [np.array([["a"]] * 30), np.array([["longer"]] * 30), np.array([["b"]])]
    growing = Growing((1,))
    for array in arrays:
        growing.append(array)
    assert same_bytes(growing.joined(), np.concatenate(arrays))
