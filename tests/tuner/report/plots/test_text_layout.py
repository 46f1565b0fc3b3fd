"""Texts that are measured once are where matplotlib puts them."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from keras_search.tuner.report.plots.text_layout import METHOD, measured_once

LOOKS = st.fixed_dictionaries(
    {
        "s": st.sampled_from(["", "0.25", "learning rate", "two\nlines", "a\n\nb", "$x$", "数"]),
        "rotation": st.sampled_from([0, 30, 90, -45]),
        "rotation_mode": st.sampled_from(["default", "anchor", "xtick", "ytick"]),
        "horizontalalignment": st.sampled_from(["left", "center", "right"]),
        "verticalalignment": st.sampled_from(["top", "center", "baseline", "bottom", "center_baseline"]),
        "multialignment": st.sampled_from([None, "left", "right"]),
        "linespacing": st.sampled_from([None, 0.8, 2.0]),
        "fontsize": st.sampled_from([7, 10, 12.5]),
        "fontweight": st.sampled_from(["normal", "bold"]),
        "wrap": st.booleans(),
        "parse_math": st.booleans(),
    }
)


def _extents(looks: list[dict[str, Any]], dpi: float) -> list[tuple[float, ...]]:
    figure = Figure(figsize=(4, 3), dpi=dpi)
    renderer = FigureCanvasAgg(figure).get_renderer()
    texts = [figure.text(0.1 + 0.2 * number, 0.5, **each) for number, each in enumerate([*looks, *looks])]
    before = [text.get_window_extent(renderer).bounds for text in texts]
    texts[0].set_text("changed")
    return [*before, texts[0].get_window_extent(renderer).bounds]


@given(st.lists(LOOKS, min_size=1, max_size=3), st.sampled_from([72, 144]))
@settings(max_examples=60)
@pytest.mark.filterwarnings("ignore:Glyph .* missing from font")
def test_texts_are_as_large_as_without(looks: list[dict[str, Any]], dpi: float) -> None:
    expected = _extents(looks, dpi), _extents(looks, 2 * dpi)
    with measured_once():
        assert (_extents(looks, dpi), _extents(looks, 2 * dpi)) == expected


def test_matplotlib_is_left_as_it_was_when_the_last_plot_is_drawn() -> None:
    original = getattr(Text, METHOD)
    first, second = measured_once(), measured_once()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert getattr(Text, METHOD) is not original
    second.__exit__(None, None, None)
    assert getattr(Text, METHOD) is original


def test_a_text_is_measured_once() -> None:
    measured: list[str] = []
    original = getattr(Text, METHOD)

    class Counted(Text):
        def get_rotation(self) -> float:
            measured.append(self.get_text())
            return super().get_rotation()

    figure = Figure()
    renderer = FigureCanvasAgg(figure).get_renderer()
    with measured_once():
        extents = {Counted(at, at, "a", figure=figure).get_window_extent(renderer).size.tobytes() for at in (0, 1, 2)}
    assert len(extents) == 1
    assert len(measured) == 4  # once by the original, and once for each look
    assert getattr(Text, METHOD) is original
