"""The command that starts a study again."""

from typing import Any

import pytest

from keras_search.tuner.study.command_line import start_command
from keras_search.tuner.study.settings import StudySettings


def _command(**settings: Any) -> str:
    return start_command("x", StudySettings.create(**settings).model_dump(mode="json"))


@pytest.mark.parametrize(
    ("settings", "options"),
    [
        ({}, ""),
        ({"objective": "val_accuracy"}, " --objective val_accuracy"),
        ({"objective": "val_accuracy", "direction": "min"}, " --objective val_accuracy --direction min"),
        ({"tuner": "random", "max_trials": 7}, " --max-trials 7 --tuner random"),
        ({"tuner": "random"}, " --tuner random"),
        ({"dataset": "/home/me/my data.csv", "target": "-y"}, " --dataset 'my data.csv' --target=-y"),
        ({"baselines": ("mlp-128-64", "ann-128")}, " --baseline mlp-128-64 --baseline ann-128"),
        ({"kernels": False}, " --no-kernels"),
    ],
)
def test_the_command_names_what_is_not_the_default(settings: dict[str, Any], options: str) -> None:
    assert _command(**settings) == f"keras-search start x{options}"


@pytest.mark.parametrize("dataset", ["arrays", "table"])
def test_data_from_memory_have_no_command(dataset: str) -> None:
    assert _command(dataset=dataset) == ""
