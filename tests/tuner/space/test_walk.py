"""Search spaces: keras-tuner's meaning of every hyperparameter, walked without its state."""

import math
from collections.abc import Callable

import pytest
from keras_tuner import HyperParameters

from keras_search.tuner.space import walk as spaces


def make(fill: Callable[[HyperParameters], object]) -> HyperParameters:
    space = HyperParameters()
    fill(space)
    return space


def samples(space: HyperParameters, count: int = 300) -> list[spaces.Values]:
    return [spaces.sample(space, 0, "test", place) for place in range(count)]


def nested(space: HyperParameters) -> None:
    space.Choice("model", ["linear", "deep"])
    with space.conditional_scope("model", ["deep"]):
        space.Int("layers", 1, 3)
        with space.conditional_scope("layers", [3]):
            space.Boolean("skip")


FINITE: dict[str, tuple[Callable[[HyperParameters], object], list[object]]] = {
    "fixed": (lambda space: space.Fixed("value", 0.9), [0.9]),
    "boolean": (lambda space: space.Boolean("value", default=True), [True, False]),
    "choice": (lambda space: space.Choice("value", ["b", "a", "c"], default="a"), ["a", "b", "c"]),
    "numbers": (lambda space: space.Choice("value", [0.3, 0.1], ordered=True), [0.3, 0.1]),
    "repeated": (lambda space: space.Choice("value", [1, 2, 2]), [1, 2]),
    "int": (lambda space: space.Int("value", 6, 13, step=3), [6, 9, 12]),
    "int log": (lambda space: space.Int("value", 2, 32, step=2, sampling="log"), [2, 4, 8, 16, 32]),
    "int reverse log": (lambda space: space.Int("value", 2, 32, step=2, sampling="reverse_log"), [2, 32, 30, 26, 18]),
    "float": (lambda space: space.Float("value", 0.0, 1.0, step=0.25), [0.0, 0.25, 0.5, 0.75, 1.0]),
    "float log": (lambda space: space.Float("value", 0.01, 10.0, step=10, sampling="log"), [0.01, 0.1, 1.0, 10.0]),
    "one float": (lambda space: space.Float("value", 0.5, 0.5), [0.5]),
}


@pytest.mark.parametrize("kind", FINITE)
def test_samples_grid_and_values_agree(kind: str) -> None:
    """All that is listed can be sampled, all that is sampled is listed, and the grid has the default first."""
    fill, expected = FINITE[kind]
    space = make(fill)
    every = spaces.all_values(space.space[0])
    assert every is not None
    assert sorted(every) == pytest.approx(sorted(expected)) if kind != "choice" else set(every) == set(expected)
    assert {values["value"] for values in samples(space)} == set(every)
    grid = spaces.grid_values(space.space[0])
    assert grid[0] == space.space[0].default
    assert sorted(grid) == sorted(every)
    assert spaces.count_combinations(space, spaces.all_values) == len(expected)


@pytest.mark.parametrize("sampling", ["linear", "log", "reverse_log"])
def test_continuous_ranges_are_sampled_inside(sampling: str) -> None:
    space = HyperParameters()
    space.Float("rate", 0.001, 0.1, sampling=sampling)
    space.Int("units", 8, 64, sampling=sampling)
    rates = [values["rate"] for values in samples(space)]
    assert 0.001 <= min(rates) < max(rates) <= 0.1
    median = sorted(rates)[150]
    middle = {"linear": 0.0505, "log": 0.01, "reverse_log": 0.091}[sampling]
    assert median == pytest.approx(middle, rel=0.3)
    assert {values["units"] for values in samples(space, 3000)} <= set(range(8, 65))
    assert spaces.all_values(space.space[0]) is None
    assert spaces.count_combinations(space, spaces.all_values) == math.inf


@pytest.mark.parametrize("sampling", ["linear", "log", "reverse_log"])
def test_value_at_the_end_of_the_range_is_its_last(sampling: str) -> None:
    space = HyperParameters()
    space.Int("units", 8, 64, sampling=sampling)
    space.Float("rate", 0.001, 0.1, sampling=sampling)
    units, rate = space.space
    assert (spaces.value_at(units, 0.0), spaces.value_at(units, 1.0)) == (8, 64)
    assert (spaces.value_at(rate, 0.0), spaces.value_at(rate, 1.0)) == (pytest.approx(0.001), pytest.approx(0.1))


def test_only_active_hyperparameters_have_values() -> None:
    for values in samples(make(nested)):
        assert set(values) == {"model"} | ({"layers"} if values["model"] == "deep" else set()) | (
            {"skip"} if values.get("layers") == 3 else set()
        )


def test_combinations_of_a_nested_space() -> None:
    every = list(spaces.combinations(make(nested), spaces.grid_values))
    assert every == [
        {"model": "linear"},
        {"model": "deep", "layers": 1},
        {"model": "deep", "layers": 2},
        {"model": "deep", "layers": 3, "skip": False},
        {"model": "deep", "layers": 3, "skip": True},
    ]
    assert spaces.count_combinations(make(nested), spaces.grid_values) == 5


def test_first_active_of_one_name_decides() -> None:
    space = HyperParameters()
    space.Choice("model", ["a", "b"])
    with space.conditional_scope("model", ["a", "b"]):
        space.Int("units", 1, 2)
    with space.conditional_scope("model", ["b"]):
        space.Int("units", 10, 12)
    assert {values["units"] for values in samples(space)} == {1, 2}
    assert len(list(spaces.combinations(space, spaces.grid_values))) == 4
    assert spaces.count_combinations(space, spaces.grid_values) == 4


def test_counting_equals_listing() -> None:
    space = make(nested)
    space.Boolean("bias")
    with space.conditional_scope("bias", [True]):
        space.Int("levels", 1, 4)
    listed = list(spaces.combinations(space, spaces.grid_values))
    assert spaces.count_combinations(space, spaces.grid_values) == len(listed)
    assert len({spaces.key(values) for values in listed}) == len(listed)


def test_counting_does_not_list() -> None:
    space = HyperParameters()
    for index in range(30):
        space.Int(f"units_{index}", 1, 10**9)
    assert spaces.count_combinations(space, spaces.all_values) == 10**270


def test_sample_depends_on_place_and_name_alone() -> None:
    """A hyperparameter that another branch adds changes no other's value."""
    small, large = HyperParameters(), HyperParameters()
    large.Float("first", 0.0, 1.0)
    for space in (small, large):
        space.Float("second", 0.0, 1.0)
    assert spaces.sample(small, 3, 1)["second"] == spaces.sample(large, 3, 1)["second"]
    assert spaces.sample(small, 3, 1) != spaces.sample(small, 3, 2)


def test_defaults_are_those_of_a_build() -> None:
    space = HyperParameters()
    space.Choice("model", ["linear", "deep"], default="deep")
    with space.conditional_scope("model", ["deep"]):
        space.Int("layers", 1, 3, default=2)
    with space.conditional_scope("model", ["linear"]):
        space.Boolean("bias")
    assert spaces.defaults(space) == space.values == {"model": "deep", "layers": 2}


def test_key_tells_values_apart() -> None:
    assert spaces.key({"a": 1, "b": 2}) == spaces.key({"b": 2, "a": 1})
    assert spaces.key({"a": 1}) != spaces.key({"a": "1"})
