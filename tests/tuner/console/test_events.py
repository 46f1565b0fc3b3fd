"""Each event is one line of JSON."""

import json

import pytest

from keras_search.errors import KerasSearchError
from keras_search.tuner.console.events import JsonLines
from keras_search.tuner.study import messages
from keras_search.tuner.study.records import Kind, Run, Work


def test_each_event_is_one_line_with_the_documented_fields(capsys: pytest.CaptureFixture[str]) -> None:
    run = Run("0001", Kind.TRIAL, "mlp", "trial", {"name\n": "\x1b[2J"}, 7, 2)
    with JsonLines() as lines:
        lines.on_objective("val_loss", "min")
        lines.on_stage("search", Work(3, 6), Work(1, 2), 60.0)
        lines.on_best(None)
        lines.on_order(1, run)
        for report in (
            messages.EpochEnded("0001", 1, {"loss": float("nan")}, 0.5),
            messages.Completed("0001", 0.5, 1, 10),
            messages.Failed("0001", "too\nlarge"),
            messages.Died("0001", "killed"),
            messages.Stopped("0001"),
            messages.Evaluated("0001", {"accuracy": 0.5}, b"bytes"),
            messages.Ready(),
        ):
            lines.on_report(1, report)
        lines.on_note("x")
        lines.on_tick()
    read = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each.pop("event") for each in read] == [
        "objective", "stage", "begin", "epoch", "completed", "failed", "died", "stopped", "tested", "note",
    ]  # fmt: skip
    assert all(each.pop("time") > 1e9 for each in read)
    assert read[1] == {"stage": "search", "runs": 3, "epochs": 6, "done_runs": 1, "done_epochs": 2, "seconds": 60.0}
    assert read[2]["hyperparameters"] == {"name\n": "\x1b[2J"}
    assert read[3]["metrics"] == {"loss": None}


def test_an_error_is_the_last_event(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KerasSearchError), JsonLines():
        raise KerasSearchError("no room")
    read = json.loads(capsys.readouterr().out)
    assert (read["event"], read["message"], read["exit_code"]) == ("error", "no room", 1)
