"""Plots inside the page: SVG in the colours of the page, whose marks know their trials."""

import re
from collections.abc import Callable
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from keras_search.tuner.report.contents import ReportData
from keras_search.tuner.report.plots import catalogue, history, predictions, style
from keras_search.tuner.report.plots.vector import CROWDED, night, theme_colours, vector

Make = Callable[..., ReportData]
NAMES = ("a", "b", "c")


def _dots(names: tuple[str, ...] = NAMES, text: str = "") -> Figure:
    figure, axes = _panel()
    dots = axes.scatter([1, 2, 3], [1, 2, np.nan], color=style.TUNED)
    axes.set_title(text)
    style.name_marks(dots, names)
    return figure


@style.drawing()
def _panel_figure() -> Figure:
    figure, _ = style.panels(4, 3)
    return figure


def _panel() -> tuple[Figure, Axes]:
    figure = _panel_figure()
    return figure, figure.axes[0]


def _rows(drawing: str) -> list[str]:
    return re.findall(r'data-t="(\d+)"', drawing)


def test_each_mark_carries_the_row_of_its_trial() -> None:
    figure, axes = _panel()
    style.name_marks(axes.scatter([1, 2, 3], [1, 2, 3]), NAMES)
    assert _rows(vector(figure, "x", {"a": 7, "c": 9})) == ["7", "9"]


def test_all_marks_of_one_trial_carry_its_row() -> None:
    figure, axes = _panel()
    (line,) = axes.plot([1, 2, 3], [1, 2, 3], marker="o")
    style.name_marks(line, ["b"])
    assert _rows(vector(figure, "x", {"b": 4})) == ["4"] * 4


def test_marks_that_are_not_as_many_as_expected_carry_none() -> None:
    """A dot without a place is not drawn, so the others cannot be told apart."""
    assert _rows(vector(_dots(), "x", {"a": 1, "b": 2, "c": 3})) == []


def test_very_many_marks_become_one_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keras_search.tuner.report.plots.vector.CROWD", 2)
    drawing = vector(_dots(), "x", {})
    assert drawing.count("<image") == 1
    assert CROWDED in drawing
    assert "data-t" not in drawing


def test_a_drawing_has_no_colour_of_its_own_no_size_and_no_script() -> None:
    drawing = vector(_dots(text="a <script>alert(1)</script>   b"), "x", {})
    root = ElementTree.fromstring(drawing)
    assert root.get("viewBox") == "0 0 288 216"
    assert {"width", "height"}.isdisjoint(root.keys())
    assert not re.search(r"#[0-9a-f]{6}\b(?!\))", drawing.replace("#m", "").replace("#p", ""))
    assert "var(--tuned)" in drawing
    assert "<script" not in drawing
    assert "a &lt;script&gt;" in drawing


def test_a_drawing_is_the_same_each_time_and_its_parts_are_named_apart() -> None:
    one, again, other = (vector(_dots(), salt, {}) for salt in ("x", "x", "y"))
    assert one == again
    ids = [set(re.findall(r' id="([^"]+)"', drawing)) for drawing in (one, other)]
    assert ids[0]
    assert ids[0].isdisjoint(ids[1])


@pytest.mark.parametrize(("day", "after_dark"), [("#ffffff", "#1c1c1c"), ("#000000", "#f7f7f7")])
def test_light_becomes_dark_at_night(day: str, after_dark: str) -> None:
    assert night(day) == after_dark


def test_colours_beyond_the_palette_are_listed_by_day_and_by_night() -> None:
    assert theme_colours(["fill:var(--cffffff);stroke:var(--ink)"]) == {"--cffffff": ("#ffffff", "#1c1c1c")}


def test_every_trial_of_the_history_can_be_marked(make_report_data: Make) -> None:
    data = make_report_data(trials=40, tuner="hyperband")
    places = {str(name): row for row, name in enumerate(data.trials["trial"])}
    points = history.search_points(data.trials, data.brackets)
    for plot in catalogue(data):
        if plot.name == "search-history":
            figure = plot.draw(data)
            low, high = figure.axes[0].get_ylim()
            shown = points[points["last"] & points["score"].between(low, high)]["trial"]
            drawing = vector(figure, plot.name, places)
            assert {int(row) for row in _rows(drawing)} == {places[name] for name in shown}
            assert _rows(drawing).count(str(places[data.winner])) == 2, "its dot and its star"


@pytest.mark.parametrize(("shape", "photos"), [((8, 8), 0), ((8, 8, 1), 0), ((8, 8, 3), 5)])
def test_only_pictures_in_colour_stay_as_they_are_at_night(
    make_report_data: Make, shape: tuple[int, ...], photos: int
) -> None:
    data = make_report_data(trials=3)
    images = {index: np.full(shape, 7, np.uint8) for index in data.images}
    figure = predictions.sample_predictions(data.predictions, images, data.class_names)
    drawing = vector(figure, "x", {})
    assert drawing.count("<image") == 5
    assert drawing.count('class="photo"') == photos


def test_a_phone_has_fewer_panels_side_by_side_and_labels_on_several_lines() -> None:
    with style.phone():
        figure, axes = style.panels(11, 4, 1, 2)
        assert figure.get_size_inches().tolist() == [style.PHONE, 2 * style.PHONE_ROW]
        assert [panel.get_subplotspec().get_gridspec().ncols for panel in axes] == [1, 1]  # type: ignore[union-attr]
    figure, axes = style.panels(11, 4, 1, 2)
    assert figure.get_size_inches().tolist() == [11, 4]
