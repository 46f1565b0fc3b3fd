"""The benchmark of many kinds of networks: its networks, its data, its products, and its table."""

import runpy
from pathlib import Path

import keras
import keras_tuner
import numpy as np
import pytest

from keras_search.benchmarks import equality, kinds
from keras_search.benchmarks.bound import products
from keras_search.benchmarks.records import Records

GENERATED = [name for name, kind in kinds.KINDS.items() if "images" not in kind.title and "MNIST" not in kind.title]


@pytest.mark.parametrize("name", GENERATED)
def test_a_network_takes_the_data_of_its_kind(name: str) -> None:
    kind = kinds.KINDS[name]
    data = kind.data(Path("none"), 50)
    model = runpy.run_path(str(kinds.HERE / "networks" / f"{name}.py"))["build"](keras_tuner.HyperParameters())
    assert model.input_shape[1:] == data["x_train"].shape[1:]
    assert {part: len(data[f"x_{part}"]) for part in ("train", "val", "test")} == {"train": 40, "val": 10, "test": 12}
    assert np.isfinite(model.evaluate(data["x_val"], data["y_val"], verbose=0)).all()


def test_each_kind_has_its_network_and_each_network_its_kind() -> None:
    files = {path.stem for path in (kinds.HERE / "networks").glob("*.py")}
    assert files == set(equality.COMPARED)


def test_products_of_an_epoch_are_counted_by_shape() -> None:
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3), keras.layers.Flatten()])
    model.add(keras.layers.Dense(5))
    assert products(model, fit=64, validation=256) == {
        (32 * 36, 27, 4): 2,  # forward
        (27, 32 * 36, 4): 2,  # for the kernel; nothing is passed on to the inputs
        (256 * 36, 27, 4): 1,
        (32, 144, 5): 2,
        (144, 32, 5): 2,
        (32, 5, 144): 2,
        (256, 144, 5): 1,
    }
    gru = keras.Sequential([keras.Input((7, 3)), keras.layers.GRU(4)])
    counted = products(gru, fit=32, validation=0)
    assert counted == {(224, 3, 12): 1, (3, 224, 12): 1, (32, 4, 12): 7, (4, 32, 12): 7, (32, 12, 4): 7} | {
        (256 * 7, 3, 12): 0,
        (256, 4, 12): 0,
    }


def test_the_time_left_is_that_of_earlier_repetitions_or_of_other_kinds(tmp_path: Path) -> None:
    records = Records(tmp_path)
    assert kinds.seconds_left(records, [("ours/gru", 0)]) is None
    records.put("ours/gru", 0, {"seconds": 2.0})
    records.put("kerastuner/gru", 0, {"seconds": 20.0})
    assert kinds.seconds_left(records, [("ours/gru", 1), ("ours/lstm", 0)]) == 2.0 + 11.0


def test_a_missing_data_set_is_reported_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = ["--only", "gru", "--data", str(tmp_path / "none.npz"), "--work", str(tmp_path / "work")]
    monkeypatch.setattr("sys.argv", ["kinds", *given])
    with pytest.raises(SystemExit, match=r"^Error: --data must be MNIST as an \.npz, there is no file .*none\.npz\.$"):
        kinds.main()


def test_the_table_shows_medians_and_how_many_times_as_quick(tmp_path: Path) -> None:
    pytest.importorskip("numba", reason="its version is in the table")
    records = Records(tmp_path)
    for repetition, seconds in enumerate((2.0, 4.0, 100.0)):
        own = {"seconds": seconds, "epoch": 0.1, "over": 1.25, "best": 0.9, "engines": ["kernels"]}
        records.put("ours/gru", repetition, own)
        records.put("kerastuner/gru", repetition, {"seconds": 20.0, "epoch": 1.0, "best": 0.91})
    *_, row, _ = kinds.section(records)
    cells = "kernels | 3 | 20.0 | 4.0 | 5.0 | 1.000 | 0.100 | 1.25 | 0.9100 | 0.9000 |"
    assert row.partition(" | ")[2] == cells
