"""The examples with data of their own: several inputs and outputs, and values, from the survey to the test split."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from keras_search.tuner.data import Splits, load_dataset, make_splits, open_splits, save_splits
from keras_search.tuner.study import messages
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.records import Kind, Run
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.store import from_bytes
from keras_search.tuner.system.ownership import digest_of
from keras_search.tuner.training import orders
from keras_search.tuner.training.context import StudyContext

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
TWO_TASKS = (f"{EXAMPLES}/two_tasks.py:build_model", f"{EXAMPLES}/data.py:digits_and_ink", "val_digit_accuracy")
VALUES = (f"{EXAMPLES}/regression.py:build_model", f"{EXAMPLES}/data.py:progression", "val_mean_absolute_error")
BOTH = pytest.mark.parametrize("example", [TWO_TASKS, VALUES], ids=["two tasks", "values"])
SETTINGS = {
    TWO_TASKS: {"shared_units": 32, "dropout": 0.2, "hidden_for_digit": True, "digit_units": 16,
                "learning_rate": 0.003, "ink_counts": 1.0},
    VALUES: {"l2": 1e-4, "layers": 2, "units": 32, "learning_rate": 0.01, "loss": "huber"},
}  # fmt: skip


@pytest.fixture(autouse=True)
def own_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the path as it was, which loading a file adds to."""
    monkeypatch.setattr(sys, "path", list(sys.path))


class Study:
    """One study's context, in this process, and what it reports."""

    def __init__(self, root: Path, example: tuple[str, str, str], hypermodel: str = "", stop_after: int = 99) -> None:
        self.folder = StudyFolder(root)
        self.reports: list[Any] = []
        if not self.folder.data.exists():
            self.folder.make()
            save_splits(make_splits(load_dataset(example[1]), 0.2, 0), self.folder.data)
        settings = StudySettings.create(
            tuner="random", max_epochs=3, hypermodel=hypermodel or example[0], dataset=example[1], objective=example[2]
        )
        context = messages.Context(root, settings.model_dump(mode="json"), None)
        self.context = StudyContext.of(context, self.reports.append, lambda: len(self.reports) >= stop_after)

    def carry_out(self, order: messages.Order) -> None:
        self.context = orders.carry_out(self.context, order)

    @property
    def splits(self) -> Splits:
        return open_splits(self.folder.data, test=True)

    def train(self, run: Run, after: int = 0) -> list[Any]:
        self.carry_out(messages.Train(replace(run, trained=after), run.name, after, (run.epochs,)))
        return self.reports

    def test(self, run: Run) -> messages.Evaluated:
        self.train(run)
        self.carry_out(messages.Evaluate(run, digest_of(self.folder.kept_model(run.name))))
        evaluated = self.reports[-1]
        assert isinstance(evaluated, messages.Evaluated)
        return evaluated


def trial(values: dict[str, Any]) -> Run:
    return Run("0001", Kind.TRIAL, "mine", "trial", values, seed=5, epochs=3)


def retraining(model: str, role: str, values: dict[str, Any]) -> Run:
    return Run(f"{model}-seed0", Kind.RETRAIN, model, role, values, seed=6, epochs=2)


def metrics(reports: list[Any]) -> list[dict[str, float]]:
    return [report.metrics for report in reports if isinstance(report, messages.EpochEnded)]


@BOTH
def test_the_survey_tells_hyperparameters_and_metrics(tmp_path: Path, example: tuple[str, str, str]) -> None:
    study = Study(tmp_path, example)
    study.carry_out(messages.Survey())
    (found,) = study.reports
    assert {parameter["config"]["name"] for parameter in found.space["space"]} == set(SETTINGS[example])
    assert example[2] in found.metrics
    assert (found.comparable, found.own_fit) == (True, False)


@pytest.mark.parametrize(
    ("example", "epoch"),
    [
        pytest.param(TWO_TASKS, 1, id="two tasks-1"),
        pytest.param(VALUES, 2, id="values-2"),
        pytest.param(TWO_TASKS, 2, id="two tasks-2", marks=pytest.mark.slow),
        pytest.param(VALUES, 1, id="values-1", marks=pytest.mark.slow),
    ],
)
def test_a_run_continued_from_a_checkpoint_ends_bit_for_bit_as_the_uninterrupted(
    tmp_path: Path, example: tuple[str, str, str], epoch: int
) -> None:
    run = trial(SETTINGS[example])
    expected = Study(tmp_path / "whole", example).train(run)
    first = Study(tmp_path / "left", example, stop_after=epoch).train(run)
    assert first[-1] == messages.Stopped("0001")
    rest = Study(tmp_path / "left", example).train(run, after=epoch)
    assert metrics(first) + metrics(rest) == metrics(expected)
    assert rest[-1] == expected[-1]
    assert metrics(expected)[-1]["loss"] < metrics(expected)[0]["loss"]


def test_the_compared_output_of_two_is_tested_and_both_are_saved(tmp_path: Path) -> None:
    study = Study(tmp_path, TWO_TASKS)
    evaluated = study.test(retraining("tuned", "tuned", SETTINGS[TWO_TASKS]))
    chances, splits = from_bytes(evaluated.probabilities), study.splits
    assert chances.shape == (359, 10)
    right = float((chances.argmax(axis=1) == splits.compared(splits.y_test)).mean())
    assert evaluated.metrics["accuracy"] == right
    assert evaluated.metrics["digit_accuracy"] == pytest.approx(right)
    assert {"loss", "digit_loss", "ink_loss", "ink_mean_absolute_error"} <= set(evaluated.metrics)
    saved = keras.models.load_model(study.folder.model("tuned-seed0"), safe_mode=True)
    said = saved.predict(splits.x_test, verbose=0)
    np.testing.assert_allclose(said["digit"], chances, atol=1e-6)
    assert said["ink"].shape == (359, 1)


def test_values_are_tested_in_their_own_units(tmp_path: Path) -> None:
    study = Study(tmp_path, VALUES)
    evaluated = study.test(retraining("tuned", "tuned", SETTINGS[VALUES]))
    said, splits = from_bytes(evaluated.probabilities), study.splits
    assert (said.shape, said.dtype) == ((88, 1), np.float32)
    error = np.abs(said.astype(np.float64) - splits.compared(splits.y_test))
    assert evaluated.metrics["mean_absolute_error"] == pytest.approx(error.mean(), rel=1e-12)
    assert evaluated.metrics["loss"] == evaluated.metrics["mean_squared_error"], "also where it was trained by another"


@pytest.mark.parametrize(
    ("example", "model"),
    [
        pytest.param(TWO_TASKS, "mlp", id="two tasks-mlp"),
        pytest.param(VALUES, "mlp-256-128-64", id="values-mlp-256-128-64"),
        pytest.param(VALUES, "mlp", id="values-mlp", marks=pytest.mark.slow),
        pytest.param(TWO_TASKS, "mlp-128-64", id="two tasks-mlp-128-64", marks=pytest.mark.slow),
    ],
)
def test_built_in_networks_learn_the_same_data(tmp_path: Path, example: tuple[str, str, str], model: str) -> None:
    study = Study(tmp_path, example, hypermodel="mlp")
    evaluated = study.test(retraining(model, "tuned" if model == "mlp" else "baseline", {}))
    assert from_bytes(evaluated.probabilities).shape == ((88, 1) if example is VALUES else (359, 10))
    assert ("mean_absolute_error" if example is VALUES else "accuracy") in evaluated.metrics
