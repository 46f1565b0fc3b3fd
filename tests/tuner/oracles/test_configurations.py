"""Configurations: distinct, in the order of their places, to the last."""

from collections.abc import Callable
from typing import Any

from keras_tuner import HyperParameters

from keras_search.tuner.oracles.configurations import Configurations
from keras_search.tuner.space import walk as spaces


def test_a_place_has_the_same_configuration_whenever_asked(plane: HyperParameters) -> None:
    forwards, late = Configurations(plane, 5), Configurations(plane, 5)
    assert [forwards.at(place) for place in range(8)] == [late.at(place) for place in reversed(range(8))][::-1]


def test_every_configuration_of_a_finite_space_has_a_place(grid_of: Callable[..., Any]) -> None:
    drawn = Configurations(grid_of(4, 5), 0)
    keys = {spaces.key(values) for place in range(20) if (values := drawn.at(place)) is not None}
    assert len(keys) == 20
    assert drawn.at(20) is None


def test_rare_branch_is_found_when_the_common_one_is_used_up() -> None:
    """Only one draw in a thousand is `rare`, and nothing but that is new."""
    space = HyperParameters()
    space.Choice("branch", ["common"] * 999 + ["rare"])
    with space.conditional_scope("branch", ["rare"]):
        space.Float("rate", 0.0, 1.0)
    drawn = Configurations(space, 0)
    assert sum(values is not None and values["branch"] == "rare" for values in map(drawn.at, range(5))) == 4


def test_continuous_range_that_no_branch_reaches_leaves_the_space_finite() -> None:
    space = HyperParameters()
    space.Choice("branch", ["a", "b"])
    with space.conditional_scope("branch", ["c"]):
        space.Float("rate", 0.0, 1.0)
    drawn = Configurations(space, 0)
    assert [drawn.at(place) is None for place in range(3)] == [False, False, True]
