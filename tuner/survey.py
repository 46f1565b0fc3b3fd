"""Find out what a hypermodel asks for before the search starts, so that the space is the same for every trial."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from keras_tuner import HyperParameters

from keras_search.tuner import space as spaces
from keras_search.tuner.records import Values

QUIET_BUILDS = 5
"""Random builds in a row that must bring nothing new before the space counts as known."""
MAX_BUILDS = 100
MOST_VALUES = 12
"""How many values of one hyperparameter are tried before the random builds."""

Untried = dict[int, list[Any]]
"""The values that no build has had yet, by the place of their hyperparameter in the space."""


class Explores(Protocol):
    """What builds once with hyperparameters, which take in what is asked for."""

    def explore(self, hyperparameters: HyperParameters) -> Any:
        """Build once."""


def discover(networks: Explores, seed: int) -> HyperParameters:
    """Build with defaults, then until each hyperparameter has had each value, then at random until nothing new comes.

    A hyperparameter that only some branch of the code asks for is found by taking that branch. Only the first
    build must succeed: settings for which the hypermodel raises are trials that fail, each with its reason.

    Raises:
        Exception: what the hypermodel raises on its defaults.
    """
    space = HyperParameters()
    networks.explore(space)
    _try_every_value(networks, space)
    quiet = 0
    for build in range(MAX_BUILDS):
        found = _take_in(networks, space, spaces.sample(space, seed, "survey", build))
        quiet = 0 if found else quiet + 1
        if quiet >= QUIET_BUILDS:
            break
    space.values = spaces.defaults(space)
    return space


def _try_every_value(networks: Explores, space: HyperParameters) -> None:
    untried: Untried = {}
    for _ in range(MAX_BUILDS):
        for place in range(len(untried), len(space.space)):
            untried[place] = _some_values(space.space[place])
        before = sum(map(len, untried.values()))
        values = spaces.fill(space, _chooser(space, untried))
        if sum(map(len, untried.values())) == before:
            return
        _take_in(networks, space, values)


def _chooser(space: HyperParameters, untried: Untried) -> Callable[[Any], Any]:
    """Choose, and strike off, a value not tried yet; else one that lets a later hyperparameter have such; else any."""

    def choose(parameter: Any) -> Any:
        place = next(place for place, other in enumerate(space.space) if other is parameter)
        if untried[place]:
            return untried[place].pop(0)
        return next(
            (
                condition.values[0]
                for later, values in untried.items()
                if values
                for condition in space.space[later].conditions
                if condition.name == parameter.name
            ),
            parameter.default,
        )

    return choose


def _some_values(parameter: Any) -> list[Any]:
    """List up to `MOST_VALUES` values of a hyperparameter, the ends of its range among them."""
    values = spaces.all_values(parameter)
    if values is None:
        return [spaces.value_at(parameter, probability) for probability in (0.0, 0.5, 1.0)]
    if len(values) <= MOST_VALUES:
        return list(values)
    return [values[round(index * (len(values) - 1) / (MOST_VALUES - 1))] for index in range(MOST_VALUES)]


def _take_in(networks: Explores, space: HyperParameters, values: Values) -> bool:
    """Build with `values`; whether that brought hyperparameters that `space` did not have."""
    before = len(space.space)
    probe = space.copy()
    probe.values = dict(values)
    with suppress(Exception):  # whatever the user's code raises belongs to the trial that has these values
        networks.explore(probe)
    space.merge(probe, overwrite=False)
    return len(space.space) > before
