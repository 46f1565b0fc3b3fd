"""Every plot at every size: drawn, named, without overlap, the same bytes each time."""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import matplotlib
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from PIL import Image

from keras_search.tuner.report.plots import PLOTS, Drawn, Plot, ReportData, catalogue, draw_all, style

Make = Callable[..., ReportData]
DrawnReport = tuple[ReportData, list[Drawn], Path]

SIZES: dict[str, dict[str, Any]] = {
    "3 trials": {"trials": 3},
    "40 trials": {"trials": 40, "tuner": "hyperband"},
    "40 trials, a loss": {"trials": 40, "objective": "val_loss"},
    "300 trials, 7 models": {"trials": 300, "models": 7, "tuner": "hyperband", "images": 2000},
}
NAMED_BY_TITLES = ("hyperparameters", "parallel-coordinates", "samples", "mistakes")
NAMED_BY_ROWS = ("comparison", "importance", "timeline")
VALUES: dict[str, dict[str, Any]] = {
    "few values": {"examples": 100},
    "4 columns of many values, 7 models": {"width": 4, "examples": 5_000, "models": 7},
}
SLOW = {"300 trials, 7 models", "40 trials, a loss", "4 columns of many values, 7 models"}
HOSTILE = "<script>alert('|`$\\frac')</script>\n# 数字_and_a_name_that_does_not_end"


def with_the_slow(sizes: Iterable[str]) -> list[Any]:
    return [pytest.param(size, marks=[pytest.mark.slow] * (size in SLOW)) for size in sizes]


def laid_out(figure: Figure) -> Figure:
    """Put everything in its place, as a PNG would have it."""
    with matplotlib.rc_context(style.RC):
        figure.draw_without_rendering()
    return figure


def _boxes(texts: Iterator[Text], figure: Figure) -> list[tuple[str, Bbox]]:
    canvas: Any = FigureCanvasAgg(figure)
    renderer = canvas.get_renderer()
    return [(t.get_text(), _inked(t, t.get_window_extent(renderer))) for t in texts if t.get_text().strip()]


def _inked(text: Text, box: Bbox) -> Bbox:
    """Leave out the empty lines that a lowered label begins with."""
    lines = text.get_text().split("\n")
    empty = next(number for number, line in enumerate(lines) if line)
    return Bbox.from_extents(box.x0, box.y0, box.x1, box.y1 - box.height * empty / len(lines))


def _tick_labels(axes: Axes) -> Iterator[Text]:
    for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        low, high = sorted(limits)
        for tick in axis.get_major_ticks():
            if low <= tick.get_loc() <= high:
                yield from (label for label in (tick.label1, tick.label2) if label.get_visible())


def _overlaps(boxes: list[tuple[str, Bbox]]) -> list[tuple[str, str]]:
    """List the pairs of texts that cover each other by more than a pixel; tilted text is left out."""
    return [(one, two) for (one, a), (two, b) in combinations(boxes, 2) if a.padded(-1).overlaps(b.padded(-1))]


@pytest.mark.parametrize("size", with_the_slow(SIZES))
def test_every_plot_is_drawn_with_named_axes_and_without_overlap(make_report_data: Make, size: str) -> None:
    data = make_report_data(**SIZES[size])
    _check(data, catalogue(data))


@pytest.mark.slow
@pytest.mark.parametrize("size", ["40 trials", "300 trials, 7 models"])
def test_plots_for_a_phone_are_drawn_with_named_axes_and_without_overlap(make_report_data: Make, size: str) -> None:
    data = make_report_data(**SIZES[size])
    with style.phone():
        _check(data, catalogue(data))


@pytest.mark.parametrize("size", with_the_slow(VALUES))
def test_plots_of_values_are_drawn_with_named_axes_and_without_overlap(make_value_data: Make, size: str) -> None:
    data = make_value_data(**VALUES[size])
    names = ("comparison", "predicted-values", "residuals")
    plots = [plot for plot in catalogue(data) if plot.name in names]
    assert [plot.name for plot in plots] == list(names)
    _check(data, plots)


def _check(data: ReportData, plots: list[Plot]) -> None:
    """Check that axes have names, and that nothing written on or beside them overlaps."""
    for plot in plots:
        figure = laid_out(plot.draw(data))
        for axes in figure.axes:
            upright = (label for label in _tick_labels(axes) if label.get_rotation() == 0)
            assert _overlaps(_boxes(upright, figure)) == [], (plot.name, axes.get_title(loc="left"))
        assert plot.name in NAMED_BY_TITLES or any(axes.get_xlabel() for axes in figure.axes)
        assert plot.name in (*NAMED_BY_TITLES, *NAMED_BY_ROWS) or any(axes.get_ylabel() for axes in figure.axes)


def test_a_full_study_has_every_plot_but_the_grid_the_ablation_and_those_of_values(make_report_data: Make) -> None:
    names = {plot.name for plot in catalogue(make_report_data(trials=40, tuner="hyperband"))}
    assert {plot.name for plot in PLOTS} - names == {"score-grid", "ablation", "predicted-values", "residuals"}


