"""What is announced after each trial of searches that were recorded, and what was true then."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from keras_search.tuner.console import time_left
from keras_search.tuner.console.time_left import Timing, Timings, crowded, pace, seconds_left
from keras_search.tuner.session.projecting import TEST_SECONDS
from keras_search.tuner.study import messages
from keras_search.tuner.study.records import NOTHING, Kind, Run, Work

RECORDED: dict[str, Any] = json.loads(Path(__file__).with_name("recorded_searches.json").read_text(encoding="utf-8"))
"""Digits on two cores that other processes used too, with two workers, from `--progress jsonl`.

The stages have when they began and the planned runs and epochs, the runs: name, worker, when it began, its budget,
the epochs before, when its first and its last epoch ended, the seconds of the first and of the mean epoch, when it
ended, and its score.
"""
ENGINES = {"hyperband": "kernels", "random": "kernels", "own": "compiled"}
FIRST = Timing(5, 0.0, first=True, engine="kernels")


def announced(name: str) -> Iterator[tuple[str, float, float]]:
    """Yield what would be announced whenever a run has ended, its stage first, and the true seconds left."""
    stages, runs = RECORDED[name]["stages"], RECORDED[name]["runs"]
    comparison, report = Work(*stages["retraining"][1:]), stages["end"][0] - stages["report"][0]
    for stage, after, until in (("search", comparison, "retraining"), ("retraining", NOTHING, "test")):
        began, ended = stages[stage][0], stages[until][0]
        of_stage = [run for run in runs if began <= run[2] < ended]
        for now in sorted(run[9] for run in of_stage):
            timings, best = played(of_stage, now, ENGINES[name], warm=stage != "search")
            done = [run for run in of_stage if run[9] <= now]
            epochs = sum(len(each.epochs) for each in timings.values())
            left = Work(stages[stage][1] - len(done), max(0, stages[stage][2] - epochs))
            promotes = name == "hyperband" and stage == "search"
            found = seconds_left(list(timings.values()), left, after, 2, timings[best], promotes)
            if found is not None:
                yield stage, found + comparison.runs * TEST_SECONDS / 2 + report, stages["end"][0] - now


def played(runs: list[list[Any]], now: float, engine: str, warm: bool) -> tuple[dict[str, Timing], str]:
    """Return the timings of the runs at a moment, and the best that has ended."""
    timings: dict[str, Timing] = {}
    seen: set[int] = set()
    for name, worker, began, budget, before, first, last, first_seconds, seconds, ended, score in runs:
        if began > now:
            continue
        timing = Timing(budget - before, began, worker not in seen and not warm, engine=engine)
        seen.add(worker)
        step = (last - first) / max(1, budget - before - 1)
        for epoch in range(budget - before):
            if first + step * epoch <= now:
                timing = timing.after_epoch(seconds if epoch else first_seconds, engine, first + step * epoch)
        timings[name] = replace(timing, ended=ended, merit=score) if ended <= now else timing
    return timings, max(timings, key=lambda name: timings[name].merit)


@pytest.mark.parametrize("name", RECORDED)
def test_what_is_left_is_within_a_factor_of_one_and_a_half_once_a_trial_has_ended(name: str) -> None:
    found = list(announced(name))
    assert found[0][0] == "search"
    assert len(found) >= len(RECORDED[name]["runs"]) - 2
    assert [(stage, said, true) for stage, said, true in found if not true / 1.5 <= said <= true * 1.5] == []


def test_the_compilation_in_a_worker_s_first_run_is_not_expected_of_the_others() -> None:
    cold = FIRST.after_epoch(14.0, "kernels", 16.0)
    assert pace([replace(cold, ended=16.1)]) is None
    longer = replace(cold.after_epoch(0.5, "kernels", 16.5).after_epoch(0.5, "kernels", 17.0), ended=17.1)
    found = pace([longer])
    assert found is not None
    assert (found.fixed, found.per_epoch) == (0.0, pytest.approx(0.5))


def test_nothing_is_announced_before_a_run_has_ended() -> None:
    assert seconds_left([], Work(3, 3), NOTHING, 2) is None
    assert seconds_left([FIRST.after_epoch(1.0, "compiled", 1.0)], Work(3, 3), NOTHING, 2) is None


def test_without_news_it_counts_down(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    timings = Timings()
    timings.begin(0, Run("0001", Kind.TRIAL, "m", "trial", {}, 0, 2))
    for epoch in (1, 2):
        now += 10
        timings.add_epoch(messages.EpochEnded("0001", epoch, {}, 10.0, engine="compiled"))
    timings.score("0001", 0.5)
    timings.end("0001")
    assert timings.left(Work(2, 4), NOTHING, 1, "0001", 1e9) == 40
    now += 15
    assert timings.left(Work(2, 4), NOTHING, 1, "0001", 1e9) == 25
    now += 15
    assert timings.left(Work(2, 4), NOTHING, 1, "0001", 1e9) == 20


@pytest.mark.parametrize(("others", "cores", "factor"), [(-2.0, 2, 1.0), (0.5, 2, 1.0), (3.0, 2, 2.0), (7.0, 8, 1.0)])
def test_a_busy_machine_takes_longer(others: float, cores: int, factor: float) -> None:
    assert crowded(others, cores) == factor


def test_a_load_that_has_ended_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The load of the last minute falls slowly."""
    monkeypatch.setattr("os.getloadavg", lambda: (76.0, 62.0, 28.0), raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    now = tmp_path / "loadavg"
    now.write_text("76.00 62.00 28.00 5/345 10480\n")
    monkeypatch.setattr(time_left, "LOAD", now)
    assert time_left.crowding(2) == 2.0
    monkeypatch.setattr(time_left, "LOAD", tmp_path / "none")
    assert time_left.crowding(2) == 37.5
