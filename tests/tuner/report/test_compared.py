"""By what models are compared: the objective, computed where that can be, reported where it cannot."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from keras_search.tuner.report import frames, write
from keras_search.tuner.report.compared import compared
from keras_search.tuner.report.judging import judge
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.records import Kind, Metrics, Run
from keras_search.tuner.study.store import Store, from_bytes

Report = Callable[[np.ndarray, np.ndarray], Metrics]


@pytest.fixture
def study(finished_study: StudyFolder, tmp_path: Path) -> StudyFolder:
    """Give a copy of the finished study that a test may change."""
    shutil.copytree(finished_study.root, tmp_path / "studies" / "digits")
    return StudyFolder(tmp_path / "studies" / "digits")


def searched_by(study: StudyFolder, objective: str, report: Report, models: tuple[str, ...] = ("tuned",)) -> Store:
    """Let the study have had another objective, which some models report on the test split as `report` says."""
    with Store.open(study.root) as store, store.transaction():
        direction = "min" if objective.endswith("loss") else "max"
        store.set_facts(settings={**store.fact("settings"), "objective": objective, "direction": direction})
        labels = store.array("test_labels")
        assert labels is not None
        for name, made in store.evaluations().items():
            if store.runs[name].model in models:
                told = report(from_bytes(made.probabilities), labels)
                store.put_evaluation(replace(made, metrics=made.metrics | told))
    return Store.read(study.root)


def of_keras(name: str, metric: Callable[[], keras.metrics.Metric]) -> Report:
    def report(said: np.ndarray, labels: np.ndarray) -> Metrics:
        made = metric()
        made.update_state(np.eye(said.shape[1], dtype=np.float32)[labels], said)
        return {name: float(np.asarray(made.result()))}

    return report


@pytest.mark.parametrize(
    ("objective", "metric", "definition"),
    [
        ("val_recall", keras.metrics.Recall, "recall over all classes"),
        ("val_precision_1", keras.metrics.Precision, "precision over all classes"),
        ("val_auc", keras.metrics.AUC, "area under the ROC curve over all classes"),
        ("val_f1_score", lambda: keras.metrics.F1Score(average="macro"), "F1 mean of the classes"),
        ("val_f1_score", lambda: keras.metrics.F1Score(average="weighted"), "F1 mean of the classes by their examples"),
        ("val_top_k_categorical_accuracy", lambda: keras.metrics.TopKCategoricalAccuracy(k=2), ""),
    ],
)
def test_the_objective_is_computed_as_the_model_reports_it(
    study: StudyFolder, objective: str, metric: Callable[[], keras.metrics.Metric], definition: str
) -> None:
    """The baseline does not report it, and is compared by it all the same."""
    name = objective.removeprefix("val_")
    with searched_by(study, objective, of_keras(name, metric)) as store:
        by, verdict, table = compared(store), judge(store), frames.comparison(store)
        reported = [made.metrics[name] for run, made in store.evaluations().items() if run.startswith("tuned")]
    assert by is not None
    assert verdict is not None
    assert f"computed for every model as {definition}, as" in by.measure.definition if definition else True
    assert [by.value(("tuned", seed)) for seed in (0, 1)] == pytest.approx(reported, abs=1e-5)
    assert by.scores["mlp-128-64", 0].shape == (360,)
    assert not by.measure.seeds_only
    metric_name = by.measure.metric
    means = table.set_index("model")[f"test_{metric_name}"]
    assert verdict[f"tuned_{metric_name}"] == pytest.approx(means["tuned"])
    assert verdict["difference"] == pytest.approx(means["tuned"] - means["mlp-128-64"])
    assert by.measure.name in verdict["sentence"]


def test_another_definition_than_those_known_is_not_believed(study: StudyFolder) -> None:
    """A model whose recall is at another threshold: what is not reproduced is not computed for the baseline."""
    report = of_keras("recall", lambda: keras.metrics.Recall(thresholds=0.93))
    with searched_by(study, "val_recall", report) as store:
        by, verdict = compared(store), judge(store)
    assert by is not None
    assert by.measure.name == "accuracy"
    assert verdict is not None
    assert verdict["note"] == (
        "The search optimised val_recall, which not all models share on the test data; they are compared by accuracy."
    )


def test_a_metric_of_ones_own_is_taken_from_every_model(study: StudyFolder, tmp_path: Path) -> None:
    def report(said: np.ndarray, labels: np.ndarray) -> Metrics:
        return {"profit": float(said[np.arange(len(labels)), labels].sum())}

    with searched_by(study, "val_profit", report, ("tuned", "mlp-128-64")) as store:
        by, verdict = compared(store), judge(store)
    assert by is not None
    assert (by.measure.name, by.measure.seeds_only, by.measure.sign) == ("profit", True, 1)
    assert verdict is not None
    assert "covers the luck of the seed only" in verdict["method"]
    written = write.write(study, tmp_path / "reports")
    table = (written / "comparison.csv").read_text().splitlines()[0]
    assert "test_profit,test_profit_std" in table
    assert json.loads((written / "verdict.json").read_text())["measure"] == "profit"


def test_models_without_predictions_to_compare_go_by_what_they_report(study: StudyFolder) -> None:
    """As where they reconstruct images: nothing of the predictions is looked at."""
    with searched_by(study, "val_loss", lambda said, _: {"loss": float(said[0, 0])}, ("tuned", "mlp-128-64")) as store:
        pass
    with Store.open(study.root) as store:
        with store.transaction():
            store.set_facts(comparable=False)
        by, verdict = compared(store), judge(store)
    assert by is not None
    assert (by.measure.name, by.measure.seeds_only, by.measure.sign) == ("loss", True, -1)
    assert verdict is not None
    assert "on the test data, averaged over 2 seeds" in verdict["sentence"]
    assert "of 360 test images" not in verdict["sentence"]


def test_the_loss_of_classes_is_their_log_loss(study: StudyFolder) -> None:
    with searched_by(study, "val_loss", lambda _said, _labels: {}) as store:
        by, table = compared(store), frames.comparison(store)
        losses = {run: made.metrics["loss"] for run, made in store.evaluations().items()}
    assert by is not None
    assert (by.measure.name, by.measure.sign) == ("log loss", -1)
    assert by.value(("tuned", 0)) == pytest.approx(losses["tuned-seed0"], rel=1e-5)
    assert table["test_log_loss"].is_monotonic_increasing


def test_a_metric_that_no_model_reports_is_computed_and_marked(study: StudyFolder) -> None:
    with searched_by(study, "val_f1", lambda _said, _labels: {}) as store:
        by = compared(store)
    assert by is not None
    assert by.measure.definition == (
        "No model reports f1 on the test data, so it is computed as F1 mean of the classes. The test examples enter "
        "its interval through their influence on it (the infinitesimal jackknife)."
    )


def test_nothing_is_compared_before_the_test(study: StudyFolder) -> None:
    with Store.open(study.root) as store:
        with store.transaction():
            store.delete_runs([name for name in store.runs if store.runs[name].kind is Kind.RETRAIN])
        assert compared(store) is None
        assert judge(store) is None


def with_losses(study: StudyFolder, **changes: Any) -> None:
    """Add a second trial that is level with the first but for `changes`."""
    with Store.open(study.root) as store, store.transaction():
        first: Run = store.runs["0000"]
        store.put_run(replace(first, name="0001", **changes))


def test_a_tie_at_the_top_of_the_trials_is_mentioned_on_the_page(study: StudyFolder, tmp_path: Path) -> None:
    with_losses(study)
    written = write.write(study, tmp_path / "reports")
    for page in ("README.md", "report.html"):
        assert "Level with 0001; chosen by the lower validation loss" in (written / page).read_text("utf-8")
