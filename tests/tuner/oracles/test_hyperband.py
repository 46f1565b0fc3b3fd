"""Hyperband: keras-tuner's schedule, promotions that are certain, checkpoints that are needed."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras_tuner import HyperParameters, Objective
from keras_tuner.engine.trial import Trial
from keras_tuner.oracles import HyperbandOracle

from keras_search.tuner.study.records import Proposal, Run
from keras_search.tuner.study.rungs import RungPlace, rung_place
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.system.seeds import derive_seed

Make = Callable[..., Any]


def _place(name: str) -> RungPlace:
    place = rung_place(name)
    assert place is not None
    return place


def place_score(iteration: int, bracket: int, rung: int, slot: int) -> float:
    return derive_seed(iteration, bracket, rung, slot) / 2**63


def named_score(proposal: Proposal) -> float:
    return place_score(*_place(proposal.name))


def keras_tuner_trials(oracle: HyperbandOracle) -> Iterator[tuple[int, int, int, int]]:
    """Run keras-tuner's oracle to its end; yield (bracket, rung, slot in rung 0, epochs) of each trial."""
    slots: dict[str, int] = {}
    entered: Counter[tuple[int, int]] = Counter()
    while True:
        name = f"{len(oracle.trials):04d}"
        answer = oracle.populate_space(name)
        if answer["status"] != "RUNNING":
            return
        values = answer["values"]
        iteration, bracket, rung = oracle._current_iteration, values["tuner/bracket"], values["tuner/round"]
        slots[name] = entered[iteration, bracket] if rung == 0 else slots[values["tuner/trial_id"]]
        entered[iteration, bracket] += rung == 0
        space = oracle.hyperparameters.copy()
        space.values = values
        oracle.trials[name] = Trial(space, name, "COMPLETED")
        oracle.trials[name].score = place_score(iteration + 1, bracket, rung, slots[name])
        yield bracket, rung, slots[name], values["tuner/epochs"]


@pytest.mark.parametrize("direction", ["max", "min"])
@pytest.mark.parametrize("factor", [2, 3, 4])
@pytest.mark.parametrize("epochs", [4, 9, 10, 20, 27, 81])
def test_schedule_is_keras_tuners(
    simulation: Make, plane: HyperParameters, epochs: int, factor: int, direction: str
) -> None:
    """The same trials in the same rungs with the same epochs, and the same ones promoted."""
    objective = Objective("val_accuracy", direction)
    theirs = HyperbandOracle(objective, max_epochs=epochs, factor=factor, hyperparameters=plane, seed=1)
    chosen = StudySettings.create(max_epochs=epochs, factor=factor, direction=direction)
    ours = simulation(chosen, plane, score=named_score, workers=4).run()
    expected = sorted(keras_tuner_trials(theirs))
    assert sorted((*_place(run.name)[1:], run.epochs) for run in ours.values()) == expected


@pytest.mark.parametrize(("epochs", "trials", "trained"), [(9, 23, 75), (20, 30, 226), (27, 70, 375), (81, 211, 1767)])
def test_schedule_sizes(simulation: Make, plane: HyperParameters, epochs: int, trials: int, trained: int) -> None:
    runs = simulation(StudySettings.create(max_epochs=epochs), plane).run()
    own = [run.epochs - (runs[run.parent].epochs if run.parent else 0) for run in runs.values()]
    assert (len(runs), sum(own)) == (trials, trained)


def test_promoted_trial_keeps_slot_and_values(simulation: Make, create: Make, plane: HyperParameters) -> None:
    trials = simulation(create("hyperband", iterations=2), plane).run()
    promoted = [run for run in trials.values() if run.parent]
    assert promoted
    for run in promoted:
        parent = trials[run.parent]
        iteration, bracket, rung, slot = _place(run.name)
        assert _place(parent.name) == (iteration, bracket, rung - 1, slot)
        assert parent.hyperparameters == run.hyperparameters


def test_ties_go_to_the_first_name(simulation: Make, create: Make, plane: HyperParameters) -> None:
    trials = simulation(create("hyperband"), plane, score=lambda _: 0.5, workers=5, order=3).run()
    second_rung = sorted(name for name in trials if name.startswith("i1-b2-r1"))
    assert second_rung == ["i1-b2-r1-000", "i1-b2-r1-001", "i1-b2-r1-002"]


