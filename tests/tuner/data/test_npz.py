"""Each way in which an `.npz` file can be wrong is answered with its own line."""

import os
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from keras_search.errors import UsageError
from keras_search.tuner.data.npz import read_npz


def arrays(**changes: Any) -> dict[str, Any]:
    """Give sound arrays, three classes of 2x2 images, with some replaced."""
    x = np.arange(24, dtype=np.uint8).reshape(6, 2, 2)
    y = np.array([0, 1, 2, 0, 1, 2])
    return {"x_train": x, "y_train": y, "x_test": x[:3], "y_test": y[:3], **changes}


def refused(path: Path) -> str:
    with pytest.raises(UsageError) as raised:
        read_npz(path)
    return str(raised.value).replace(str(path), "PATH")


def test_read_npz_refuses_what_is_not_there(tmp_path: Path) -> None:
    assert refused(tmp_path / "a.npz") == ("No file PATH. Check the path of the .npz file, or use --dataset digits.")


def test_read_npz_refuses_a_folder(tmp_path: Path) -> None:
    assert refused(tmp_path) == ("PATH is a folder, expected an .npz file. Pack the arrays with numpy.savez.")


@pytest.mark.parametrize(("content", "problem"), [(b"", "is empty"), (b"x_train,1", "is not an .npz file")])
def test_read_npz_refuses_other_files(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "a.npz"
    path.write_bytes(content)
    assert refused(path) == f"PATH {problem}. Write it with numpy.savez."


def test_read_npz_refuses_a_single_array(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with path.open("wb") as file:
        np.save(file, np.arange(3))
    assert refused(path) == "PATH is not an .npz file. Write it with numpy.savez."


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_read_npz_refuses_what_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, **arrays())
    path.chmod(0)
    assert refused(path) == "PATH cannot be read: Permission denied. Check its permissions."


def test_read_npz_refuses_damage(tmp_path: Path) -> None:
    """A byte changed within an array, and a file that ends early."""
    path = tmp_path / "a.npz"
    np.savez(path, **arrays())
    whole = path.read_bytes()
    at = whole.index(bytes(range(24)))
    path.write_bytes(whole[:at] + b"\xff" + whole[at + 1 :])
    assert refused(path) == (
        "PATH must hold plain, undamaged arrays: Bad CRC-32 for file 'x_train.npy'. Write it again with numpy.savez."
    )
    path.write_bytes(whole[: len(whole) // 2])
    assert refused(path) == "PATH is not an .npz file. Write it with numpy.savez."


def test_read_npz_never_unpickles(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, **arrays(y_train=np.array([{}], object)))
    assert re.fullmatch(
        r"PATH must hold plain, undamaged arrays: Object arrays cannot be loaded .*\. "
        r"Write it again with numpy.savez\.",
        refused(path),
    )


def test_read_npz_names_the_missing_arrays_and_those_there(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, x_train=np.zeros(3), images=np.zeros(3))
    assert refused(path) == (
        "PATH must hold the arrays x_train, y_train, x_test, y_test; it holds x_train, images. "
        "Add y_train, x_test, y_test with numpy.savez."
    )
    with zipfile.ZipFile(path, "w"):
        pass
    assert refused(path) == (
        "PATH must hold the arrays x_train, y_train, x_test, y_test; it holds none. "
        "Add x_train, y_train, x_test, y_test with numpy.savez."
    )


def test_read_npz_ignores_what_else_is_there(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez_compressed(path, **arrays(notes=np.array([None], object), class_names=np.array(["a", "b", "c"])))
    assert list(read_npz(path)) == ["x_train", "y_train", "x_test", "y_test", "class_names"]
