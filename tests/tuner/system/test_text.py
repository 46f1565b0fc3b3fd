"""Text of unknown origin: what is shown of it, in any encoding."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_search.tuner.system.text import fit_for, visible

ANY = st.text(st.characters(exclude_categories=()))
ENCODINGS = ("ascii", "latin-1", "cp1252", "cp437", "utf-8")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("\x9b2J", r"\x9b2J"),
        ("a\rb\x08c\x00", r"a\rb\x08c\x00"),
        ("evil\u202egnp.exe", r"evil\u202egnp.exe"),
        ("caf\udce9.png", r"caf\xe9.png"),
        ("\ud83d", r"\ud83d"),
        ("one\u2028two", r"one\u2028two"),
        ("שלום 数字 \u200fنص 👩‍🔬 नमस्ते", "שלום 数字 \u200fنص 👩‍🔬 नमस्ते"),
        ("[/64] <b> `x` $\\alpha$ :tada:", "[/64] <b> `x` $\\alpha$ :tada:"),
    ],
)
def test_what_would_steer_a_terminal_is_an_escape_and_all_else_stays(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_text_keeps_its_lines_and_a_name_is_on_one() -> None:
    assert visible("a\n\tb") == "a\n\tb"
    assert visible("a\n\tb", lines=False) == r"a\n\tb"


@given(ANY)
def test_nothing_that_is_shown_steers_and_showing_it_again_changes_nothing(text: str) -> None:
    shown = visible(text, lines=False)
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert visible(shown, lines=False) == shown
    assert shown.encode("utf-8").decode("utf-8") == shown


@pytest.mark.parametrize(
    ("text", "ascii_", "latin"),
    [
        ("\N{MINUS SIGN}0.42 ± 0.10 points", "-0.42 +/- 0.10 points", "-0.42 ± 0.10 points"),
        ("Zürich, Łódź…", "Zurich, \\u0141odz...", "Zürich, \\u0141ódz..."),
        ("数字 → “ja”", '\\u6570\\u5b57 -> "ja"', '\\u6570\\u5b57 -> "ja"'),
    ],
)
def test_what_an_encoding_lacks_is_written_as_what_comes_nearest(text: str, ascii_: str, latin: str) -> None:
    assert fit_for(text, "ascii") == ascii_
    assert fit_for(text, "latin-1") == latin


@given(ANY, st.sampled_from(ENCODINGS))
def test_any_text_fits_any_encoding(text: str, encoding: str) -> None:
    fitting = fit_for(text, encoding)
    assert fitting.encode(encoding).decode(encoding) == fitting


@given(st.text(st.characters(max_codepoint=127)), st.sampled_from(ENCODINGS))
def test_what_an_encoding_has_stays(text: str, encoding: str) -> None:
    assert fit_for(text, encoding) == text
