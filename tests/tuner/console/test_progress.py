"""What is shown while a study runs."""

import io

import pytest
from rich.console import Console

from keras_search.tuner.console.progress import STEPS, STOPPING, Lines
from keras_search.tuner.session.projecting import DRAWING_SECONDS, REPORT_SECONDS, TEST_SECONDS, with_drawing
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


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (59.4, "59 s"), (60, "1 min 0 s"), (3599, "59 min 59 s"), (7500, "2 h 5 min")]
)
def test_durations_are_written_as_people_say_them(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_each_step_before_the_first_trial_is_a_line() -> None:
    shown = console()
    with Lines(shown) as lines:
        lines.on_stage("survey")
        for step in STEPS:
            lines.on_step(step)
        lines.on_stage("search", Work(2, 10))
        lines.on_stop()
    text = printed(shown).splitlines()
    assert text == [*(f"{name} ..." for name in STEPS.values()), "Searching ...", STOPPING]


def test_the_time_left_includes_what_comes_after_the_search_and_ends_with_its_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    monkeypatch.setattr("keras_search.tuner.console.progress.crowding", lambda _busy: 1.0)
    monkeypatch.setattr("keras_search.tuner.console.progress.default_workers", lambda threads: 2 * threads)
    lines = Lines(console())
    lines.on_plan(1, Work(2, 10))
    lines.on_stage("search", Work(3, 15))
    lines.on_order(0, RUN)
    assert lines.seconds_left is None
    for epoch in range(1, 6):
        now += 2.0
        lines.on_report(0, messages.EpochEnded("0001", epoch, {}, 2.0, engine="compiled"))
    lines.on_report(0, messages.Completed("0001", 0.9, 1, 10))
    after = 2 * TEST_SECONDS + REPORT_SECONDS
    assert lines.seconds_left == pytest.approx(20 + 20 + after)
    lines.on_stage("search", Work(3, 15), seconds=7)
    lines.on_order(0, RUN)
    lines.on_report(0, messages.EpochEnded("0001", 1, {}, 2.0, engine="compiled"))
    lines.on_report(0, messages.Completed("0001", 0.9, 1, 10))
    assert lines.seconds_left == pytest.approx(7 + 20 + after, rel=0.1)
    lines.on_stage("test", Work(2, 0))
    assert lines.seconds_left == pytest.approx(
        sum(with_drawing(2 * TEST_SECONDS, DRAWING_SECONDS, 1, 2)) + REPORT_SECONDS
    )
    lines.on_stage("report")
    assert lines.seconds_left == pytest.approx(REPORT_SECONDS)


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
