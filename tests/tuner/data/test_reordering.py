"""Examples that exceed the memory come in the order that is asked for, read from the first to the last."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_search.tuner.data import reordering
from keras_search.tuner.data.reordering import examples_of, in_order
from keras_search.tuner.system import memory


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let arrays from 500 bytes on exceed the memory, and read a few numbers at once."""
    monkeypatch.setattr(reordering, "GATHERED", 64)
    monkeypatch.setenv(memory.OVERRIDE, "500")


@given(rows=st.integers(1, 120), taken=st.floats(0, 1), piece=st.integers(1, 50), seed=st.integers(0, 99))
def test_pieces_are_the_examples_in_their_order(rows: int, taken: float, piece: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    order = rng.permutation(rows)[: round(taken * rows)]
    y_of = np.arange(rows)
    trees: Any = ({"a": rng.normal(size=(rows, 3, 2)).astype("f4"), "b": y_of.astype("U5")}, y_of, y_of)
    found = [(x, y) for x, y, again in in_order(trees, order, piece) if np.array_equal(y, again)]
    assert [len(y) for _, y in found] == [min(piece, len(order) - at) for at in range(0, len(order), piece)]
    for start, (x, y) in zip(range(0, len(order), piece), found, strict=True):
        rows_of = order[start : start + piece]
        assert x["a"].tobytes() == trees[0]["a"][rows_of].tobytes()
        assert x["b"].tolist() == trees[0]["b"][rows_of].tolist()
        assert y.tolist() == rows_of.tolist()


def test_an_array_is_read_once_from_its_beginning_to_its_end() -> None:
    class Watched(np.ndarray):  # type: ignore[type-arg]
        def __getitem__(self, key: Any) -> Any:
            read.append(key)
            return np.asarray(self)[key]

    read: list[Any] = []
    x = np.arange(4_000, dtype="f4").reshape(1_000, 4)
    order = np.random.default_rng(0).permutation(1_000)
    found = np.concatenate([piece for (piece,) in in_order((x.view(Watched),), order, 32)])
    assert np.array_equal(found, x[order])
    assert [(part.start, part.stop) for part in read] == [(start, start + 4) for start in range(0, 1_000, 4)]


def test_a_piece_holds_whole_batches() -> None:
    x = np.zeros((100, 5), "f4")
    assert examples_of((x,), 32, 20 * 64) == 64
    assert examples_of((x, {"a": x}), 32, 20 * 70) == 32
    assert examples_of((x,), 32, 1) == 32
