from collections.abc import Callable

import pandas as pd
import pytest

from keras_search.tuner.report.contents import ReportData
from keras_search.tuner.report.plots import schedule, style

Make = Callable[..., ReportData]


def _runs(*spans: tuple[float, float]) -> pd.DataFrame:
    starts, seconds = zip(*spans, strict=True)
    return pd.DataFrame({"kind": "trial", "name": "0000", "worker": 0, "started": starts, "seconds": seconds})


def test_a_night_between_two_sessions_is_cut_out_of_the_timeline() -> None:
    moved, pauses = schedule.without_pauses(_runs((0, 100), (90, 60), (40_000, 50), (40_050, 30)))
    assert moved["started"].tolist() == pytest.approx([0, 90, 150, 200])
    assert pauses == pytest.approx([150])


def test_short_waits_are_not_pauses() -> None:
    runs = _runs((1.0, 100), (103, 60), (170, 20))
    moved, pauses = schedule.without_pauses(runs)
    assert moved["started"].tolist() == runs["started"].tolist()
    assert pauses == []


def test_brackets_have_a_panel_each_until_they_are_many(make_report_data: Make) -> None:
    few = schedule.bracket_groups(make_report_data(trials=40, tuner="hyperband").brackets)
    assert [title for title, _ in few][:3] == [f"iteration 1, bracket {b}" for b in (2, 1, 0)]
    many = schedule.bracket_groups(make_report_data(trials=300, tuner="hyperband", models=7, images=2000).brackets)
    assert [title for title, _ in many] == ["bracket 2, 11 iterations", "bracket 1, 10 iterations",
                                            "bracket 0, 10 iterations"]  # fmt: skip
    assert sum(len(group) for _, group in many) == 300


def test_a_slot_keeps_its_side_and_its_path_joins_its_rungs() -> None:
    bracket = pd.DataFrame({"slot": ["0", "1", "1"], "rung": [0, 0, 1], "score": [0.5, 0.6, 0.7]})
    places = schedule.rung_places(bracket)
    assert places[2] - places[1] == pytest.approx(1)
    (path,) = schedule.rung_paths(bracket.assign(place=places))
    assert path[:, 1].tolist() == [0.6, 0.7]


def test_hyperband_fills_the_promoted(make_report_data: Make) -> None:
    data = make_report_data(trials=40, tuner="hyperband")
    figure = schedule.hyperband(data.brackets, data.objective, data.direction, data.winner)
    style.png(figure)
    assert {"promoted", "not promoted", "best trial"} <= {text.get_text() for text in figure.legends[0].get_texts()}


@pytest.mark.parametrize(
    ("kind", "name", "colour"),
    [
        ("trial", "0001", style.FAINT),
        ("trial", "0007", style.INK),
        ("retrain", "tuned", style.TUNED),
        ("test", "tuned", style.TUNED),
        ("retrain", "mlp-128-64", style.BASELINE),
    ],
)
def test_run_colour_tells_what_ran(kind: str, name: str, colour: str) -> None:
    assert schedule.run_colour(kind, name, winner="0007") == colour
