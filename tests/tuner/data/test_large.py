"""Data that count as large give the same bytes as in memory, from every source, and are never held in memory."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from keras_search.errors import UsageError
from keras_search.tuner.data import Source, load_dataset, make_splits, pieces, save_splits
from keras_search.tuner.data.copies import find_copies
from keras_search.tuner.data.overview import examine
from keras_search.tuner.data.sight import describe
from keras_search.tuner.system import memory

FUNCTIONS = """
import numpy as np

X = np.random.default_rng(0).normal(size=(300, 20)).astype("float32")
Y = np.arange(300) % 3

def arrays():
    return X.astype("float64"), Y

def mapped():
    held = np.memmap("{folder}/held.bin", "float32", "w+", shape=X.shape)
    held[:] = X
    return held, Y

def generated():
    return ((X[start : start + 50], Y[start : start + 50]) for start in range(0, 300, 50))

def masks():
    return X, (X[:, :, None] > 0).astype("uint8")
"""


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Write the same kind of data in each form."""
    folder = tmp_path_factory.mktemp("large")
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(300, 8, 8)).astype("f4"), np.arange(300) % 3
    x[7, 3, 2] = np.nan
    parts = {"x_train": x, "y_train": y, "x_test": x[:60], "y_test": y[:60]}
    np.savez(folder / "stored.npz", **parts)
    np.savez_compressed(folder / "packed.npz", **parts)
    np.savez(folder / "columns.npz", **{**parts, "x_train": np.asfortranarray(x)})
    for name, count in (("dark", 30), ("light", 31)):
        (folder / "images" / name).mkdir(parents=True)
        for number in range(count):
            pixels = rng.integers(0, 128, (9, 11, 3)) + 100 * (name == "light")
            Image.fromarray(pixels.astype("u1")).save(folder / "images" / name / f"{number:03}.png")
    (folder / "own.py").write_text(FUNCTIONS.replace("{folder}", str(folder)), encoding="utf-8")
    rows = "\n".join(f"{a:.3f},{'red' if a > 0 else 'blue'},{b}" for a, b in zip(x[:, 0, 0], y, strict=True))
    (folder / "table.csv").write_text(f"number,colour,kind\n{rows}\n", encoding="utf-8")
    spec = folder / "own.py"
    return {
        "stored": Source(str(folder / "stored.npz")),
        "packed": Source(str(folder / "packed.npz")),
        "columns": Source(str(folder / "columns.npz")),
        "images": Source(str(folder / "images")),
        "table": Source(str(folder / "table.csv"), target="kind"),
        **{name: Source(f"{spec}:{name}") for name in ("arrays", "mapped", "generated", "masks")},
    }


def everything(source: Source, folder: Path) -> dict[str, Any]:
    """Load, examine, split and store a data set, and return all that comes of it."""
    dataset = load_dataset(source)
    splits = make_splits(dataset, None if dataset.x_val is not None else 0.25, 3, own=True)
    save_splits(splits, folder)
    files = {file.name: file.read_bytes() for file in sorted(folder.iterdir())}
    return {
        "digest": dataset.digest,
        "copies": find_copies(dataset).group.tolist(),
        "overview": str(examine(dataset)),
        "sights": str(describe(splits)),
        "files": files,
    }


KINDS = ("stored", "packed", "columns", "images", "table", "arrays", "mapped", "generated", "masks")


@pytest.mark.parametrize("kind", KINDS)
def test_large_data_give_the_same_bytes(
    kind: str, sources: dict[str, Source], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = everything(sources[kind], tmp_path / "small")
    monkeypatch.setenv(memory.OVERRIDE, "1")
    monkeypatch.setattr(pieces, "PIECE", 256)
    monkeypatch.setattr(pieces, "GATHERED", 1000)
    found = everything(sources[kind], tmp_path / "large")
    assert found["files"].keys() == expected["files"].keys()
    changed = [name for name, content in found["files"].items() if content != expected["files"][name]]
    assert changed == []
    assert found == expected


def test_a_damaged_large_array_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A changed byte, a part that is missing, and one too many: each is what it is for small arrays."""
    monkeypatch.setenv(memory.OVERRIDE, "1000")
    path = tmp_path / "a.npz"
    x, y = np.arange(4000, dtype="f4").reshape(1000, 4), np.arange(1000) % 2
    np.savez(path, x_train=x, y_train=y, x_test=x[:9], y_test=y[:9])
    content = bytearray(path.read_bytes())
    content[9000] ^= 1
    path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        load_dataset(str(path))
    assert str(caught.value) == (
        f"{path} must hold plain, undamaged arrays: Bad CRC-32 for file 'x_train.npy'. Write it again with numpy.savez."
    )


@pytest.mark.parametrize(("change", "problem"), [(-4, "ends early"), (4, "is longer than its header says")])
def test_a_large_array_of_another_length_is_refused(
    change: int, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(memory.OVERRIDE, "1000")
    y = np.arange(1000) % 2
    np.savez(tmp_path / "a.npz", y_train=y, x_test=y[:9], y_test=y[:9])
    np.save(tmp_path / "x.npy", np.arange(4000, dtype="f4").reshape(1000, 4))
    content = (tmp_path / "x.npy").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.npz", "a") as archive:
        archive.writestr("x_train.npy", content[:change] if change < 0 else content + bytes(change))
    with pytest.raises(UsageError, match=f"undamaged arrays: x_train.npy {problem}"):
        load_dataset(str(tmp_path / "a.npz"))


def test_pickled_objects_are_refused_whatever_their_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(memory.OVERRIDE, "1")
    path = tmp_path / "a.npz"
    y = np.arange(9) % 2
    np.savez(path, x_train=np.array([{}] * 9, dtype=object), y_train=y, x_test=y, y_test=y)
    with pytest.raises(UsageError, match="Object arrays cannot be loaded"):
        load_dataset(str(path))
