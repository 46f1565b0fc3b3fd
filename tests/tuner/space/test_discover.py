"""The survey: what a hypermodel asks for in any of its branches is known before the search."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from keras_tuner import HyperParameters

from keras_search.tuner.space.discover import discover

Build = Callable[[HyperParameters], object]


@dataclass
class Explorer:
    """Explore by calling a build function, and keep the values that it was called with."""

    build: Build
    seen: list[dict[str, object]] = field(default_factory=list)

    def explore(self, hyperparameters: HyperParameters) -> None:
        """Build once."""
        try:
            self.build(hyperparameters)
        finally:
            self.seen.append(dict(hyperparameters.values))


def names(build: Build, seed: int = 0) -> list[str]:
    return [parameter.name for parameter in discover(Explorer(build), seed).space]


def branches(hp: HyperParameters) -> None:
    """Ask for a momentum in one of twelve branches only, two deep."""
    kind = hp.Choice("kind", ["a", "b", "c"])
    if kind == "c":
        level = hp.Int("level", 1, 4)
        if level == 4:
            hp.Float("momentum", 0.0, 1.0)


def scopes(hp: HyperParameters) -> None:
    kind = hp.Choice("kind", ["linear", "deep"])
    with hp.conditional_scope("kind", ["deep"]):
        if kind == "deep":
            layers = hp.Int("layers", 1, 5)
            with hp.conditional_scope("layers", [5]):
                if layers == 5:
                    hp.Boolean("skip")


def test_what_only_a_branch_asks_for_is_found() -> None:
    assert names(branches) == ["kind", "level", "momentum"]


def test_what_only_a_conditional_scope_asks_for_is_found() -> None:
    space = discover(Explorer(scopes), 0)
    assert [parameter.name for parameter in space.space] == ["kind", "layers", "skip"]
    assert [len(parameter.conditions) for parameter in space.space] == [0, 1, 2]


@pytest.mark.parametrize("seed", range(3))
def test_the_space_is_the_same_for_every_seed(seed: int) -> None:
    assert discover(Explorer(branches), seed).get_config() == discover(Explorer(branches), 9).get_config()


def test_every_value_of_every_hyperparameter_is_built_with() -> None:
    def build(hp: HyperParameters) -> None:
        hp.Choice("activation", ["relu", "tanh", "gelu"])
        with hp.conditional_scope("activation", ["gelu"]):
            hp.Int("units", 1, 7)

    explorer = Explorer(build)
    discover(explorer, 0)
    assert {values["activation"] for values in explorer.seen} == {"relu", "tanh", "gelu"}
    assert {values["units"] for values in explorer.seen if "units" in values} == set(range(1, 8))


def test_few_builds_are_enough_for_a_large_space() -> None:
    def build(hp: HyperParameters) -> None:
        for index in range(10):
            hp.Float(f"rate_{index}", 0.0, 1.0)
            hp.Int(f"units_{index}", 1, 10**9)

    explorer = Explorer(build)
    discover(explorer, 0)
    assert len(explorer.seen) < 25


def test_settings_that_cannot_be_built_do_not_stop_the_survey() -> None:
    def build(hp: HyperParameters) -> None:
        if hp.Int("layers", 1, 3) == 2:
            raise ValueError("two layers do not fit")
        if hp.values["layers"] == 3:
            hp.Boolean("skip")

    assert names(build) == ["layers", "skip"]


def test_defaults_that_cannot_be_built_do() -> None:
    def build(hp: HyperParameters) -> None:
        raise ValueError(f"no model for {hp.Int('layers', 1, 3)} layer")

    with pytest.raises(ValueError, match="no model for 1 layer"):
        discover(Explorer(build), 0)


def test_values_are_the_defaults_of_what_is_active() -> None:
    assert discover(Explorer(scopes), 0).values == {"kind": "linear"}
    assert discover(Explorer(lambda _: None), 0).space == []
