"""The search: orders in the right order, the plateau, the budget of time, the best trial."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras_tuner import HyperParameters

from keras_search.errors import KerasSearchError
from keras_search.tuner.oracles import make_oracle
from keras_search.tuner.session.search import Plateau, Search, seconds_spent
from keras_search.tuner.study.checkpoints import Checkpoints
from keras_search.tuner.study.messages import Train
from keras_search.tuner.study.ranking import best_trial, level_with
from keras_search.tuner.study.records import Kind, Run, State
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.store import Store, claim

SPACE = HyperParameters()
SPACE.Float("rate", 0.0, 1.0)


@contextmanager
def searching(folder: Path, chosen: StudySettings) -> Iterator[tuple[Search, Store]]:
    folder.mkdir(exist_ok=True)
    facts: dict[str, Any] = {"settings": chosen.model_dump(mode="json"), "space": SPACE.get_config()}
    with Store.create(folder, claim(folder), **facts) as store:
        yield Search(store, Checkpoints(folder / "checkpoints"), chosen, make_oracle(chosen, SPACE)), store


def put(store: Store, run: Run) -> None:
    with store.transaction():
        store.put_run(run)


def ended(run: Run, score: float | None) -> Run:
    state = State.FAILED if score is None else State.COMPLETED
    return replace(run, state=state, score=score, trained=run.epochs)


def next_run(search: Search, in_hand: set[str] | None = None) -> Run | None:
    order = search.next_order(in_hand or set())
    assert order is None or isinstance(order, Train)
    return None if order is None else order.run


def test_interrupted_trials_go_first(tmp_path: Path) -> None:
    with searching(tmp_path, StudySettings.create(tuner="random")) as (search, store):
        first = next_run(search)
        assert first is not None
        put(store, first)
        assert next_run(search) == first
        second = next_run(search, {first.name})
        assert second is not None
        assert (first.name, second.name) == ("0001", "0002")
        assert first.seed != second.seed


def test_promoted_trial_carries_its_parents_seed_and_epochs_on(tmp_path: Path) -> None:
    with searching(tmp_path, StudySettings.create(max_epochs=4, factor=4)) as (search, store):
        while (run := next_run(search)) is not None and run.parent is None:
            put(store, ended(run, 0.5))
        assert run is not None
        parent = store.runs[run.parent or ""]
        assert (run.seed, run.trained, run.epochs) == (parent.seed, parent.epochs, 4)
        assert search.continuable() == {"i1-b1-r0-000"}


def plateau_score(name: str) -> float | None:
    """Rise up to the ninth trial, with a failure on the way."""
    return None if name == "0012" else min(int(name), 9) / 10


@settings(max_examples=10)
@given(workers=st.integers(1, 12), order=st.integers(0, 2**32))
def test_plateau_ends_at_one_place_whatever_the_workers(
    tmp_path_factory: pytest.TempPathFactory, workers: int, order: int
) -> None:
    """Trial 9 is the best; 4 more are known not to be better when 7 more have been started."""
    chosen = StudySettings.create(tuner="random", max_trials=60, plateau=4, objective="val_accuracy")
    shuffled = random.Random(order)
    with searching(tmp_path_factory.mktemp("plateau"), chosen) as (search, store):
        running: dict[str, Run] = {}
        while True:
            while len(running) < workers and (run := next_run(search, set(running))) is not None:
                running[run.name] = run
                put(store, run)
            if not running:
                break
            run = running.pop(shuffled.choice(list(running)))
            put(store, ended(run, plateau_score(run.name)))
        assert len(store.runs) == 9 + 4 + 7


@pytest.mark.parametrize(
    ("scores", "direction", "count"),
    [
        ([], "max", 0),
        ([None, None], "max", 0),
        ([0.1, 0.3, 0.3, None], "max", 2),
        ([0.1, 0.3, 0.3, None], "min", 3),
        ([None, 0.5], "min", 0),
    ],
)
def test_a_plateau_counts_from_the_first_of_equals(scores: list[float | None], direction: str, count: int) -> None:
    """The eight last trials are ignored."""
    trials = by_name(*(ended(trial(f"{place:04d}", 1, None), score) for place, score in enumerate(scores)))
    running = {f"running-{place}": trial(f"running-{place}", 1, None) for place in range(7)}
    for patience in range(1, 5):
        assert Plateau(patience, direction).may_go_on({**trials, **running}) == (count < patience)


def test_seconds_spent_leaves_out_the_time_between_sessions() -> None:
    events = [
        (100.0, "session", None, None),
        (101.0, "begin", "0001", 0),
        (105.0, "completed", "0001", 0),
        (900.0, "session", None, None),
        (901.5, "begin", "0002", 0),
    ]
    assert seconds_spent(events) == 6.5
    assert seconds_spent([(50.0, "survey", None, None), *events]) == 6.5
    assert seconds_spent([]) == 0


def trial(name: str, epochs: int, score: float | None, error: str | None = None) -> Run:
    state = State.COMPLETED if error is None else State.FAILED
    return Run(name, Kind.TRIAL, "mlp", "trial", {}, 0, epochs, state=state, score=score, error=error)


def by_name(*runs: Run) -> dict[str, Run]:
    return {run.name: run for run in runs}


def test_best_trial_is_the_best_of_the_fully_trained() -> None:
    trials = by_name(trial("a", 1, 0.99), trial("b", 9, 0.7), trial("c", 9, 0.8), trial("d", 9, None, "NaN"))
    assert best_trial(trials, StudySettings.create(objective="val_accuracy")).name == "c"
    assert best_trial(trials, StudySettings.create(objective="val_loss")).name == "b"


@pytest.mark.parametrize("objective", ["val_accuracy", "val_loss"])
def test_best_trial_of_equals_is_the_first_by_name(objective: str) -> None:
    trials = by_name(trial("c", 9, 0.8), trial("a", 9, 0.8), trial("b", 9, 0.8))
    assert best_trial(trials, StudySettings.create(objective=objective)).name == "a"


def test_without_a_fully_trained_trial_the_longest_trained_are_compared() -> None:
    trials = by_name(trial("a", 3, 0.6), trial("b", 1, 0.9), replace(trial("c", 9, None), state=State.RUNNING))
    assert best_trial(trials, StudySettings.create(objective="val_accuracy")).name == "a"


def test_a_search_in_which_all_failed_tells_the_most_frequent_reason() -> None:
    trials = by_name(trial("a", 1, None, "NaN"), trial("b", 1, None, "too large"), trial("c", 1, None, "too large"))
    with pytest.raises(KerasSearchError, match=r"^All 3 trials failed; most often \(2\): too large$"):
        best_trial(trials, StudySettings.create(objective="val_accuracy"))


def test_a_search_without_time_tells_the_way_on() -> None:
    with pytest.raises(KerasSearchError, match="No trial was completed in the time given: continue with"):
        best_trial({}, StudySettings.create())


def test_best_trial_of_equals_has_the_lower_loss_then_the_fewer_parameters() -> None:
    sized = {"a": 100, "b": 50, "c": 50, "d": 10}
    trials = by_name(*(replace(trial(name, 9, 0.8), parameters=size) for name, size in sized.items()))
    losses = {"a": 0.1, "b": 0.1, "c": 0.1, "d": 0.2}
    settings = StudySettings.create(objective="val_accuracy")
    best = best_trial(trials, settings, lambda run: losses[run.name])
    assert best.name == "b"
    assert level_with(trials, best) == ["a", "c", "d"]
    assert level_with(by_name(trial("a", 9, 0.8), trial("b", 3, 0.8)), trial("a", 9, 0.8)) == []
