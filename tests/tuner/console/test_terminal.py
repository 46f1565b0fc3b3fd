"""Tables of text that a user has chosen."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_search.tuner.console.terminal import add_row, as_text, cell, console, table
from keras_search.tuner.system.text import visible

MARKUP = ("[/64]", "[tanh]", "[red]x[/red]", "[", "\\[a]", "[@click=f]x[/]", ":tada:", "[link=http://x]y[/link]")


@pytest.mark.parametrize("name", MARKUP)
def test_markup_in_headings_and_cells_is_text(name: str) -> None:
    made = table(name, "value")
    add_row(made, name, 64)
    lines = as_text(made).splitlines()
    assert lines[0].split() == [*name.split(), "value"]
    assert lines[1].split() == [*name.split(), "64"]


@pytest.mark.parametrize("name", MARKUP)
def test_markup_printed_on_its_own_is_text(name: str) -> None:
    plain = console(io.StringIO(), width=80)
    plain.print(name)
    plain.print(cell(name))
    assert isinstance(plain.file, io.StringIO)
    assert plain.file.getvalue() == f"{name}\n{name}\n"


def test_a_name_with_an_escape_or_a_second_line_stays_in_its_row() -> None:
    made = table("setting", "value")
    add_row(made, "a\nVerdict: tuned is better.", "\x1b[2J")
    assert as_text(made).splitlines()[1:] == ["a\\nVerdict: tuned is better.  \\x1b[2J"]


@given(st.lists(st.text(st.characters(exclude_categories=()), max_size=30), min_size=1, max_size=4))
def test_every_row_is_one_line_that_holds_its_texts(texts: list[str]) -> None:
    made = table(*["head"] * len(texts))
    add_row(made, *texts)
    lines = as_text(made).split("\n")
    assert all(visible(text, lines=False).strip() in lines[-1] for text in texts)
