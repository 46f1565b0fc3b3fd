"""Bayesian optimization: it learns, whatever the workers and whatever fails."""

import math
import statistics
from collections.abc import Callable
from typing import Any

import pytest
from keras_tuner import HyperParameters

from keras_search.tuner.study.records import Proposal, Run

Make = Callable[..., Any]


def bowl(proposal: Proposal) -> float:
    x, y = proposal.hyperparameters["x"], proposal.hyperparameters["y"]
    return -float((x - 0.3) ** 2 + (math.log10(y) + 1) ** 2)


def best(trials: dict[str, Run]) -> float:
    return max(run.score for run in trials.values() if run.score is not None)


@pytest.mark.parametrize("fails", [None, 3])
def test_beats_random_search_on_a_smooth_function(
    simulation: Make, create: Make, plane: HyperParameters, fails: int | None
) -> None:
    def median(tuner: str) -> float:
        seeds = [create(tuner, max_trials=24, seed=seed) for seed in range(5)]
        return statistics.median(best(simulation(one, plane, score=bowl, one_in_fails=fails).run()) for one in seeds)

    assert median("bayesian") > median("random") / 2


def test_minimizes_where_less_is_better(simulation: Make, create: Make, plane: HyperParameters) -> None:
    chosen = create("bayesian", objective="val_loss", max_trials=20)
    trials = simulation(chosen, plane, score=lambda proposal: -bowl(proposal)).run()
    assert min(run.score for run in trials.values()) < 0.05


def test_first_trials_are_those_of_random_search(simulation: Make, create: Make, plane: HyperParameters) -> None:
    learned, drawn = (simulation(create(tuner), plane).run() for tuner in ("bayesian", "random"))
    same = [learned[name].hyperparameters == drawn[name].hyperparameters for name in learned]
    assert same[:6] == [True] * 6
    assert not any(same[6:])


def test_a_batch_waits_for_the_batch_before(simulation: Make, create: Make, plane: HyperParameters) -> None:
    search = simulation(create("bayesian", batch_trials=3), plane, workers=8)
    while search.step():
        running = {index // 3 for index, run in enumerate(search.trials.values()) if not run.finished}
        assert len(running) <= 1


def test_one_batch_differs_within_itself(simulation: Make, create: Make, plane: HyperParameters) -> None:
    """The pessimistic guess keeps a batch from asking for one point four times."""
    trials = list(simulation(create("bayesian", max_trials=12), plane, score=bowl).run().values())
    last = [run.hyperparameters["x"] for run in trials[-4:]]
    assert max(last) - min(last) > 0.01


def test_equal_scores_are_no_obstacle(simulation: Make, create: Make, plane: HyperParameters) -> None:
    assert len(simulation(create("bayesian"), plane, score=lambda _: 0.5).run()) == 16


def test_single_valued_hyperparameters_are_no_obstacle(simulation: Make, create: Make) -> None:
    space = HyperParameters()
    space.Choice("one", ["only"])
    space.Float("two", 1.0, 1.0)
    space.Int("three", 4, 4)
    space.Fixed("four", 7)
    space.Float("rate", 0.001, 0.1, sampling="log")
    trials = simulation(create("bayesian"), space).run()
    assert len({run.hyperparameters["rate"] for run in trials.values()}) == 16


def test_nothing_to_tune_is_one_trial(simulation: Make, create: Make) -> None:
    space = HyperParameters()
    space.Fixed("momentum", 0.9)
    assert len(simulation(create("bayesian"), space).run()) == 1


def test_optimum_at_the_end_of_a_range_stays_inside(simulation: Make, create: Make) -> None:
    """keras-tuner proposes 65 of an `Int` up to 64 on a log scale."""
    space = HyperParameters()
    space.Int("units", 8, 64, sampling="log")
    space.Float("rate", 0.0, 1.0)
    trials = simulation(create("bayesian"), space, score=lambda p: float(p.hyperparameters["units"])).run()
    assert max(run.hyperparameters["units"] for run in trials.values()) == 64