@pytest.mark.parametrize("failed", [1, 3, 8, 9])
def test_failed_trials_lose_their_rung(simulation: Make, create: Make, plane: HyperParameters, failed: int) -> None:
    """The first bracket promotes 3 of 9, then 1 of 3: however many fail, whoever is left goes on."""
    search = simulation(create("hyperband"), plane, failing=[f"i1-b2-r0-{slot:03d}" for slot in range(failed)])
    rungs = Counter(_place(name)[1:3] for name in search.run())
    assert [rungs[2, rung] for rung in range(3)] == [9, min(3, 9 - failed), min(1, 9 - failed)]
    assert len([name for name in search.trials if name.startswith(("i1-b1", "i1-b0"))]) == 5 + 2 + 3


@pytest.mark.parametrize(("held", "rungs"), [(3, [3, 3, 1]), (5, [5, 3, 1]), (9, [9, 3, 1])])
def test_small_space_closes_the_rung(
    simulation: Make, create: Make, grid_of: Make, held: int, rungs: list[int]
) -> None:
    trials = simulation(create("hyperband"), grid_of(held)).run()
    assert list(Counter(_place(name)[2] for name in trials).values()) == rungs


def test_continuable_is_empty_at_the_end(simulation: Make, create: Make, plane: HyperParameters) -> None:
    search = simulation(create("hyperband"), plane, one_in_fails=3)
    assert search.run()
    assert search.oracle.continuable() == set()


@settings(max_examples=25)
@given(workers=st.integers(1, 6), order=st.integers(0, 2**32), fails=st.sampled_from([None, 2, 5]))
def test_a_parents_checkpoint_is_there_until_its_child_has_its_own(
    simulation: Make, create: Make, plane: HyperParameters, workers: int, order: int, fails: int | None
) -> None:
    """What `continuable` once let go of is never continued from."""
    search = simulation(create("hyperband"), plane, workers=workers, order=order, one_in_fails=fails, by_epoch=True)
    deleted: set[str] = set()
    while search.step():
        for run in search.trials.values():
            if run.parent and not run.finished and run.trained == search.trials[run.parent].trained:
                assert run.parent not in deleted
        ended = {run.name for run in search.trials.values() if run.finished}
        deleted |= ended - search.oracle.continuable()


@settings(max_examples=15)
@given(steps=st.integers(1, 24), order=st.integers(0, 2**32))
def test_whatever_is_continuable_can_still_be_continued(
    simulation: Make, create: Make, plane: HyperParameters, steps: int, order: int
) -> None:
    """If every result still to come is a failure, all that `continuable` names is continued."""
    search = simulation(create("hyperband"), plane, workers=3, order=order)
    for _ in range(steps):
        search.step()
    held = search.oracle.continuable()
    search.one_in_fails = 1
    assert held <= {run.parent for run in search.run().values()}


def test_checkpoint_of_an_exhausted_child_is_its_parents(
    simulation: Make, create: Make, plane: HyperParameters
) -> None:
    """A promoted trial whose patience had run out trains no epoch: its own promotion continues from its parent."""
    search = simulation(create("hyperband"), plane, by_epoch=True)
    while not any(name.startswith("i1-b2-r2") for name in search.trials):
        search.step()
    promoted = next(run for run in search.trials.values() if not run.finished)
    child = search.trials[promoted.parent]
    early = {name: replace(run, trained=1) for name, run in search.trials.items() if run is not child}
    for run in (*early.values(), replace(child, trained=1)):
        search.oracle.learn(run)
    assert {child.name, child.parent} <= search.oracle.continuable()


def test_names_of_runs_are_places(simulation: Make, create: Make, plane: HyperParameters) -> None:
    trials: dict[str, Run] = simulation(create("hyperband"), plane, workers=3).run()
    assert sorted(trials)[:3] == ["i1-b0-r0-000", "i1-b0-r0-001", "i1-b0-r0-002"]
    assert "i1-b2-r0-008" in trials
