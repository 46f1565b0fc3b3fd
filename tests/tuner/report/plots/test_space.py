import itertools
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from keras_search.tuner.report.contents import ReportData
from keras_search.tuner.report.plots import space

Make = Callable[..., ReportData]


@pytest.fixture
def nine() -> pd.DataFrame:
    """Give the nine trials of a grid of learning rate and batch size."""
    rows = list(itertools.product([0.0001, 0.001, 0.01], [32, 64, 128]))
    table = pd.DataFrame(rows, columns=["learning_rate", "batch_size"])
    frame = pd.DataFrame({"trial": [f"{i:04d}" for i in range(9)], "state": "completed"})
    frame["score"] = 0.9 + np.arange(9) / 100
    return pd.concat([frame.assign(epochs=5, best_epoch=5, parent="", error=""), table], axis=1)


def test_grid_of_holds_the_nine_scores(nine: pd.DataFrame) -> None:
    grid = space.grid_of(nine)
    assert grid.shape == (3, 3)
    assert sorted(grid.to_numpy().ravel()) == pytest.approx(nine["score"].tolist())


def test_score_grid_writes_every_value_in_its_cell(nine: pd.DataFrame) -> None:
    figure = space.score_grid(nine, "val_accuracy", "max")
    axes = figure.axes[0]
    assert {text.get_text() for text in axes.texts} == {f"{90 + i}.00%" for i in range(9)}
    ticks = [label.get_text() for label in (*axes.get_xticklabels(), *axes.get_yticklabels())]
    assert set(ticks) == {"0.0001", "0.001", "0.01", "32", "64", "128"}


def test_score_grid_outlines_the_best_cell_of_a_loss(nine: pd.DataFrame) -> None:
    figure = space.score_grid(nine, "val_loss", "min")
    (frame,) = figure.axes[0].patches
    assert frame.get_edgecolor()[:3] == pytest.approx((0xD5 / 255, 0x5E / 255, 0))
    bold = [text.get_text() for text in figure.axes[0].texts if text.get_fontweight() == "bold"]
    assert bold == ["0.9000"]


def test_grid_of_is_empty_where_there_is_no_grid(make_report_data: Make, nine: pd.DataFrame) -> None:
    assert space.grid_of(make_report_data(trials=40).trials).empty
    assert space.grid_of(nine.assign(batch_size=32)).empty
    scattered = nine.assign(learning_rate=np.linspace(0.001, 0.1, 9), batch_size=np.arange(9))
    assert space.grid_of(scattered).empty


def test_hyperparameter_scores_has_a_panel_for_each_that_varied(nine: pd.DataFrame) -> None:
    frame = nine.assign(activation="relu")
    figure = space.hyperparameter_scores(frame, "val_accuracy", "max", "0008")
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["learning_rate", "batch_size"]
    assert figure.axes[0].get_xscale() == "log"


def test_what_was_cut_short_is_hollow_and_each_configuration_is_drawn_once(nine: pd.DataFrame) -> None:
    """The last trial continued the first: of the two only the last is drawn, with the full budget."""
    frame = nine.assign(epochs=[3] * 8 + [9], parent=[""] * 8 + ["0000"])
    frame.loc[8, ["learning_rate", "batch_size"]] = frame.loc[0, ["learning_rate", "batch_size"]].to_numpy()
    brackets = frame[["trial", "epochs"]]
    axes = space.hyperparameter_scores(frame, "val_accuracy", "max", "0008", brackets).axes[0]
    shown = {dots.get_label(): len(dots.get_offsets()) for dots in axes.collections}
    assert shown == {"full budget": 1, "cut short": 7}
    plain = space.hyperparameter_scores(nine, "val_accuracy", "max", "0008").axes[0]
    assert [len(dots.get_offsets()) for dots in plain.collections] == [9]


def test_score_grid_says_the_epochs_of_each_cell_where_they_differ(nine: pd.DataFrame) -> None:
    figure = space.score_grid(nine.assign(epochs=[3] * 8 + [9]), "val_accuracy", "max")
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts[0] == "90.00%\n3 epochs"
    assert "98.00%\n9 epochs" in texts


def test_importance_puts_the_greatest_at_the_top() -> None:
    frame = pd.DataFrame({"hyperparameter": ["a", "b"], "importance": [0.2, 0.8], "low": [0.1, 0.5], "high": [0.3, 1]})
    axes = space.importance(frame).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]


@pytest.mark.parametrize(
    ("name", "room", "expected"),
    [
        ("adam", 8, "adam"),
        ("sgd_with_momentum", 8, "sgd_\nwith_\nmomentum"),
        ("before_activation", 13, "before_\nactivation"),
        ("batch-norm", 20, "batch-norm"),
        ("", 8, ""),
    ],
)
def test_wrap_breaks_a_name_at_its_joints(name: str, room: int, expected: str) -> None:
    assert space.wrap(name, room) == expected


def test_numeric_scales_leave_out_text_and_what_took_two_values(make_report_data: Make) -> None:
    scales = space.numeric_scales(make_report_data(trials=40).trials)
    layers = {f"{name}_{layer}" for name in ("units_of_layer", "dropout") for layer in range(1, 5)}
    assert set(scales) == {"layers", "learning_rate", "batch_size"} | layers
