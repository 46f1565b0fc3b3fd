"""What a terminal shows while a study runs: every frame is read from a screen that the output is played on."""

import io
import re
import sys

import pytest
from rich.cells import cell_len
from rich.console import Console

from keras_search.tuner.console.live import FIRST_TAKES_LONGER, LiveTable
from keras_search.tuner.console.progress import STOPPING, display
from keras_search.tuner.study import messages
from keras_search.tuner.study.records import Kind, Run, Work

VALUES = {"layers": 2, "activation": "gelu", "optimizer": "adamw", "units_1": 64, "learning_rate": 0.00123456}
_SEQUENCE = re.compile(r"\x1b\[\??([0-9;]*)([A-Za-z])|([^\x1b])", re.DOTALL)


def screen(output: str) -> list[str]:
    """Play what was written to a terminal, and return its lines."""
    lines, row, column = [""], 0, 0
    for number, control, character in _SEQUENCE.findall(output):
        if control == "A":
            row -= int(number or 1)
            assert row >= 0, "the cursor left the screen"
        elif control == "K":
            lines[row] = lines[row][:column]
        elif control == "J":
            lines[row:] = [lines[row][:column]]
        elif character == "\r":
            column = 0
        elif character == "\n":
            row, column = row + 1, 0
            lines += [""] * (row == len(lines))
        elif character:
            lines[row] = lines[row][:column].ljust(column) + character + lines[row][column + 1 :]
            column += 1
    return [line.rstrip() for line in lines]


def terminal(width: int = 80, height: int = 24, **options: object) -> Console:
    made: dict[str, object] = {"force_terminal": True, "color_system": None, "legacy_windows": False, **options}
    return Console(file=io.StringIO(), width=width, height=height, markup=False, highlight=False, **made)


def shown(console: Console) -> list[str]:
    assert isinstance(console.file, io.StringIO)
    return screen(console.file.getvalue())


def trial(number: int, epochs: int = 9) -> Run:
    values = {**VALUES, "learning_rate": 0.001 * (number + 1)}
    return Run(f"i1-b2-r0-{number:03d}", Kind.TRIAL, "mlp", "trial", values, 1, epochs)


def searched(table: LiveTable, trials: int = 8) -> None:
    """Search until two workers train the last two trials."""
    table.on_plan(2, Work(10, 90))
    table.on_objective("val_accuracy", "max")
    table.on_stage("search", Work(70, 375))
    for number in range(trials):
        run = trial(number)
        table.on_order(number % 2, run)
        for epoch in range(1, 5):
            table.on_report(number % 2, messages.EpochEnded(run.name, epoch, {"val_accuracy": 0.1 * number}, 0.2))
        if number < trials - 2:
            table.on_report(number % 2, messages.Completed(run.name, 0.1 * number, 4, 10))


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (200, 60), (40, 24), (20, 8), (80, 6)])
def test_a_frame_fits_its_terminal(width: int, height: int) -> None:
    console = terminal(width, height)
    table = LiveTable(console)
    searched(table)
    table._painter.paint()
    lines = shown(console)
    assert len(lines) <= height
    assert all(cell_len(line) <= width for line in lines)
    assert lines[0].startswith("Searching")
    if height >= 24:
        assert "6 of 70 trials, 62 of 375 epochs" in lines[1]


def test_at_80_columns_the_best_trials_have_their_learning_rate_and_optimizer() -> None:
    console = terminal()
    table = LiveTable(console)
    searched(table)
    table._painter.paint()
    lines = shown(console)
    assert re.match(r"\d+ s so far, about .* left, comparison and report included", lines[2])
    at = lines.index("best trials   val_accuracy   epoch  learning rate  optimizer  other settings")
    assert lines[at + 1] == "i1-b2-r0-005        0.5000       9  0.006          adamw      layers=2, activa.."
    assert [line.split()[0] for line in lines[at + 1 : at + 6]] == [
        f"i1-b2-r0-00{number}" for number in (5, 4, 3, 2, 1)
    ]
    assert lines[at + 7].startswith("training now  val_accuracy   epoch  learning rate  optimizer")
    assert lines[at + 8] == "i1-b2-r0-006        0.6000  4 of 9  0.007          adamw      layers=2, activa.."


@pytest.mark.parametrize(
    ("values", "shown_as"),
    [
        ({"optimizer": "sgd", "sgd_learning_rate": 0.018, "learning_rate_schedule": "cosine"}, "0.018          sgd"),
        ({"lr": 0.5, "lrelu": 0.25, "opt": "adam"}, "0.5            adam"),
    ],
)
def test_the_learning_rate_and_the_optimizer_are_found_by_their_names(values: dict[str, object], shown_as: str) -> None:
    console = terminal()
    table = LiveTable(console)
    table.on_stage("search", Work(2, 2))
    table.on_order(0, Run("0001", Kind.TRIAL, "m", "trial", values, 1, 1))
    table._painter.paint()
    assert any(f"0 of 1  {shown_as}" in line for line in shown(console))


