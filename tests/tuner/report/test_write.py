"""The report of a finished study, and what it is read from."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from keras_search.errors import KerasSearchError, UsageError
from keras_search.tuner.data import dataset_of
from keras_search.tuner.report import frames, write
from keras_search.tuner.report.compared import seeds_tested
from keras_search.tuner.report.judging import judge
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.records import Kind, Run, State
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.store import Store
from keras_search.tuner.system.files import replacing_folder
from keras_search.tuner.system.ownership import Mark

pytestmark = pytest.mark.usefixtures("coarse_plots")
Make = Keep = Callable[..., StudyFolder]


@pytest.fixture(scope="module")
def value_study(make_value_study: Make) -> StudyFolder:
    return make_value_study()


@pytest.fixture
def study(finished_study: StudyFolder, tmp_path: Path) -> StudyFolder:
    """Give a copy of the finished study that a test may change."""
    shutil.copytree(finished_study.root, tmp_path / "studies" / "digits")
    return StudyFolder(tmp_path / "studies" / "digits")


def test_a_report_has_its_tables_its_verdict_its_pages_and_its_plots(study: StudyFolder, tmp_path: Path) -> None:
    written = write.write(study, tmp_path / "reports")
    names = {path.name for path in written.iterdir()}
    assert {"trials.csv", "history.csv", "comparison.csv", "comparison.md", "timings.csv", "verdict.json"} <= names
    assert {
        "report.html",
        "README.md",
        "comparison.png",
        "confusion-matrix.png",
        "samples.png",
        "mistakes.png",
    } <= names
    assert json.loads((written / "verdict.json").read_text())["verdict"] == "not proven"


def test_a_report_is_written_without_the_test_images(study: StudyFolder, tmp_path: Path) -> None:
    first = write.write(study, tmp_path / "first")
    (study.data / "x_test.npy").unlink()
    (study.data / "y_test.npy").unlink()
    second = write.write(study, tmp_path / "second")
    for path in first.iterdir():
        if path.name != "timings.csv":
            assert path.read_bytes() == (second / path.name).read_bytes(), path.name


def test_a_report_says_where_processors_were_of_several_kinds(study: StudyFolder) -> None:
    with Store.open(study.root) as store:
        with store.transaction():
            store.put_processor("0000", 1, "arm64")
        assert "Processors" not in write.gather(store, study.name).seen
        with store.transaction():
            for name in store.runs.keys() - {"0000"}:
                store.put_processor(name, 1, "riscv")
        told = write.gather(store, study.name).seen["Processors"]
    assert told.startswith("Processors of several kinds trained the runs, and the last bits of a result depend on ")
    assert told.endswith("; 1 run on arm64 (0000), the best trial among them.")


@pytest.mark.usefixtures("one_plot")
def test_a_report_takes_the_place_of_the_one_before_as_a_whole(study: StudyFolder, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    with replacing_folder(reports / "digits", Mark("report", "digits")) as folder:
        (folder / "old.png").write_text("old")
    write.write(study, reports)
    assert not (reports / "digits" / "old.png").exists()
    assert [path.name for path in reports.iterdir()] == ["digits"]


@pytest.mark.usefixtures("one_plot")
def test_what_is_not_of_a_report_stays_in_its_folder(study: StudyFolder, tmp_path: Path) -> None:
    place = write.write(study, tmp_path / "reports")
    own = {"notes.md": b"mine", "photo.png": b"mine", "table.csv": b"mine", "sub/verdict.json": b"mine"}
    for name, content in own.items():
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_bytes(content)
    (place / "README.md").write_text("My conclusions.")
    told: list[str] = []
    write.write(study, tmp_path / "reports", told.append)
    assert {name: (place / name).read_bytes() for name in own} == own
    (kept,) = (tmp_path / "reports" / ".trash").iterdir()
    assert told == [f"Edited since the last report, so moved to {kept}: README.md."]
    assert (kept / "README.md").read_text() == "My conclusions."
    assert (place / "README.md").read_text().startswith("# ")


def test_a_folder_that_is_no_report_is_left_alone(study: StudyFolder, tmp_path: Path) -> None:
    own = tmp_path / "digits" / "wine.csv"
    own.parent.mkdir()
    own.write_text("a,b")
    with pytest.raises(UsageError, match=r"digits holds files and no mark of keras-search"):
        write.write(study, tmp_path)
    assert list(own.parent.iterdir()) == [own]


def test_a_report_that_cannot_be_written_says_how_to_write_it_again(study: StudyFolder, tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("a file")
    with pytest.raises(KerasSearchError, match=r"could not be written: .* write it again: keras-search report digits$"):
        write.write(study, tmp_path / "reports")


def test_the_comparison_is_the_mean_over_seeds_the_best_first_with_the_difference_of_the_tuned_model(
    study: StudyFolder,
) -> None:
    with Store.read(study.root) as store:
        table, labels = frames.comparison(store), store.array("test_labels")
        said = frames.probabilities(store)
    accuracies = {
        model: [np.mean(said[model, seed].argmax(axis=1) == labels) for seed in (0, 1)]
        for model in ("tuned", "mlp-128-64")
    }
    assert sorted(table["model"]) == ["mlp-128-64", "tuned"]
    assert table["test_accuracy"].is_monotonic_decreasing
    np.testing.assert_allclose(table["test_accuracy"], [np.mean(accuracies[model]) for model in table["model"]])
    np.testing.assert_allclose(
        table["test_accuracy_std"], [np.std(accuracies[model], ddof=1) for model in table["model"]]
    )
    means = table.set_index("model")["test_accuracy"]
    gaps = table.set_index("model")["difference"]
    assert gaps["mlp-128-64"] == pytest.approx(means["tuned"] - means["mlp-128-64"])
    assert np.isnan(gaps["tuned"])
    assert list(table["batch_size"]) == [32, 32]
    assert list(table["seeds"]) == [2, 2]


def test_the_columns_of_the_tables_are_those_promised(study: StudyFolder) -> None:
    with Store.read(study.root) as store:
        trials, comparison = frames.trials(store), frames.comparison(store)
    assert list(trials.columns) == [
        "trial", "state", "score", "val_loss", "epochs", "best_epoch", "parameters", "parent", "error", "units_1",
        "activation",
    ]  # fmt: skip
    assert list(comparison.columns) == [
        "model", "role", "parameters", "epochs", "batch_size", "seeds", "val_accuracy", "test_accuracy",
        "test_accuracy_std", "test_loss", "difference",
    ]  # fmt: skip


def test_numbers_are_numbers_where_some_trials_have_none(study: StudyFolder) -> None:
    values: list[dict[str, Any]] = [
        {"units_1": 32, "rate": 0.5, "mixed": 1, "flag": True, "text": "a", "huge": 2**70},
        {"units_1": 2**60 + 1, "rate": 1.0, "mixed": 0.5, "flag": False, "text": "b", "huge": 1},
    ]
    with Store.open(study.root) as store:
        with store.transaction():
            for number, each in enumerate(values, 1):
                store.put_run(replace(store.runs["0000"], name=f"000{number}", hyperparameters=each))
            store.put_run(replace(store.runs["0000"], name="0003", hyperparameters={"none": None}))
        table = frames.typed_trials(store)
    kinds = {name: str(table[name].dtype) for name in ("units_1", "rate", "mixed", "flag", "none", "huge")}
    expected = ("Int64", "float64", "float64", "boolean", "float64", "object")
    assert tuple(kinds.values()) == expected
    assert table["units_1"].tolist()[2] == 2**60 + 1, "to the last digit"
    assert table["rate"].isna().tolist() == [True, False, False, True]


def test_one_seed_has_no_deviation(study: StudyFolder) -> None:
    with Store.open(study.root) as store:
        with store.transaction():
            store.delete_runs(["tuned-seed1", "mlp-128-64-seed1"])
            store.set_facts(settings={**store.fact("settings"), "compare_seeds": 1})
        table = frames.comparison(store)
    assert table["test_accuracy_std"].isna().all()
    assert list(table["seeds"]) == [1, 1]


def test_predictions_are_a_row_an_image_and_retrained_model(study: StudyFolder) -> None:
    with Store.read(study.root) as store:
        table, said = frames.predictions(store), frames.probabilities(store)["tuned", 0]
    tuned = table[(table["model"] == "tuned") & (table["seed"] == 0)]
    assert len(table) == 2 * 2 * 360
    np.testing.assert_array_equal(tuned["predicted"], said.argmax(axis=1))
    np.testing.assert_array_equal(tuned["confidence"], said.max(axis=1))


def test_a_report_of_values_has_its_own_plots_and_no_percent(value_study: StudyFolder, tmp_path: Path) -> None:
    written = write.write(value_study, tmp_path / "reports")
    names = {path.name for path in written.iterdir()}
    assert {"predicted-values.png", "residuals.png", "comparison.png"} <= names
    assert not {"confusion-matrix.png", "reliability.png", "samples.png", "mistakes.png"} & names
    told = json.loads((written / "verdict.json").read_text())
    assert told["measure"] == "mean absolute error"
    assert told["optimism"]["best_validation_score"] == 0.9
    assert "images" not in told["sentence"] + told["method"]
    assert "%" not in (written / "comparison.md").read_text().replace("95%", "").split("ahead on a new seed")[0]


def test_the_comparison_of_values_is_by_their_mean_absolute_error(value_study: StudyFolder) -> None:
    with Store.read(value_study.root) as store:
        table, labels, verdict = frames.comparison(store), store.array("test_labels"), judge(store)
        said = frames.probabilities(store)
    errors = {
        model: [np.abs(said[model, seed] - labels).mean() for seed in range(5)] for model in ("tuned", "mlp-128-64")
    }
    assert list(table.columns) == [
        "model", "role", "parameters", "epochs", "batch_size", "seeds", "val_mean_absolute_error",
        "test_mean_absolute_error", "test_mean_absolute_error_std", "test_loss", "difference",
    ]  # fmt: skip
    np.testing.assert_allclose(
        table["test_mean_absolute_error"], [np.mean(errors[model]) for model in table["model"]], rtol=1e-6
    )
    assert verdict is not None
    np.testing.assert_allclose(verdict["difference"], table["difference"][1], rtol=1e-6)
    assert verdict["difference"] < 0
    assert verdict["verdict"] == "tuned is better"


def test_predicted_values_are_a_row_an_example_a_column_and_a_retrained_model(make_value_study: Make) -> None:
    with Store.read(make_value_study(width=2, examples=50).root) as store:
        table, said = frames.predictions(store), frames.probabilities(store)["tuned", 1]
        labels = store.array("test_labels")
    assert list(table.columns) == ["model", "seed", "index", "column", "true", "predicted"]
    tuned = table[(table["model"] == "tuned") & (table["seed"] == 1)]
    assert len(table) == 2 * 5 * 20 * 2
    for column in (0, 1):
        rows = tuned[tuned["column"] == column]
        np.testing.assert_array_equal(rows["predicted"], said[:, column])
        np.testing.assert_array_equal(rows["true"], labels[:, column])


def test_classes_of_what_are_no_images_are_told_without_images(keep_study: Keep, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(300) % 3
    x = rng.standard_normal((300, 4)) + labels[:, None]
    arrays = {"x_train": x[:200], "y_train": labels[:200], "x_test": x[200:], "y_test": labels[200:]}
    settings = StudySettings.create(
        tuner="random", objective="val_accuracy", max_trials=1, max_epochs=1, compare_seeds=2
    )
    folder = StudyFolder(tmp_path / "flowers")
    folder.make()
    keep_study(folder, settings, dataset_of("flowers", arrays), lambda _: np.eye(3, dtype=np.float32)[labels[200:]])
    written = write.write(folder, tmp_path / "reports")
    names = {path.name for path in written.iterdir()}
    assert {"confusion-matrix.png", "reliability.png"} <= names
    assert not {"samples.png", "mistakes.png"} & names
    with Store.read(folder.root) as store:
        assert store.array("sample_images") is None
    told = json.loads((written / "verdict.json").read_text())
    assert "correct on 100 test examples" in told["sentence"]
    for page in ("README.md", "report.html"):
        assert "test image" not in (written / page).read_text(encoding="utf-8")


def test_a_study_of_before_there_were_targets_is_of_classes(study: StudyFolder) -> None:
    with Store.open(study.root) as store:
        before = judge(store)
        with store.transaction():
            data = {name: value for name, value in store.fact("data").items() if name != "targets"}
            store.set_facts(data=data)
        assert judge(store) == before


def test_a_verdict_counts_the_seeds_that_every_model_was_tested_on(study: StudyFolder) -> None:
    """While `resume --compare-seeds` adds seeds, the study can still be shown."""
    with Store.open(study.root) as store:
        settings = {**store.fact("settings"), "compare_seeds": 4}
        with store.transaction():
            store.set_facts(settings=settings)
            store.delete_runs(["tuned-seed1"])
        assert seeds_tested(store) == [0]
        found = judge(store)
    assert found is not None
    assert found["seeds"] == 1
    assert found["verdict"] == "not proven"


def test_there_is_no_verdict_before_the_test(study: StudyFolder) -> None:
    with Store.open(study.root) as store:
        with store.transaction():
            store.delete_runs(["tuned-seed0", "tuned-seed1"])
        assert judge(store) is None


@pytest.mark.usefixtures("one_plot")
def test_whole_numbers_stay_whole_where_some_trials_have_none(study: StudyFolder, tmp_path: Path) -> None:
    with Store.open(study.root) as store, store.transaction():
        store.put_run(replace(store.runs["0000"], name="0001", hyperparameters={"activation": "relu"}))
    table = pd.read_csv(write.write(study, tmp_path / "reports") / "trials.csv", dtype=str)
    assert list(table["units_1"].fillna("")) == ["64", ""]


def test_the_ablation_is_a_row_a_step(study: StudyFolder) -> None:
    with Store.open(study.root) as store:
        with store.transaction():
            for step, name, scores in ((0, "", (0.8, 0.9)), (1, "units_1", (0.9, 0.9))):
                for seed, score in enumerate(scores):
                    run = Run(f"ablation-{step:02d}-seed{seed}", Kind.ABLATION, name, "ablation", {"units_1": 64}, 1, 1)
                    store.put_run(replace(run, state=State.COMPLETED, score=score))
        table = frames.ablation(store)
    assert list(table["hyperparameter"]) == ["", "units_1"]
    np.testing.assert_allclose(table["score"], [0.85, 0.9])
    np.testing.assert_allclose(table["score_std"], [np.std([0.8, 0.9], ddof=1), 0.0], atol=1e-12)
