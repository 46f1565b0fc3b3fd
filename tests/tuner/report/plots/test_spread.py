from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from keras_search.tuner.report.contents import ReportData, completed, varying
from keras_search.tuner.report.plots import spread, style

Make = Callable[..., ReportData]


def test_parallel_lines_put_what_was_inactive_below_the_axes(make_report_data: Make) -> None:
    trials = make_report_data(trials=40).trials
    done, names = completed(trials), varying(trials)
    lines = spread.parallel_lines(trials, names)
    assert lines.shape == (len(done), len(names))
    inactive = done[names].isna().to_numpy()
    assert (lines[inactive] == spread.INACTIVE).all()
    assert ((lines[~inactive] >= 0) & (lines[~inactive] <= 1)).all()


def test_smooth_scores_of_equal_scores_is_flat_and_blank_far_from_all_trials() -> None:
    _, surface = spread.smooth_scores(np.array([0.1, 0.2]), np.array([0.1, 0.2]), np.array([0.9, 0.9]))
    assert surface[np.isfinite(surface)] == pytest.approx(0.9)
    assert np.isnan(surface[-1, -1])
    assert np.isfinite(surface[8, 8])


def test_smooth_scores_agrees_with_the_weighted_mean() -> None:
    x, y, scores = np.array([0.2, 0.6, 0.9]), np.array([0.3, 0.5, 0.1]), np.array([0.5, 0.8, 0.6])
    grid, surface = spread.smooth_scores(x, y, scores, steps=11)
    weights = np.exp(-0.5 * ((grid[4] - x) ** 2 + (grid[3] - y) ** 2) / spread.BANDWIDTH**2)
    assert surface[3, 4] == pytest.approx(np.average(scores, weights=weights))


def test_best_pairs_prefer_what_is_important(make_report_data: Make) -> None:
    data = make_report_data(trials=40)
    weights = pd.DataFrame({"hyperparameter": ["learning_rate", "dropout_1"], "importance": [0.6, 0.3]})
    assert spread.best_pairs(data.trials, weights)[0] == ("learning_rate", "dropout_1")
    assert len(spread.best_pairs(data.trials, pd.DataFrame())) == spread.MAX_PAIRS


def test_the_most_important_axis_is_the_first_and_both_ends_of_each_are_labelled(make_report_data: Make) -> None:
    data = make_report_data(trials=40)
    args = (data.trials, data.importance, data.objective, data.direction, data.winner)
    figure = spread.parallel_coordinates(*args)
    first = str(data.importance.sort_values("importance", ascending=False)["hyperparameter"].iloc[0])
    assert figure.axes[0].get_xticklabels()[0].get_text() == first
    rates = data.trials["learning_rate"][completed(data.trials).index]
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert {f"{rates.min():.3g}", f"{rates.max():.3g}"} <= set(texts)
    with style.phone():
        upright = spread.parallel_coordinates(*args)
    assert upright.axes[0].get_yticklabels()[0].get_text() == first


def test_colours_span_the_scores_and_no_more() -> None:
    scores = np.array([0.5, 0.97, 0.98, 0.99, 0.985, 0.975])
    assert spread.colour_limits(scores, "max") == (0.97, 0.99)
    low, high = spread.colour_limits(np.array([0.9, 0.9]), "max")
    assert low < 0.9 < high


def test_best_pairs_need_enough_trials(make_report_data: Make) -> None:
    assert spread.best_pairs(make_report_data(trials=3).trials, pd.DataFrame()) == []


def test_the_labels_of_an_axis_do_not_touch_on_a_phone(make_report_data: Make) -> None:
    data = make_report_data(trials=40)
    with style.phone():
        figure = spread.parallel_coordinates(data.trials, data.importance, data.objective, data.direction, data.winner)
    figure.draw_without_rendering()
    rows: dict[float, list[tuple[float, float]]] = {}
    for text in figure.axes[0].texts:
        box = text.get_window_extent()
        if text.get_text() != "inactive":
            rows.setdefault(round(text.get_position()[1], 3), []).append((box.x0, box.x1))
    assert len(rows) > 5
    for spans in rows.values():
        ordered = sorted(spans)
        assert all(end <= begin for (_, end), (begin, _) in pairwise(ordered))
