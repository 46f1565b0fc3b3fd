"""What is shown while a study runs."""

import io

import pytest
from rich.console import Console

from keras_search.tuner.console.progress import Lines, LiveTable
from keras_search.tuner.study import messages
from keras_search.tuner.study.records import Kind, Run, Work
from keras_search.tuner.system.numbers import duration

RUN = Run("0001", Kind.TRIAL, "mlp", "trial", {"units_1": 64, "learning_rate": 0.00123456}, 1, 5)


def console() -> Console:
    return Console(file=io.StringIO(), width=120, force_terminal=False, color_system=None)


def printed(shown: Console) -> str:
    assert isinstance(shown.file, io.StringIO)
    return shown.file.getvalue()


def test_lines_say_each_trial_and_the_best_so_far() -> None:
    shown = console()
    with Lines(shown) as lines:
        lines.on_objective("val_accuracy", "max")
        lines.on_stage("search", Work(2, 10))
        lines.on_order(0, RUN)
        lines.on_report(0, messages.EpochEnded("0001", 1, {"val_accuracy": 0.9}, 0.1))
        lines.on_report(0, messages.Completed("0001", 0.9, 1, 10))
        lines.on_order(0, RUN)
        lines.on_report(0, messages.Failed("0002", "The loss became nan in epoch 1."))
    text = printed(shown)
    assert "Searching ...\n[1 of 2] 0001: val_accuracy 0.9000, best 0.9000 (0001)" in text
    assert "0002 failed: The loss became nan in epoch 1.\n" in text


def test_the_smaller_value_is_the_best_where_less_is_better() -> None:
    lines = Lines(console())
    lines.on_objective("val_loss", "min")
    lines.on_stage("search")
    for name, score in (("0001", 0.3), ("0002", 0.1), ("0003", 0.2)):
        lines.on_report(0, messages.Completed(name, score, 1, 10))
    assert lines.best == ("0002", 0.1)


def test_the_live_table_has_a_row_a_worker_with_its_trial_and_epoch() -> None:
    shown = console()
    table = LiveTable(shown)
    table.on_objective("val_accuracy", "max")
    table.on_stage("search", Work(10, 50))
    table.on_order(1, RUN)
    table.on_report(1, messages.EpochEnded("0001", 2, {"val_accuracy": 0.875}, 0.1))
    shown.print(table._draw())
    text = printed(shown)
    assert "Searching · 0 of 10 trials done" in text
    assert "1       0001  2 of 5  0.8750        units_1=64, learning_rate=0.00123" in text


def test_the_live_table_shows_where_the_workers_of_a_cluster_are() -> None:
    shown = console()
    table = LiveTable(shown)
    table.on_stage("search", Work(10, 50))
    table.on_report(1, messages.Ready("10.0.0.2 (a1b2c3)"))
    table.on_order(1, RUN)
    shown.print(table._draw())
    assert "1       10.0.0.2 (a1b2c3)  0001  0 of 5" in printed(shown)


def test_a_baseline_without_the_objective_shows_its_validation_loss_in_the_live_table() -> None:
    shown = console()
    table = LiveTable(shown)
    table.on_objective("val_auc", "max")
    table.on_stage("retraining", Work(2, 10))
    table.on_order(0, Run("mlp-128-64-seed0", Kind.RETRAIN, "mlp-128-64", "baseline", {}, 1, 5))
    table.on_report(0, messages.EpochEnded("mlp-128-64-seed0", 2, {"loss": 0.3, "val_loss": 0.25}, 0.1))
    shown.print(table._draw())
    assert "mlp-128-64-seed0  2 of 5  val_loss 0.2500" in printed(shown)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (59.4, "59 s"), (60, "1 min 0 s"), (3599, "59 min 59 s"), (7500, "2 h 5 min")]
)
def test_durations_are_written_as_people_say_them(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_time_left_is_told_by_epochs_and_cut_by_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    lines, now = Lines(console()), 100.0
    monkeypatch.setattr("keras_search.tuner.console.progress.time.monotonic", lambda: now)
    lines.on_stage("search", Work(3, 15), Work(1, 5))
    assert lines.seconds_left is None
    lines.on_order(0, RUN)
    lines.on_report(0, messages.EpochEnded("0001", 1, {}, 2.0))
    now = 102.0
    assert lines.seconds_left == 18
    lines.on_report(0, messages.Completed("0001", 0.9, 1, 10))
    assert lines.seconds_left == 2
    lines.on_stage("search", Work(3, 15), Work(0, 0), seconds=30)
    lines.on_order(0, RUN)
    lines.on_report(0, messages.EpochEnded("0001", 1, {}, 2.0))
    now = 122.0
    assert lines.seconds_left == 10


@pytest.mark.parametrize(("metrics", "name"), [({"val_loss": 0.25}, "val_loss"), ({"val_recall": 0.25}, "val_recall")])
def test_the_score_of_a_baseline_without_the_objective_is_called_its_loss(metrics: dict[str, float], name: str) -> None:
    shown = console()
    run = Run("dense-seed0", Kind.RETRAIN, "dense", "baseline", {}, 1, 1)
    with Lines(shown) as lines:
        lines.on_objective("val_recall", "max")
        lines.on_stage("retraining", Work(1, 1))
        lines.on_order(0, run)
        lines.on_report(0, messages.EpochEnded(run.name, 1, metrics, 0.1))
        lines.on_report(0, messages.Completed(run.name, 0.25, 1, 10))
    assert f"dense-seed0: {name} 0.2500" in printed(shown)
