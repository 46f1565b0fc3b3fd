"""What the shell offers after TAB."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("keras-search")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("start --dataset ", ["digits", "mnist", "fashion-mnist"]),
        ("start --hypermodel l", ["lr-batch"]),
        ("start --baseline d", ["dense-relu", "dnn-bn", "defaults"]),
        ("start --tuner b", ["bayesian"]),
        ("space l", ["lr-batch"]),
        ("show ", ["first", "second"]),
        ("show --studies-dir elsewhere ", ["third"]),
        ("export --format o", ["onnx"]),
        ("compare first s", ["second"]),
        ("delete ", ["first", "second"]),
        ("restore f", ["first-20260101-000000"]),
        ("logs first ", ["0001"]),
        ("start --progress j", ["jsonl"]),
    ],
)
def test_names_that_exist_are_offered(tmp_path: Path, typed: str, offered: list[str]) -> None:
    for study in ("studies/first", "studies/second", "elsewhere/third"):
        (tmp_path / study).mkdir(parents=True)
        (tmp_path / study / "study.db").touch()
    (tmp_path / "studies" / ".trash" / "first-20260101-000000").mkdir(parents=True)
    (tmp_path / "studies" / "first" / "logs").mkdir()
    (tmp_path / "studies" / "first" / "logs" / "0001.log").touch()
    words = f"keras-search {typed}"
    asked = {"_KERAS_SEARCH_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    done = subprocess.run([COMMAND], cwd=tmp_path, env={**os.environ, **asked}, capture_output=True, text=True)
    assert done.stdout.split() == offered