def test_columns_stay_where_they_are() -> None:
    console = terminal(120, 40)
    table = LiveTable(console)
    searched(table, 3)
    table._painter.paint()
    heads = [line for line in shown(console) if "training now" in line]
    run = Run("i1-b2-r1-000", Kind.TRIAL, "mlp", "trial", {"units_1": 1}, 1, 3)
    for worker in (0, 1):
        table.on_report(worker, messages.Failed(f"i1-b2-r0-00{2 - worker}", "too large"))
        table.on_order(worker, run)
    table.leaders.clear()
    table._painter.paint()
    assert [line for line in shown(console) if "training now" in line] == heads


def test_notes_and_what_code_prints_stay_above_the_view() -> None:
    console = terminal()
    with LiveTable(console) as table:
        table.on_stage("survey")
        table.on_step("data")
        table.on_note("17 rows are copies.")
        table.on_stage("search", Work(2, 2))
        table.on_order(0, trial(0, 1))
        table._painter.paint()
        assert FIRST_TAKES_LONGER in shown(console)
        table.on_report(0, messages.Failed("i1-b2-r0-000", "The loss became nan in epoch 1."))
        table.on_stop()
        assert [line for line in shown(console) if line.startswith("1 failed")] == ["1 failed"]
        assert STOPPING.split(".")[0] in "\n".join(shown(console))
        table.on_stage("report")
    assert shown(console) == [
        "17 rows are copies.",
        "i1-b2-r0-000 failed: The loss became nan in epoch 1.",
        "Searched: 1 trials in 0 s, 1 failed.",
        "",
    ]


def test_what_a_process_prints_comes_above_the_view(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    console = terminal()
    monkeypatch.setattr(sys, "stdout", Terminal())
    with LiveTable(console) as table:
        table.on_step("data")
        print("read 3 files")
        assert shown(console)[0] == "read 3 files"
    assert shown(console) == ["read 3 files", ""]


def test_the_view_is_drawn_anew_in_a_window_that_becomes_narrower_or_wider(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("LINES", "40")
    console = Console(file=io.StringIO(), force_terminal=True, color_system=None, legacy_windows=False)
    table = LiveTable(console)
    searched(table)
    for columns in (120, 60, 100):
        console.width = columns
        assert isinstance(console.file, io.StringIO)
        before = screen(console.file.getvalue())
        reflowed = [line[at : at + columns] for line in before for at in range(0, max(1, len(line)), columns)]
        console.file = io.StringIO("\n".join(reflowed))
        console.file.seek(0, io.SEEK_END)
        table._painter.paint()
        lines = shown(console)
        assert sum("Searching" in line for line in lines) == 1
        assert all(cell_len(line) <= columns for line in lines)


def test_a_terminal_without_a_movable_cursor_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert not isinstance(display(Console(file=io.StringIO(), force_terminal=True), quiet=False), LiveTable)
    monkeypatch.setenv("TERM", "xterm")
    assert isinstance(display(Console(file=io.StringIO(), force_terminal=True), quiet=False), LiveTable)


def test_colours_are_left_out_where_nobody_wants_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for wanted in (True, False):
        monkeypatch.delenv("NO_COLOR", raising=False) if wanted else monkeypatch.setenv("NO_COLOR", "1")
        console = Console(file=io.StringIO(), force_terminal=True, width=80, height=24, color_system="256")
        table = LiveTable(console)
        searched(table)
        table._painter.paint()
        assert isinstance(console.file, io.StringIO)
        assert ("\x1b[32m" in console.file.getvalue()) is wanted


def test_nodes_of_a_cluster_have_a_column() -> None:
    console = terminal(120, 40)
    table = LiveTable(console)
    searched(table)
    table.on_report(1, messages.Ready("10.0.0.2 (a1b2c3)"))
    table._painter.paint()
    row = next(line for line in shown(console) if "i1-b2-r0-007" in line)
    assert "10.0.0.2 (a1b2c3)" in row


def test_a_baseline_without_the_objective_shows_its_validation_loss() -> None:
    console = terminal()
    table = LiveTable(console)
    table.on_objective("val_auc", "max")
    table.on_stage("retraining", Work(2, 10))
    table.on_order(0, Run("mlp-128-64-seed0", Kind.RETRAIN, "mlp-128-64", "baseline", {}, 1, 5))
    table.on_report(0, messages.EpochEnded("mlp-128-64-seed0", 2, {"loss": 0.3, "val_loss": 0.25}, 0.1))
    table._painter.paint()
    assert any(re.match(r"mlp-128-64-seed0 +val_loss 0.2500 +2 of 5", line) for line in shown(console))


def test_a_long_name_leaves_room_for_its_value() -> None:
    console = terminal()
    table = LiveTable(console)
    table.on_plan(1, Work(1, 3))
    table.on_objective("val_accuracy", "max")
    table.on_stage("search", Work(1, 3))
    values = {"number_of_units_in_the_fully_connected_layer_3": 16, "dropout": 0.5}
    table.on_order(0, Run("0001", Kind.TRIAL, "mlp", "trial", values, 1, 3))
    table._painter.paint()
    assert any("number_..ted_layer_3=16, dropout=0.5" in line for line in shown(console))
