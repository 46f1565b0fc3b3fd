"""A part of a report that fails is left out, and the report says so."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from keras_search.errors import KerasSearchError
from keras_search.tuner.console import summary
from keras_search.tuner.data import load_dataset
from keras_search.tuner.report import page_text, write
from keras_search.tuner.report.net import SWITCH, LeftOut, Net
from keras_search.tuner.report.plots import history
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.store import Store, to_bytes

pytestmark = pytest.mark.usefixtures("coarse_plots")
COMMAND = Path(sys.executable).with_name("keras-search")


def fail(*_: object) -> None:
    raise ValueError("cannot\nbe [drawn] <b>")


@pytest.fixture
def net_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SWITCH, "on")


@pytest.fixture
def study(finished_study: StudyFolder, tmp_path: Path) -> StudyFolder:
    """Give a copy of the finished study that a test may change."""
    shutil.copytree(finished_study.root, tmp_path / "studies" / "digits")
    return StudyFolder(tmp_path / "studies" / "digits")


@pytest.mark.usefixtures("net_on")
def test_a_plot_and_a_table_that_fail_are_left_out_with_their_reason(
    study: StudyFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "search_history", fail)
    monkeypatch.setattr(page_text, "top_trials", fail)
    notes: list[str] = []
    written = write.write(study, tmp_path / "reports", notes.append)
    assert notes == [
        "Left out: the plot search-history. ValueError: cannot be [drawn] <b>",
        "Left out: the best trials. ValueError: cannot be [drawn] <b>",
    ]
    assert not (written / "search-history.png").exists()
    assert {"learning-curves.png", "comparison.png", "trials.csv"} <= {path.name for path in written.iterdir()}
    readme, html = ((written / name).read_text(encoding="utf-8") for name in ("README.md", "report.html"))
    assert "\n## Left out\n\n- the plot search-history: ValueError: cannot be \\[drawn\\] &lt;b&gt;\n" in readme
    assert "<li>the plot search-history: ValueError: cannot be [drawn] &lt;b&gt;</li>" in html
    assert "<li>the best trials: " in html


@pytest.mark.usefixtures("net_on", "one_plot")
def test_a_page_that_cannot_be_made_says_what_the_other_says(
    study: StudyFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keras_search.tuner.report.page.table_library", fail)
    written = write.write(study, tmp_path / "reports")
    html = (written / "report.html").read_text(encoding="utf-8")
    assert html.startswith("<!doctype html>")
    assert "- the page: ValueError: cannot be" in html


def test_predictions_that_are_no_numbers_leave_the_verdict_out_and_nothing_else(
    make_value_study: Callable[..., StudyFolder], tmp_path: Path
) -> None:
    shutil.copytree(make_value_study().root, tmp_path / "studies" / "houses")
    study = StudyFolder(tmp_path / "studies" / "houses")
    with Store.open(study.root) as store, store.transaction():
        lost = store.evaluations()["tuned-seed0"]
        store.put_evaluation(type(lost)(lost.run, lost.metrics, to_bytes(np.full((200, 1), np.nan, np.float32))))
    reason = "Expected predictions that are numbers, received 200 of 1,000 that are NaN or infinite."
    done = subprocess.run([COMMAND, "report", "houses"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr.splitlines()[0][:40]) == (0, "Left out: the verdict. Expected predicti")
    assert reason in done.stdout
    written = tmp_path / "reports" / "houses"
    assert {"comparison.csv", "predicted-values.png"} <= {path.name for path in written.iterdir()}
    assert json.loads((written / "verdict.json").read_text()) == {"verdict": None}
    assert "no verdict could be reached" in (written / "README.md").read_text(encoding="utf-8")
    assert summary.full(study)["verdict"] is None


def test_without_the_net_a_fault_comes_through_and_a_reason_does_not() -> None:
    net = Net()
    with pytest.raises(ValueError, match="drawn"):
        net.catch("a plot", fail, None)

    def refuse() -> str:
        raise KerasSearchError("Expected two seeds.")

    assert net.catch("the verdict", refuse, "none") == "none"
    assert net.left_out == [LeftOut("the verdict", "Expected two seeds.")]


@pytest.mark.usefixtures("net_on")
def test_a_file_that_cannot_be_written_is_not_caught() -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        Net().catch("a plot", full, None)


@pytest.mark.usefixtures("one_plot")
def test_one_test_row_has_a_verdict_that_is_json(keep_study: Callable[..., StudyFolder], tmp_path: Path) -> None:
    """An interval over one row may have no end, for which JSON has no number."""
    dataset = load_dataset("digits")
    small = type(dataset)(**{**vars(dataset), "x_test": dataset.x_test[:1], "y_test": dataset.y_test[:1]})
    settings = StudySettings.create(tuner="random", objective="val_accuracy", max_trials=1, max_epochs=1,
                                    compare_seeds=2)  # fmt: skip
    folder = StudyFolder(tmp_path / "one")
    folder.make()
    keep_study(folder, settings, small, lambda run: np.roll(np.eye(10, dtype="f4")[:1], run.seed % 10, axis=1))
    written = write.write(folder, tmp_path / "reports")
    verdict = json.loads((written / "verdict.json").read_text(), parse_constant=fail)
    assert verdict["verdict"] == "not proven"
