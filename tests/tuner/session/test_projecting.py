"""What was measured of a few runs says what many take."""

from dataclasses import replace

import pytest

from keras_search.tuner.session.projecting import (
    Cost,
    Disk,
    Measurement,
    Seconds,
    comparison_seconds,
    cost_of,
    database_bytes,
    search_seconds,
    shared,
    with_drawing,
)
from keras_search.tuner.study.records import Work


def _run(fixed: float, per_epoch: float, epochs: int, began: float = 100.0, error: str = "") -> Measurement:
    ends = tuple(began + fixed + per_epoch * (place + 1) for place in range(epochs))
    return Measurement("0001", "trial", {}, began, ends, ends[-1] if ends else began + fixed, error=error)


@pytest.mark.parametrize("epochs", [2, 4, 9])
def test_the_first_epoch_s_compilation_counts_once(epochs: int) -> None:
    run = _run(3.0, 0.5, epochs)
    assert (run.per_epoch, run.fixed) == (pytest.approx(0.5), pytest.approx(3.0))


def test_a_run_that_was_left_after_one_epoch_counts_as_that() -> None:
    run = _run(3.0, 0.5, 1)
    assert (run.per_epoch, run.fixed) == (3.5, 0.0)


def test_trials_are_averaged_and_the_first_of_a_worker_does_not_decide_the_fixed_part() -> None:
    cost = cost_of([_run(30.0, 0.2, 4), _run(1.0, 0.4, 4), _run(1.0, 0.6, 4)])
    assert (cost.fixed, cost.per_epoch) == (pytest.approx(1.0), pytest.approx(0.4))
    assert 0 < cost.spread < 1


def test_trials_that_fail_at_once_make_a_search_shorter() -> None:
    assert cost_of([_run(1.0, 0.4, 4), _run(1.0, 0.0, 0, error="too large")]).per_epoch == pytest.approx(0.2)
    assert cost_of([_run(1.0, 0.0, 0, error="too large")]) == Cost(1.0, 0.0)
    assert cost_of([]) == Cost(0.0, 0.0)


@pytest.mark.parametrize(
    ("seconds", "longest", "workers", "expected"),
    [(0.0, 5.0, 2, 0.0), (100.0, 10.0, 1, 100.0), (100.0, 10.0, 2, 52.5), (10.0, 10.0, 4, 10.0), (4.0, 9.0, 8, 4.0)],
)
def test_workers_share_whole_runs(seconds: float, longest: float, workers: int, expected: float) -> None:
    assert shared(seconds, longest, workers) == pytest.approx(expected)


def test_a_search_ends_with_its_own_limit() -> None:
    cost = Cost(1.0, 0.5)
    assert search_seconds(cost, Work(10, 100), 10, 1, None) == pytest.approx(60.0)
    assert search_seconds(cost, Work(10, 100), 10, 1, 30.0) == 30.0
    assert comparison_seconds([], 5, 2) == 0.0


def test_the_totals_are_the_sums() -> None:
    seconds = Seconds(1.0, 2.0, 3.0, 4.0, 5.0, spread=0.25).as_dict()
    assert (seconds["total"], seconds["low"], seconds["high"]) == (15.0, 12.0, 18.75)
    assert Disk(1, 2, 3, 4, 5).as_dict()["total"] == 15
    assert database_bytes(Work(0, 0), Work(2, 0), 1000) == 6000


@pytest.mark.parametrize(
    ("comparison", "drawing", "workers", "cores", "expected"),
    [
        (10.0, 4.0, 2, 2, (12.0, 0.0)),  # two cores share 20 + 4 seconds
        (2.0, 4.0, 2, 2, (3.0, 1.0)),  # 2 of 4 seconds are drawn in 3; two processes draw the rest
        (10.0, 4.0, 1, 2, (10.0, 0.0)),  # a core is free
        (1.0, 4.0, 1, 2, (1.0, 1.5)),
        (0.0, 4.0, 2, 2, (0.0, 2.0)),  # there is no comparison
        (10.0, 4.0, 1, 1, (14.0, 0.0)),
        (1.0, 4.0, 1, 1, (2.0, 3.0)),
    ],
)
def test_drawing_slows_the_comparison_down_and_what_is_left_is_drawn_after_it(
    comparison: float, drawing: float, workers: int, cores: int, expected: tuple[float, float]
) -> None:
    assert with_drawing(comparison, drawing, workers, cores) == pytest.approx(expected)


def test_the_first_run_of_a_worker_which_compiles_the_kernels_does_not_decide_the_fixed_part() -> None:
    cold = [replace(_run(21.0, 1.0, 3), first=True) for _ in range(3)]
    assert cost_of([*cold, _run(0.5, 1.0, 3)]) == Cost(0.5, 1.0)
    assert cost_of(cold) == Cost(21.0, 1.0)
