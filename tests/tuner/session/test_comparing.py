"""Whole studies whose models cannot be compared by probabilities or values: by the objective, with the defaults."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd

COMMAND = Path(sys.executable).with_name("keras-search")
SEARCH = ("--tuner", "random", "--max-trials", "2", "--max-epochs", "1", "--compare-seeds", "2", "--workers", "1")
OWN = """
import keras
import numpy as np
from keras import layers


def images():
    x = np.random.default_rng(0).random((80, 4, 4)).astype("float32")
    return {"x_train": x[:60], "y_train": x[:60], "x_test": x[60:], "y_test": x[60:]}


def rows():
    rng = np.random.default_rng(0)
    y = np.arange(200) % 2
    x = (rng.standard_normal((200, 3)) + 2 * y[:, None]).astype("float32")
    return {"x_train": x[:120], "y_train": y[:120], "x_test": x[120:], "y_test": y[120:]}


def texts():
    x = np.array([["good film"], ["bad film"]] * 40)
    y = np.arange(80) % 2
    return {"x_train": x[:60], "y_train": y[:60], "x_test": x[60:], "y_test": y[60:]}


def reader(hp):
    words = layers.TextVectorization(vocabulary=["good", "bad", "film"], output_sequence_length=2)
    model = keras.Sequential([keras.Input((1,), dtype="string"), words, layers.Embedding(5, hp.Int("width", 2, 4)),
                              layers.Flatten(), layers.Dense(2, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def autoencoder(hp):
    code = layers.Dense(hp.Int("code", 2, 8), "relu")
    model = keras.Sequential([keras.Input((4, 4)), layers.Flatten(), code, layers.Dense(16), layers.Reshape((4, 4))])
    model.compile("adam", "mse", metrics=["mae"])
    return model


def finder(hp):
    model = keras.Sequential([keras.Input((3,)), layers.Dense(hp.Int("units", 2, 8), "relu"),
                              layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=[keras.metrics.Recall(name="recall")])
    return model
"""


def _start(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    (folder / "own.py").write_text(OWN)
    command = [COMMAND, "start", "s", *arguments, *SEARCH, "--quiet"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def _verdict(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "reports" / "s" / "verdict.json").read_text(encoding="utf-8"))
    return found


def test_images_to_reconstruct_are_compared_by_the_objective_with_the_defaults(tmp_path: Path) -> None:
    data = ("--dataset", "own.py:images", "--hypermodel", "own.py:autoencoder")
    done = _start(tmp_path, *data, "--objective", "val_mae")
    assert done.returncode == 0, done.stderr
    told = _verdict(tmp_path)
    assert (told["measure"], told["better"], told["baseline"]) == ("mae", "lower", "defaults")
    assert "covers the luck of the seed only" in told["method"]
    table = pd.read_csv(tmp_path / "reports" / "s" / "comparison.csv")
    assert sorted(table["model"]) == ["defaults", "tuned"]
    assert table["test_mae"].is_monotonic_increasing
    assert told["use"] == table["model"][0]


def test_texts_are_compared_with_the_defaults_for_no_built_in_network_takes_them(tmp_path: Path) -> None:
    data = ("--dataset", "own.py:texts", "--hypermodel", "own.py:reader")
    done = _start(tmp_path, *data, "--baseline", "ann-128")
    assert (done.returncode, "--baseline ann-128 cannot be trained. The built-in networks take" in done.stderr) == (
        2,
        True,
    )
    done = _start(tmp_path, *data)
    assert done.returncode == 0, done.stderr
    table = pd.read_csv(tmp_path / "reports" / "s" / "comparison.csv")
    assert sorted(table["model"]) == ["defaults", "tuned"]
    command = [COMMAND, "export", "s", "--all", "--trust"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Left out: The format litert cannot hold this model: " in done.stdout  # it finds so when it is run


def test_a_recall_is_the_measure_of_all_models_the_built_in_ones_too(tmp_path: Path) -> None:
    data = ("--dataset", "own.py:rows", "--hypermodel", "own.py:finder", "--objective", "val_recall")
    done = _start(tmp_path, *data, "--baseline", "ann-128", "--baseline", "defaults")
    assert done.returncode == 0, done.stderr
    told = _verdict(tmp_path)
    assert (told["measure"], told["better"], told["test_images"]) == ("recall", "higher", 80)
    assert "recall is computed for every model as recall of class 1" in told["method"]
    assert [told["baseline"], *(other["baseline"] for other in told["others"])] == ["ann-128", "defaults"]
