"""One suite for all four tuners."""

import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras_tuner import HyperParameters

from keras_search.tuner.oracles import make_oracle
from keras_search.tuner.space import walk as spaces
from keras_search.tuner.study.records import Run, work_done

TUNERS = ["hyperband", "random", "bayesian", "grid"]
every_tuner = pytest.mark.parametrize("tuner", TUNERS)
Make = Callable[..., Any]


def keys(trials: dict[str, Run]) -> list[str]:
    return [spaces.key(run.hyperparameters) for run in trials.values() if run.parent is None]


@every_tuner
@settings(max_examples=12)
@given(workers=st.integers(1, 9), order=st.integers(0, 2**32), fails=st.sampled_from([None, 2, 4]))
def test_result_is_independent_of_workers_and_arrival(
    simulation: Make, create: Make, plane: HyperParameters, tuner: str, workers: int, order: int, fails: int | None
) -> None:
    chosen = create(tuner)
    alone = simulation(chosen, plane, one_in_fails=fails).run()
    assert simulation(chosen, plane, workers=workers, order=order, one_in_fails=fails).run() == alone


@every_tuner
def test_fresh_oracle_goes_on_alike(simulation: Make, create: Make, plane: HyperParameters, tuner: str) -> None:
    chosen = create(tuner)
    resumed = simulation(chosen, plane, forgetful=True, one_in_fails=4, workers=2).run()
    assert resumed == simulation(chosen, plane, one_in_fails=4, workers=2).run()


@every_tuner
def test_proposing_twice_gives_the_same(simulation: Make, create: Make, plane: HyperParameters, tuner: str) -> None:
    search = simulation(create(tuner), plane)
    for _ in range(40):
        search.step()
    assert search.oracle.propose() == search.oracle.propose()


@pytest.mark.parametrize("tuner", ["hyperband", "random"])
def test_neighbouring_seeds_share_nothing(create: Make, simulation: Make, plane: HyperParameters, tuner: str) -> None:
    found = [set(keys(simulation(create(tuner, seed=seed), plane).run())) for seed in range(4)]
    values = [{value for key in some for value in key.split("\x1f")} for some in found]
    assert len(set.union(*values)) == sum(map(len, values))


@every_tuner
def test_seed_0_is_a_seed(simulation: Make, create: Make, plane: HyperParameters, tuner: str) -> None:
    first, second = (simulation(create(tuner, seed=0), plane).run() for _ in range(2))
    assert first == second


@every_tuner
@pytest.mark.parametrize("sizes", [(3,), (3, 3), (3, 6), (1,), ()])
def test_small_space_is_enumerated(
    simulation: Make, create: Make, grid_of: Make, tuner: str, sizes: tuple[int, ...]
) -> None:
    """Every combination once, and none left out, although the draws collide."""
    space = grid_of(*sizes)
    budget = {"iterations": 3} if tuner == "hyperband" else {"max_trials": 30}
    trials = simulation(create(tuner, **budget), space, one_in_fails=5, workers=2).run()
    every = [spaces.key(values) for values in spaces.combinations(space, spaces.grid_values)]
    assert sorted(keys(trials)) == sorted(every)


@every_tuner
def test_extending_keeps_the_earlier_trials(simulation: Make, create: Make, plane: HyperParameters, tuner: str) -> None:
    chosen = create(tuner)
    more = {"iterations": 2} if tuner == "hyperband" else {"max_trials": 20}
    short = simulation(chosen, plane).run()
    extended = simulation(chosen.extended(**more), plane).run()
    assert short.items() < extended.items()


@every_tuner
def test_planned_counts_what_is_trained(simulation: Make, create: Make, plane: HyperParameters, tuner: str) -> None:
    search = simulation(create(tuner), plane)
    assert search.oracle.planned() == work_done(search.run())


@every_tuner
def test_planned_counts_a_small_space(simulation: Make, create: Make, grid_of: Make, tuner: str) -> None:
    search = simulation(create(tuner), grid_of(3, 3))
    assert search.oracle.planned() == work_done(search.run())


@every_tuner
def test_huge_space_is_counted_at_once(create: Make, tuner: str) -> None:
    space = HyperParameters()
    for index in range(40):
        space.Int(f"i{index}", 1, 10**6, sampling="log")
    assert make_oracle(create(tuner), space).planned().runs >= 16


@every_tuner
def test_oracle_is_a_keras_tuner_oracle(create: Make, plane: HyperParameters, tuner: str) -> None:
    oracle: Any = make_oracle(create(tuner, objective="val_loss"), plane)
    kinds = {base.__name__ for base in type(oracle).__mro__}
    assert "Oracle" in kinds
    assert (oracle.objective.name, oracle.objective.direction) == ("val_loss", "min")


@every_tuner
def test_trials_have_only_active_hyperparameters(simulation: Make, create: Make, tuner: str) -> None:
    space = HyperParameters()
    space.Choice("model", ["linear", "deep"])
    with space.conditional_scope("model", ["deep"]):
        space.Int("layers", 1, 3)
        with space.conditional_scope("layers", [2, 3]):
            space.Boolean("skip")
    space.Fixed("momentum", 0.9)
    for run in simulation(create(tuner), space).run().values():
        deep = run.hyperparameters["model"] == "deep"
        assert ("layers" in run.hyperparameters) == deep
        assert ("skip" in run.hyperparameters) == (deep and run.hyperparameters["layers"] > 1)
        assert run.hyperparameters["momentum"] == 0.9


@every_tuner
def test_same_name_under_different_conditions(simulation: Make, create: Make, tuner: str) -> None:
    space = HyperParameters()
    space.Choice("model", ["small", "large"])
    with space.conditional_scope("model", ["small"]):
        space.Int("units", 1, 9)
    with space.conditional_scope("model", ["large"]):
        space.Int("units", 100, 109)
    trials = simulation(create(tuner), space).run()
    assert {run.hyperparameters["model"] for run in trials.values()} == {"small", "large"}
    for run in trials.values():
        assert (run.hyperparameters["units"] >= 100) == (run.hyperparameters["model"] == "large")


@every_tuner
def test_failing_everywhere_ends(simulation: Make, create: Make, plane: HyperParameters, tuner: str) -> None:
    trials = simulation(create(tuner), plane, one_in_fails=1, workers=3).run()
    assert len(keys(trials)) == len(trials) >= 16


@pytest.mark.parametrize("tuner", ["hyperband", "random", "grid"])
def test_the_work_for_a_trial_does_not_grow_with_their_number(
    simulation: Make, create: Make, grid_of: Make, tuner: str
) -> None:
    budget = {"max_epochs": 27, "iterations": 40} if tuner == "hyperband" else {"max_trials": 1600}
    search = simulation(create(tuner, **budget), grid_of(9, 9, 9, 9))
    few, many = (calls_after(search, count) for count in (100, 1500))
    assert 0 < many < 1.3 * few


def calls_after(search: Any, count: int) -> float:
    """Return the mean number of calls of Python functions for each of 50 trials after the first `count`."""
    while len(search.trials) < count:
        assert search.step()
    counted: Counter[str] = Counter()
    begun = len(search.trials)
    sys.setprofile(lambda _frame, event, _of: counted.update([event]))
    try:
        while len(search.trials) < begun + 50:
            search.oracle.continuable()
            search.oracle.learn(next(reversed(search.trials.values())))
            search.oracle.propose()
            sys.setprofile(None)
            assert search.step()
            sys.setprofile(lambda _frame, event, _of: counted.update([event]))
    finally:
        sys.setprofile(None)
    return counted["call"] / 50
