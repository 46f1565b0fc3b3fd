"""The arrays that a script passes, kept as they are."""

from pathlib import Path

import numpy as np
import pytest

from keras_search.tuner.data import DamagedDataError
from keras_search.tuner.data.passed import Slot, arrays_in, arrays_out, digest_of, open_passed, places_of, save_passed

ARRAYS = [np.eye(3), np.array(["a", "bcd"]), np.arange(4, dtype=np.int8)[::2], np.zeros((0, 2)), np.array([True])]


def test_arrays_come_back_with_their_values_and_types(tmp_path: Path) -> None:
    save_passed(ARRAYS, tmp_path / "data")
    for mine, given in zip(open_passed(tmp_path / "data"), ARRAYS, strict=True):
        assert mine.dtype == given.dtype
        assert np.array_equal(mine, given)
        assert not mine.flags.writeable


def test_arguments_are_the_same_without_and_with_their_arrays() -> None:
    x, y = ARRAYS[:2]
    arguments = ((x, [y, x]), {"validation_data": (x, {"b": y}), "epochs": 3, "none": None})
    emptied, arrays = arrays_out(arguments)
    assert [id(array) for array in arrays] == [id(x), id(y)]
    assert emptied == ((Slot(0), [Slot(1), Slot(0)]), {"validation_data": (Slot(0), {"b": Slot(1)}), "epochs": 3,
                                                       "none": None})  # fmt: skip
    back = arrays_in(emptied, arrays)
    assert back[0][1][1] is x
    assert back[1]["validation_data"][1]["b"] is y


def test_the_order_of_names_does_not_matter_and_swapped_arrays_do() -> None:
    a, b = np.arange(3), np.arange(3) + 1

    def known(arguments: object) -> tuple[str, list[str]]:
        emptied, arrays = arrays_out(arguments)
        return digest_of(arrays), places_of(emptied)

    assert known({"x": {"b": b, "a": a}, "y": a}) == known({"y": a, "x": {"a": a, "b": b}})
    assert known({"x": {"a": b, "b": a}}) != known({"x": {"a": a, "b": b}})
    assert known({"x": b, "y": a}) != known({"y": b, "x": a})
    assert known({"test": (a, b), "x": a, "y": b}) != known({"test": (a, b), "x": b, "y": a})
    assert known({"x": {"a": a}}) != known({"x": {"c": a}})
    assert known(([a, b],)) != known(([b, a],))
    assert list(arrays_out({"y": a, "x": b})[0]) == ["y", "x"]


def test_objects_and_single_numbers_stay_where_they_are() -> None:
    arguments = {"x": np.array([object()]), "rate": np.array(3.0)}
    assert arrays_out(arguments) == (arguments, [])


def test_a_digest_tells_values_shapes_and_types_apart() -> None:
    one = np.arange(6, dtype=np.int32)
    others = [one.reshape(2, 3), one.astype(np.int64), one + 1, one.view(np.float32)]
    assert len({digest_of([array]) for array in (one, *others)}) == 5
    assert digest_of([one[::2]]) == digest_of([one[::2].copy()])


def test_a_digest_of_texts_as_objects_is_of_what_they_read() -> None:
    texts = np.array(["a b", b"c", None, 1.5], object)
    again = np.array(["".join(["a", " b"]), b"c", None, 1.5], object)
    assert digest_of([texts]) == digest_of([again])
    assert digest_of([texts]) != digest_of([texts[[1, 0, 2, 3]]])


def test_a_folder_without_its_arrays_is_told_of(tmp_path: Path) -> None:
    save_passed(ARRAYS[:1], tmp_path / "data")
    (tmp_path / "data" / "passed-0.npy").unlink()
    with pytest.raises(DamagedDataError, match=r"is missing or damaged: .* Search again with overwrite=True"):
        open_passed(tmp_path / "data")
