"""Large arrays are in files that have no name and are gone with them."""

import gc
from pathlib import Path

import numpy as np
import pytest

from keras_search.errors import KerasSearchError
from keras_search.tuner.system import memory
from keras_search.tuner.system.scratch import empty, temporary_folder


@pytest.fixture(autouse=True)
def large(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(memory.OVERRIDE, str(2**20))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)


def mapped_files(folder: Path) -> int:
    """Count the files of a folder that this process has mapped, with or without a name."""
    return sum(str(folder) in line for line in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines())


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux lists what is mapped")
def test_a_large_array_is_a_file_without_a_name_for_as_long_as_it_lives(tmp_path: Path) -> None:
    found = empty((2**20,), np.uint8)
    view = found[5:]
    del found
    gc.collect()
    view[:] = 3
    assert mapped_files(tmp_path) == 1
    assert not any(tmp_path.iterdir()), "nothing would be left if this process were killed now"
    assert view.sum(dtype=np.int64) == 3 * len(view)
    del view
    gc.collect()
    assert mapped_files(tmp_path) == 0


@pytest.mark.parametrize(("shape", "dtype"), [((3, 4), np.float32), ((0, 5), np.int64), ((2**20,), object)])
def test_other_arrays_are_in_memory(tmp_path: Path, shape: tuple[int, ...], dtype: type) -> None:
    assert empty(shape, dtype).shape == shape
    assert mapped_files(tmp_path) == 0


def test_texts_and_several_axes_are_kept() -> None:
    texts = empty((2**10, 2**6), "U16")
    texts[:] = "a text"
    assert texts.shape == (2**10, 2**6)
    assert (texts == "a text").all()


def test_a_disk_without_room_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(KerasSearchError) as caught:
        empty((10**16,), np.uint8)
    assert str(caught.value) == (
        "10,000,000.0 GB of data, kept on the disk because the memory is small beside them, could not be written to "
        f"{tmp_path}: No space left on device. Free some space, or set TMPDIR to a folder with more."
    )
    assert not any(tmp_path.iterdir())


def test_a_disk_without_room_does_not_matter_where_the_memory_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/proc")
    assert empty((2**20,), np.uint8).flags.owndata
    monkeypatch.setattr("keras_search.tuner.system.scratch.usable_memory", lambda: 2**23)
    with pytest.raises(KerasSearchError, match=r"^0\.0 GB of data, kept on the disk"):
        empty((2**20,), np.uint8)


def test_without_tmpdir_the_folder_is_on_a_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert temporary_folder() == str(tmp_path)
    monkeypatch.delenv("TMPDIR")
    assert temporary_folder() == "/var/tmp"
