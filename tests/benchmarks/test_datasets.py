"""The data and the hypermodel of a benchmark."""

from pathlib import Path

import numpy as np
import pytest
from keras_tuner import HyperParameters

from keras_search.benchmarks import hypermodels
from keras_search.benchmarks.datasets import in_memory, prepare
from keras_search.benchmarks.process import BenchmarkError


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Write 200 training and 20 test images of noise."""
    rng = np.random.default_rng(0)
    images = {f"x_{part}": rng.integers(0, 256, (n, 28, 28), np.uint8) for part, n in (("train", 200), ("test", 20))}
    labels = {f"y_{part}": np.arange(n) % 10 for part, n in (("train", 200), ("test", 20))}
    np.savez(tmp_path / "all.npz", **images, **labels)
    return tmp_path / "all.npz"


def test_images_are_those_left_to_fit(data: Path, tmp_path: Path) -> None:
    file, splits = prepare(data, 80, tmp_path / "work")
    opened = in_memory(splits, test=True)
    assert (len(opened.x_fit), len(opened.x_val), len(opened.x_test)) == (80, 20, 20)
    with np.load(file) as cut:
        assert len(cut["x_train"]) == 100


def test_too_few_images_are_refused(data: Path, tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="must hold at least 300 training images, it holds 200"):
        prepare(data, 240, tmp_path / "work")


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match=r"there is no file .*none\.npz"):
        prepare(tmp_path / "none.npz", 80, tmp_path / "work")


def test_hypermodel_file_fixes_the_batch_size(tmp_path: Path) -> None:
    from keras_search.benchmarks.fromfile import FromFile

    hypermodels.write(tmp_path / "hypermodel.py", examples=80, epochs=3, batch_size=32)
    hp = HyperParameters()
    model = FromFile(tmp_path / "hypermodel.py").build(hp)
    assert hp.get("batch_size") == 32
    assert model.input_shape == (None, 28, 28)
    assert {"layers", "optimizer"} <= set(hp.values)