def test_a_study_of_values_has_those_of_values_in_the_place_of_those_of_classes(make_value_data: Make) -> None:
    shown = [plot.name for plot in catalogue(make_value_data()) if plot.section == "mistakes"]
    assert shown == ["predicted-values", "residuals"]


def test_data_that_are_no_images_have_the_plots_without_images(make_report_data: Make) -> None:
    data = replace(make_report_data(trials=40), images={})
    shown = [plot.name for plot in catalogue(data) if plot.section == "mistakes"]
    assert shown == ["confusion-matrix", "reliability"]


def test_captions_tell_of_trials_that_were_cut_short_only_where_some_were(make_report_data: Make) -> None:
    for tuner, some in (("hyperband", True), ("random", False)):
        data = make_report_data(trials=40, tuner=tuner)
        told = [plot.note(data) for plot in PLOTS if plot.name in ("hyperparameters", "parallel-coordinates")]
        assert all(("cut short" in note) is some for note in told)
        assert "The best tenth is blue" in told[1]


def test_captions_say_when_there_are_too_few_trials(
    make_report_data: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = tuple(plot for plot in PLOTS if plot.name in ("expected-best", "importance"))
    monkeypatch.setattr(sys.modules[catalogue.__module__], "PLOTS", noted)
    few, many = (
        {plot.file: plot.caption for plot in draw_all(make_report_data(trials=trials), tmp_path)} for trials in (3, 40)
    )
    assert few["expected-best.png"].endswith("With only 3 trials this is little more than chance: only the grey "
                                             "band can be relied on.")  # fmt: skip
    assert "With only" not in many["expected-best.png"] + many["importance.png"]


def test_every_baseline_has_its_training_curves(make_report_data: Make) -> None:
    names = [plot.name for plot in catalogue(make_report_data(trials=3, models=4))]
    assert [name for name in names if name.startswith("training")] == [
        "training-tuned",
        "training-baseline",
        "training-baseline-2-mlp-bn-dropout",
        "training-baseline-3-dense-relu",
    ]


def test_a_search_without_comparison_has_the_plots_of_a_search(make_report_data: Make) -> None:
    full = make_report_data(trials=40)
    trials_only = full.history[full.history["kind"] == "trial"]
    data = ReportData(settings=full.settings, trials=full.trials, history=trials_only)
    assert {plot.section for plot in catalogue(data)} == {"search", "why"}


def test_nothing_is_drawn_of_a_study_that_has_not_begun(make_report_data: Make) -> None:
    full = make_report_data(trials=3)
    nothing = pd.DataFrame(columns=["kind", "name", "seed", "epoch"])
    assert catalogue(ReportData(settings=full.settings, trials=full.trials.iloc[:0], history=nothing)) == []


@pytest.mark.parametrize("count", [1, 2])
def test_one_or_two_trials_are_enough(make_report_data: Make, count: int) -> None:
    full = make_report_data(trials=3)
    trials, history, timings = full.trials.iloc[:count], full.history.iloc[: 10 * count], full.timings.iloc[:count]
    data = ReportData(settings=full.settings, trials=trials, history=history, timings=timings)
    drawn = {plot.name: laid_out(plot.draw(data)) for plot in catalogue(data)}
    assert {"search-history", "search-cost", "learning-curves", "timeline"} <= set(drawn)
    assert all(figure.axes for figure in drawn.values())


def test_names_of_any_kind_are_drawn(make_report_data: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(style, "DPI", 30)
    full = make_report_data(trials=40)
    trials = full.trials.rename(columns={"learning_rate": HOSTILE, "optimizer": "$x$"})
    trials = trials.assign(activation=[HOSTILE if i % 2 else "relu" for i in range(len(trials))])
    importance = full.importance.replace({"hyperparameter": {"learning_rate": HOSTILE}})
    names = {"comparison": ["model"], "retrains": ["model"], "predictions": ["model"], "history": ["name"]}
    renamed = {
        frame: getattr(full, frame).replace({column: {"mlp-128-64": HOSTILE} for column in columns})
        for frame, columns in names.items()
    }
    data = replace(full, trials=trials, importance=importance, class_names=(HOSTILE,) * 10, **renamed)
    drawn = draw_all(data, tmp_path)
    assert len(drawn) == len(catalogue(data)) > 12


def test_the_same_study_is_drawn_to_the_same_bytes(drawn_report: DrawnReport) -> None:
    data, drawn, folder = drawn_report
    assert sorted(path.name for path in folder.glob("*.png")) == sorted(plot.file for plot in drawn)
    for plot in catalogue(data)[::3]:
        assert style.png(plot.draw(data)) == (folder / plot.file).read_bytes(), plot.name


def test_drawn_pictures_have_the_size_they_are_listed_with(drawn_report: DrawnReport) -> None:
    _, drawn, folder = drawn_report
    for plot in drawn:
        with Image.open(folder / plot.file) as picture:
            assert picture.size == (int(plot.width * style.DPI), int(plot.height * style.DPI))


def test_captions_are_sentences_and_titles_differ(make_report_data: Make) -> None:
    plots = catalogue(make_report_data(trials=40, tuner="hyperband", models=7))
    assert all(plot.caption.endswith(".") and plot.title for plot in plots)
    assert len({plot.file for plot in plots}) == len({plot.title for plot in plots}) == len(plots)
