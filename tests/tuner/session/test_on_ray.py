"""A hypermodel of the user's own on Ray, started on this machine by the command."""

import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("keras-search")
FILES = ("trials.csv", "history.csv", "comparison.csv", "verdict.json")
MODEL = """
import os
import keras
from parts.sizes import SIZES

def build(hp):
    units = hp.Choice("units", SIZES)
    if units == 64:
        raise ValueError("too large")
    if units == 32 and not os.path.exists(os.environ["ONCE"]):
        open(os.environ["ONCE"], "w").close()
        os.kill(os.getpid(), 9)
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(units, "relu"),
                              keras.layers.Dense(10, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
"""


def _search(folder: Path, name: str, *engine: str) -> subprocess.CompletedProcess[str]:
    command = [
        COMMAND, "start", name, "--dataset", "digits", "--hypermodel", "mine/model.py:build", "--tuner", "grid",
        "--max-epochs", "2", "--compare-seeds", "1", "--workers", "2", *engine,
    ]  # fmt: skip
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env={"ONCE": str(folder / name), "PATH": ""}
    )


@pytest.mark.slow
def test_code_beside_a_hypermodel_its_errors_and_its_deaths_are_as_with_local_workers(tmp_path: Path) -> None:
    parts = tmp_path / "mine" / "parts"
    parts.mkdir(parents=True)
    (tmp_path / "mine" / "model.py").write_text(MODEL)
    (parts / "__init__.py").touch()
    (parts / "sizes.py").write_text("SIZES = [8, 16, 32, 64]\n")
    results = [_search(tmp_path, "local"), _search(tmp_path, "remote", "--engine", "ray")]
    for result in results:
        assert result.returncode == 0, result.stderr
        assert "0004 failed: ValueError: too large" in result.stderr
    reports = tmp_path / "reports"
    for file in FILES:
        assert (reports / "remote" / file).read_bytes() == (reports / "local" / file).read_bytes(), file
    assert "too large" in (tmp_path / "studies" / "remote" / "logs" / "0004.log").read_text()
