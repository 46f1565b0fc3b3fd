import io
from typing import Any

import matplotlib
import numpy as np
import pytest
from cycler import cycler
from matplotlib.figure import Figure
from PIL import Image

from keras_search.tuner.report.plots import style
from keras_search.tuner.report.plots.vector import vector


@style.drawing()
def _line() -> Figure:
    figure, (axes,) = style.panels(4, 3)
    axes.plot([1, 2, 3], [1, 4, 9], label="a $curve$ of \\frac")
    style.legend_above(figure, axes)
    return figure


def test_png_is_the_same_bytes_each_time_and_says_nothing_of_the_machine() -> None:
    first, second = style.png(_line()), style.png(_line())
    assert first == second
    picture = Image.open(io.BytesIO(first))
    assert picture.size == (4 * style.DPI, 3 * style.DPI)
    assert picture.info == {}


def test_drawing_leaves_the_settings_of_matplotlib_alone() -> None:
    before = dict(matplotlib.rcParams)
    style.png(_line())
    assert dict(matplotlib.rcParams) == before


def test_a_users_own_settings_of_matplotlib_change_no_plot() -> None:
    theirs: dict[Any, Any] = {
        "text.usetex": True,
        "lines.linewidth": 9,
        "axes.prop_cycle": cycler("color", ["k"]),
        "font.size": 30,
    }
    expected = style.png(_line()), vector(_line(), "line", {})
    with matplotlib.rc_context({**theirs, "axes.grid": True, "figure.subplot.left": 0.4, "timezone": "Asia/Tokyo"}):
        assert (style.png(_line()), vector(_line(), "line", {})) == expected


def test_a_figure_shows_itself_in_a_notebook() -> None:
    figure = _line()
    assert isinstance(figure, style.Picture)
    assert figure._repr_png_().startswith(b"\x89PNG")


def test_png_draws_letters_that_the_font_lacks() -> None:
    figure, (axes,) = style.panels(3, 2)
    axes.set_title("数字")
    assert style.png(figure)


@pytest.mark.parametrize(
    ("name", "limit", "expected"),
    [
        ("adam", 24, "adam"),
        ("a\n  b\tc", 24, "a b c"),
        ("units_of_the_third_layer", 12, "units_o…ayer"),
        ("x" * 50, 10, "xxxxxx…xxx"),
        ("a\x07b", 10, "a b"),
    ],
)
def test_short_puts_a_name_on_one_line_of_limited_length(name: str, limit: int, expected: str) -> None:
    assert style.short(name, limit) == expected
    assert len(style.short(name, limit)) <= limit


def test_metrics_are_named_with_their_unit() -> None:
    assert style.metric_label("val_accuracy") == "validation accuracy (%)"
    assert style.metric_label("val_loss") == "validation loss"
    assert style.metric_label("test_accuracy") == "test accuracy (%)"


@pytest.mark.parametrize("direction", ["max", "min"])
def test_focus_leaves_out_the_few_hopeless_values(direction: str) -> None:
    scores = np.array([0.97, 0.975, 0.98, 0.972, 0.978, 0.969, 0.981, 0.1])
    values = scores if direction == "max" else 1 - scores
    low, high = style.focus(values, direction)
    assert (style.outside(values, (low, high)) == (scores < 0.5)).all()


def test_focus_shows_everything_where_nothing_stands_apart() -> None:
    values = np.array([0.5, 0.6, 0.7])
    low, high = style.focus(values, "max")
    assert low < 0.5
    assert high > 0.7


@pytest.mark.parametrize("values", [[], [np.nan], [0.9], [0.9, 0.9], [0.0, 0.0]])
def test_focus_gives_proper_limits_for_next_to_nothing(values: list[float]) -> None:
    low, high = style.focus(np.array(values), "max")
    assert low < high


def test_jitter_is_even_and_without_chance() -> None:
    spread = style.jitter(100, 0.5)
    assert (spread == style.jitter(100, 0.5)).all()
    assert abs(spread).max() <= 0.25
    assert len(np.unique(spread)) == 100


@pytest.mark.parametrize(("seconds", "unit"), [(20.0, "seconds"), (900.0, "minutes"), (40_000.0, "hours")])
def test_a_time_axis_has_the_unit_that_suits_it(seconds: float, unit: str) -> None:
    assert style.clock_unit(seconds)[1] == unit


def test_numbers_on_an_axis_have_commas_between_thousands_and_counts_begin_where_they_should() -> None:
    figure, (axes,) = style.panels(6, 4)
    axes.set(xlim=(-0.4, 27.4), ylim=(-1500.0, 1_250_000.0))
    style.count_axis(axes.xaxis, first=1)
    style.metric_axis(axes.yaxis, "val_mean_absolute_error")
    figure.draw_without_rendering()
    across, along = ([label.get_text() for label in axis.get_ticklabels()] for axis in (axes.xaxis, axes.yaxis))
    assert {"250,000", "1,000,000", "0"} <= set(along)
    assert min(map(int, across)) >= 1
    axes.set_ylim(0.0, 0.01234)
    figure.draw_without_rendering()
    assert "0.0025" in [label.get_text() for label in axes.yaxis.get_ticklabels()]
    axes.set_ylim(-1e-8, 1.2e-7)
    figure.draw_without_rendering()
    assert {"0", "1e-07"} <= {label.get_text() for label in axes.yaxis.get_ticklabels()}
    assert axes.yaxis.get_offset_text().get_text() == ""
