"""The page of results."""

from collections.abc import Callable
from typing import Any

import pytest

from keras_search.benchmarks import page
from keras_search.benchmarks.cases import Sizes, compared

Record = dict[str, Any]


def record_of(key: str) -> list[Record]:
    """Give three repetitions: keras-search takes 10 s, the others 100 s, an epoch of anything 1 s."""
    if key.startswith("epoch/"):
        return [{"epoch_seconds": 1.0}] * 3
    if key.startswith("accuracy/"):
        centre = 0.982 if "/ours/" in key else 0.981
        return [{"trial": "i1-b2-r2-001", "accuracies": [centre, centre + 0.001, centre - 0.001], "seconds": 1.0}]
    seconds = 10.0 if key.startswith("ours/") else 100.0
    times = {"epochs": [["a", 1, 2.0], ["a", 2, seconds / 10]], "trials": [["a", 3.0], ["b", seconds]], "workers": 1}
    usage = {"seconds": seconds, "cpu_seconds": 2 * seconds, "peak_mb": 900.0, "worker_mb": 1200.0, "total_mb": 3000.0}
    return [{**usage, **times}] * 3


def nothing(_: str) -> list[Record]:
    return []


@pytest.mark.parametrize("lookup", [record_of, nothing])
def test_every_line_of_a_table_has_as_many_cells_as_its_header(lookup: Callable[[str], list[Record]]) -> None:
    width = 0
    for line in page.write(lookup, Sizes(), 2, {"Machine": "two cores"}).splitlines():
        cells = line.count("|")
        assert cells in (0, width) or width == 0
        width = cells


def test_summary_gives_the_ratio_to_each_side() -> None:
    rows = page.summary(record_of, compared(Sizes(), 2), Sizes())
    assert "| Hyperband, 9 epochs, batch 32: whole process v. KerasTuner | 10.00 s | 100.00 s | 10.00 |" in rows
    steady = "random, 8 trials of 5 epochs, batch 128: an epoch in steady state v. Optuna"
    assert f"| {steady} | 1.00 s | 10.00 s | 10.00 |" in rows
    memory = "random, 8 trials of 5 epochs, batch 32: peak memory of the largest process v. Optuna"
    assert f"| {memory} | 1,200 MiB | 1,200 MiB | 1.00 |" in rows
    accuracy = "Hyperband, 9 epochs, batch 32: test accuracy of the best v. KerasTuner"
    assert f"| {accuracy} | 98.20% | 98.10% | +0.10 points (-0.13 to +0.33) |" in rows


def test_summary_leaves_out_what_was_not_measured() -> None:
    assert len(page.summary(nothing, compared(Sizes(), 2), Sizes())) == 3


def test_accuracy_of_the_others_has_its_difference_to_ours() -> None:
    text = "\n".join(page.accuracies(record_of, compared(Sizes(), 2), Sizes()))
    assert "+0.10 points (-0.13 to +0.33)" in text


def test_a_difference_that_rounds_to_nothing_has_no_minus() -> None:
    assert page._gap([0.98600, 0.98620], [0.98601, 0.98620]).startswith("+0.00 points (")


def test_page_of_nothing_measured_shows_dashes() -> None:
    text = page.write(nothing, Sizes(), 2, {"Machine": "two cores"})
    assert "- Machine: two cores" in text
    assert "| mlp-256-128-64 | 32 | - | - | - | - | - | - | - |" in text
