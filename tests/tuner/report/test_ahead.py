"""Plots that are drawn while models are still retrained are those of the report, to the last byte."""

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import pytest

from keras_search.tuner.report import write
from keras_search.tuner.report.ahead import DrawingAhead
from keras_search.tuner.report.contents import ReportData
from keras_search.tuner.report.plots import PLOTS, Plot, catalogue
from keras_search.tuner.report.plots.drawing import Ahead, Half
from keras_search.tuner.report.plots.watched import read_again, same, watched, what_was_read
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.records import TUNED, Kind
from keras_search.tuner.study.store import Store
from keras_search.tuner.system.second_process import SecondProcess

OF_THE_SEARCH = {"search-cost", "learning-curves"}
OF_MODELS = {"training-tuned", "training-baseline"}


def _reported(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.usefixtures("coarse_plots")
def test_a_report_of_plots_drawn_ahead_is_the_report(
    make_study: Callable[..., StudyFolder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = [plot for plot in PLOTS if plot.name in OF_THE_SEARCH | OF_MODELS | {"timeline"}]
    monkeypatch.setattr(sys.modules[catalogue.__module__], "PLOTS", some)
    study = StudyFolder(tmp_path / "studies" / make_study(trials=14).name)
    shutil.copytree(make_study(trials=14).root, study.root)
    with Store.read(study.root) as store:
        data = write.gather(store, study.name)
    retrained: set[str] = set()
    with DrawingAhead(study, lambda: retrained, data.baselines[:1]) as ahead:
        ahead.start()
        retrained.add(TUNED)
        retrained.add(data.baselines[0])
        ahead._thread.join()
    halves = dict(ahead.stop().halves)
    assert halves.keys() == {(name, narrow) for name in OF_THE_SEARCH | OF_MODELS for narrow in (False, True)}
    not_shown = {place for place, half in halves.items() if not half.shows(data)}
    assert not_shown == set()
    alone = _reported(write.write(study, tmp_path / "alone"))
    del halves["search-cost", True], halves["learning-curves", False]
    assert _reported(write.write(study, tmp_path / "ahead", ahead=lambda: Ahead(halves))) == alone

    with Store.open(study.root) as store, store.transaction():
        trial = max(store.of_kind(Kind.TRIAL).values(), key=lambda run: run.score or 0.0)
        store.put_run(replace(trial, score=0.99))
        epoch = next(each for each in store.epochs() if each.run == trial.name)
        store.put_epoch(replace(epoch, metrics={name: value / 2 for name, value in epoch.metrics.items()}))
        data = write.gather(store, study.name)
    assert not any(half.shows(data) for (name, _), half in halves.items() if name in OF_THE_SEARCH)
    changed = _reported(write.write(study, tmp_path / "later"))
    assert changed["search-cost.png"] != alone["search-cost.png"]
    assert _reported(write.write(study, tmp_path / "stale", ahead=lambda: Ahead(halves))) == changed


def test_what_draws_does_not_import_statistics() -> None:
    """Half a second at the start of every search, for a comparison at its end."""
    check = (
        "import sys, keras_search.tuner.report.ahead; sys.exit(bool({'scipy.special', 'scipy.stats'} & {*sys.modules}))"
    )
    assert subprocess.run([sys.executable, "-c", check]).returncode == 0


@pytest.mark.usefixtures("coarse_plots")
def test_what_a_fork_still_draws_is_handed_to_the_report(
    make_study: Callable[..., StudyFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    some = [plot for plot in PLOTS if plot.name in OF_THE_SEARCH]
    monkeypatch.setattr(sys.modules[catalogue.__module__], "PLOTS", some)
    begun, study = threading.Event(), make_study(trials=14)

    class Begun(SecondProcess[Half]):
        def __enter__(self) -> Self:
            begun.set()
            return super().__enter__()

    monkeypatch.setattr("keras_search.tuner.report.ahead.SecondProcess", Begun)
    monkeypatch.setattr("keras_search.tuner.report.ahead._drawn", lambda *_: time.sleep(0.1) or Half(None))
    monkeypatch.setattr("keras_search.tuner.system.second_process._may_fork", lambda: True)  # TensorFlow's locks or not
    with DrawingAhead(study) as ahead:
        ahead.start()
        assert begun.wait(60)
        drawn = ahead.stop()
        assert {name for name, _ in drawn.halves.keys() | drawn.begun} == OF_THE_SEARCH
        assert drawn.rest().keys() == drawn.begun


@pytest.mark.usefixtures("coarse_plots")
def test_what_was_begun_and_no_longer_shows_the_data_is_drawn_anew(
    make_study: Callable[..., StudyFolder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = [plot for plot in PLOTS if plot.name in OF_THE_SEARCH | {"timeline"}]
    monkeypatch.setattr(sys.modules[catalogue.__module__], "PLOTS", some)
    study = make_study(trials=14)
    alone = _reported(write.write(study, tmp_path / "alone"))
    stale = {
        (name, narrow): Half(None, source={"best_trial": "another"}) for name in OF_THE_SEARCH for narrow in (0, 1)
    }
    for rest in (dict, lambda: stale):
        begun = Ahead({}, frozenset(stale), rest)
        assert _reported(write.write(study, tmp_path / "ahead", ahead=lambda begun=begun: begun)) == alone


def test_nothing_more_is_drawn_for_a_session_that_has_failed(
    make_study: Callable[..., StudyFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, places = threading.Event(), []

    def drawn(plot: Plot, *_: object) -> None:
        places.append(plot.name)
        begun.set()
        assert ahead._needed.wait(60)

    monkeypatch.setattr("keras_search.tuner.report.ahead._drawn", drawn)
    monkeypatch.setattr("keras_search.tuner.system.second_process._may_fork", lambda: False)
    ahead = DrawingAhead(make_study(trials=14))
    with suppress(KeyboardInterrupt), ahead:
        ahead.start()
        assert begun.wait(60)
        raise KeyboardInterrupt
    assert len(places) == 1


def test_a_training_curve_is_drawn_anew_if_its_model_was(make_report_data: Callable[..., ReportData]) -> None:
    data = make_report_data(trials=14)
    seen = watched(data)
    seen.of_retrained(TUNED)
    seen.of_trials("history")
    source = what_was_read(seen)
    assert source.keys() == {("of_retrained", TUNED), ("of_trials", "history")}

    def unchanged(kind: str, name: str) -> list[bool]:
        rows = (data.history["kind"] == kind) & (data.history["name"] == name)
        assert rows.any()
        later = replace(data, history=data.history.assign(loss=data.history["loss"].where(~rows, 9.0)))
        return [same(value, read_again(later, key)) for key, value in source.items()]

    assert unchanged("retrain", TUNED) == [False, True]
    assert unchanged("retrain", data.baselines[0]) == [True, True]
    assert unchanged("trial", str(data.trials["trial"].iloc[0])) == [True, False]


def test_further_baselines_are_left_to_the_report_which_orders_them(tmp_path: Path) -> None:
    assert DrawingAhead(StudyFolder(tmp_path), set, ["one", "two"])._baselines == []


def test_a_thread_that_never_began_has_drawn_nothing(tmp_path: Path) -> None:
    with DrawingAhead(StudyFolder(tmp_path)) as ahead:
        pass
    assert ahead.stop().halves == {}


def test_what_cannot_be_read_is_left_to_the_report(tmp_path: Path) -> None:
    with DrawingAhead(StudyFolder(tmp_path / "none")) as ahead:
        ahead.start()
        assert ahead.stop().halves == {}


def test_what_a_property_reads_is_known_too(make_report_data: Callable[..., ReportData]) -> None:
    data = watched(make_report_data(trials=14))
    assert data.winner
    assert what_was_read(data).keys() == {"best_trial"} or "trials" in what_was_read(data)
    assert data.direction == "max"
    assert what_was_read(data).keys() == {"settings"}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (pd.DataFrame({"a": [1.0, np.nan]}), pd.DataFrame({"a": [1.0, np.nan]}), True),
        (pd.DataFrame({"a": [1.0]}), pd.DataFrame({"b": [1.0]}), False),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1.0]}), False),
        (np.array([np.nan]), np.array([np.nan]), True),
        (np.array(["x"]), np.array(["x"]), True),
        ({("a", 0): np.zeros(2)}, {("a", 0): np.zeros(2)}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        (1, 1.0, False),
        ("max", "max", True),
    ],
)
def test_fields_are_compared_by_all_that_they_hold(one: Any, other: Any, expected: bool) -> None:
    assert same(one, other) is expected
