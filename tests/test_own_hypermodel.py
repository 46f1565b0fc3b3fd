"""A study of a user's own hypermodel by the command line: failed, repaired, resumed from another folder."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

HYPERMODEL = """
import keras
import keras_tuner

class Tuned(keras_tuner.HyperModel):
    def build(self, hp):
        print("building")
        layers = [keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
        model = keras.Sequential([keras.Input((8, 8)), *layers])
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["acc"])
        return model

    def fit(self, hp, model, x, y, **kwargs):
        if len(x) > 100:
            raise ValueError("mine")
        return model.fit(x, y, batch_size=hp.Choice("batch", [32, 64]), **kwargs)
"""


@pytest.mark.slow
@pytest.mark.usefixtures("coarse_plots")
def test_a_repaired_hypermodel_goes_on_from_another_folder(
    tmp_path: Path, answer: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    file, elsewhere = tmp_path / "mine.py", tmp_path / "elsewhere"
    elsewhere.mkdir()
    file.write_text(HYPERMODEL, "utf-8")
    begun = answer(
        "start", "own", "--hypermodel", "mine.py:Tuned", "--objective", "val_acc", "--tuner", "random",
        "--max-trials", "2", "--max-epochs", "1", "--compare-seeds", "1", "--workers", "1",
    )  # fmt: skip
    assert begun.returncode == 1
    assert begun.stderr.splitlines()[-1] == "Error: All 2 trials failed; most often (2): ValueError: mine"
    log = (tmp_path / "studies" / "own" / "logs" / "0001.log").read_text("utf-8")
    assert log.startswith("building\n")
    assert 'raise ValueError("mine")' in log

    file.write_text(HYPERMODEL.replace("> 100", "> 10_000"), "utf-8")
    resumed = answer("resume", "--studies-dir", "../studies", "--workers", "1", folder=elsewhere)
    assert resumed.returncode == 0, resumed.stderr
    assert "The hypermodel's file has changed since the study was started" in resumed.stderr
    found = json.loads(answer("show", "--json").stdout)
    assert found["trials"]["completed"] == 2
    assert "warning" not in found["verdict"], "every trial of the code before was forgotten, so all are of one code"
    assert answer("show", "--toml").stdout.count('hypermodel = "mine.py:Tuned"\n') == 1
