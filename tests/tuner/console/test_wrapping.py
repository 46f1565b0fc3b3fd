"""Sentences and tables in a terminal's width."""

import io
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from keras_search.tuner.console import streams
from keras_search.tuner.console.terminal import add_row, as_text, table
from keras_search.tuner.console.wrapping import tell, wrapped

TEXTS = st.text(st.sampled_from("abc 数字.,%-\n"), max_size=200)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@given(TEXTS, st.integers(20, 60))
def test_words_stay_whole_and_in_order(text: str, width: int) -> None:
    lines = wrapped(text, width).split("\n")
    assert all(cell_len(line) <= width or " " not in line.strip() for line in lines)
    if all(cell_len(word) <= width for word in text.split()):
        assert " ".join(lines).split() == text.split()
        assert all(cell_len(line) <= width for line in lines)


def test_a_line_that_fits_is_left_as_it_is() -> None:
    assert wrapped("  units_1   64  \n\n  end", 40) == "  units_1   64  \n\n  end"


@pytest.mark.parametrize("width", [20, 45, 79])
def test_a_command_stays_in_one_piece(width: int) -> None:
    command = "keras-search resume digits --studies-dir /a/long/way/to/studies"
    assert command in wrapped(f"Stopped; nothing is lost. Continue: {command}", width).split("\n")


def test_a_pipe_gets_whole_lines_and_a_terminal_wrapped_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    for stream, lines in ((io.StringIO(), 1), (Terminal(), 3)):
        monkeypatch.setattr(sys, "stdout", stream)
        tell("word " * 16)
        assert len(stream.getvalue().splitlines()) == lines


def test_a_table_leaves_out_columns_until_it_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    def made() -> str:
        rows = table("model", "parameters", "batch", "test")
        add_row(rows, "tuned (best)", "353,034", 64, "97.39%")
        rows.columns[3].no_wrap = True
        return as_text(rows, 140, leave_out=("batch", "parameters"))

    assert made().splitlines()[1] == "tuned (best)  353,034     64     97.39%"
    monkeypatch.setattr(sys, "stdout", Terminal())
    for columns, line in (("80", "tuned (best)  353,034     64     97.39%"), ("36", "tuned (best)  353,034     97.39%"),
                          ("30", "tuned (best)  97.39%")):  # fmt: skip
        monkeypatch.setenv("COLUMNS", columns)
        assert made().splitlines()[1] == line
    assert streams.terminal_width() == 30
