"""Whole studies whose models cannot be compared by probabilities or values: by the objective, with the defaults."""

import sys
from pathlib import Path
from typing import Any

import pytest

import keras_search
from keras_search.errors import UsageError
from keras_search.tuner.exporting.export import export
from keras_search.tuner.study.folder import StudyFolder

pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.usefixtures("coarse_plots"),
]
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


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with the file of the user's own, and leave the path as it was, which loading it adds to."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "own.py").write_text(OWN)
    return tmp_path


def _start(folder: Path, data: str, hypermodel: str, **settings: Any) -> keras_search.Study:
    return keras_search.start(
        "s", dataset=f"{folder}/own.py:{data}", hypermodel=f"{folder}/own.py:{hypermodel}", tuner="random",
        max_trials=2, max_epochs=1, compare_seeds=2, workers=1, quiet=True, studies_dir=folder / "studies",
        reports_dir=folder / "reports", **settings,
    )  # fmt: skip


@pytest.mark.slow
def test_images_to_reconstruct_are_compared_by_the_objective_with_the_defaults(here: Path) -> None:
    study = _start(here, "images", "autoencoder", objective="val_mae")
    told = study.verdict
    assert told is not None
    assert (told["measure"], told["better"], told["baseline"]) == ("mae", "lower", "defaults")
    assert "covers the luck of the seed only" in told["method"]
    table = study.comparison()
    assert sorted(table["model"]) == ["defaults", "tuned"]
    assert table["test_mae"].is_monotonic_increasing
    assert told["use"] == table["model"][0]


def test_texts_are_compared_with_the_defaults_for_no_built_in_network_takes_them(here: Path) -> None:
    with pytest.raises(UsageError, match=r"^baseline= ann-128 cannot be trained\. The built-in networks take"):
        _start(here, "texts", "reader", baseline="ann-128")
    study = _start(here, "texts", "reader")
    assert sorted(study.comparison()["model"]) == ["defaults", "tuned"]
    exported = export(StudyFolder(here / "studies" / "s"), here / "exports", trust=True)
    assert exported.left_out["litert"].startswith("The format litert cannot hold this model: "), "seen when it is run"


@pytest.mark.slow
def test_a_recall_is_the_measure_of_all_models_the_built_in_ones_too(here: Path) -> None:
    told = _start(here, "rows", "finder", objective="val_recall", baseline=["ann-128", "defaults"]).verdict
    assert told is not None
    assert (told["measure"], told["better"], told["test_images"]) == ("recall", "higher", 80)
    assert "recall is computed for every model as recall of class 1" in told["method"]
    assert [told["baseline"], *(other["baseline"] for other in told["others"])] == ["ann-128", "defaults"]
