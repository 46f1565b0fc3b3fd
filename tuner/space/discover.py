"""Discover a hypermodel's search space before the search, so that it is the same for every trial."""

from contextlib import suppress
from typing import Any, Protocol

from keras_tuner import HyperParameters

from keras_search.tuner.space import walk as spaces
from keras_search.tuner.study.records import Values

QUIET_BUILDS = 5
"""The number of random builds in a row without anything new after which the space counts as known."""
MAX_BUILDS = 100
MOST_VALUES = 12
"""The number of values of one hyperparameter that are tried before the random builds."""
MOST_FLOATS = 3
"""The same for fractions, on which code seldom branches."""


class Explores(Protocol):
    """An object that builds once with hyperparameters, which record what the code requests."""

    def explore(self, hyperparameters: HyperParameters) -> Any:
        """Build once."""


def discover(networks: Explores, seed: int, space: HyperParameters | None = None) -> HyperParameters:
    """Build with defaults, then with each value of each hyperparameter, then at random until nothing new appears.

    A hyperparameter that only some branch of the code requests is found by taking that branch. Only the first build
    must succeed: settings for which the hypermodel raises are trials that fail, each with its reason. `space` is the
    part that is known in advance.

    Raises:
        Exception: whatever the hypermodel raises on its defaults.
    """
    space = HyperParameters() if space is None else space
    networks.explore(space)
    tour = _Tour(space)
    quiet = 0
    for build in range(MAX_BUILDS):
        planned = tour.next_values()
        values = planned or spaces.sample(space, seed, "survey", build)
        found = _take_in(networks, space, values)
        tour.meet_new(values)
        quiet = 0 if planned or found else quiet + 1
        if quiet >= QUIET_BUILDS:
            break
    space.values = spaces.defaults(space)
    return space


class _Tour:
    """The values that no build has used yet, and the values with which each hyperparameter was found, by place."""

    def __init__(self, space: HyperParameters) -> None:
        self._space = space
        self._untried: list[list[Any]] = []
        self._around: list[Values] = []
        self.meet_new(space.values)

    def meet_new(self, values: Values) -> None:
        """Record the hyperparameters that a build with `values` has added to the space."""
        for parameter in self._space.space[len(self._untried) :]:
            self._untried.append(_some_values(parameter))
            self._around.append(dict(values))

    def next_values(self) -> Values | None:
        """Return values that include untried ones, or None if none can be reached."""
        before = sum(map(len, self._untried))
        values = spaces.fill(self._space, self._choose)
        return values if sum(map(len, self._untried)) < before else None

    def _choose(self, parameter: Any) -> Any:
        """Choose a value not tried yet, else one with which the next hyperparameter that has such is active."""
        place = next(place for place, other in enumerate(self._space.space) if other is parameter)
        if self._untried[place]:
            return self._untried[place].pop(0)
        goal = next((later for later, values in enumerate(self._untried) if values), place)
        wanted = {condition.name: condition.values[0] for condition in self._space.space[goal].conditions}
        return (self._around[goal] | wanted).get(parameter.name, parameter.default)


def _some_values(parameter: Any) -> list[Any]:
    """List up to `MOST_VALUES` values of a hyperparameter, or `MOST_FLOATS`, the ends of its range among them."""
    values = spaces.all_values(parameter)
    if values is None:
        return [spaces.value_at(parameter, probability) for probability in (0.0, 0.5, 1.0)]
    most = MOST_FLOATS if isinstance(values[0], float) else MOST_VALUES
    if len(values) <= most:
        return list(values)
    return [values[round(index * (len(values) - 1) / (most - 1))] for index in range(most)]


def _take_in(networks: Explores, space: HyperParameters, values: Values) -> bool:
    """Build with `values`; return whether that found hyperparameters that `space` did not have."""
    before = len(space.space)
    probe = space.copy()
    probe.values = dict(values)
    with suppress(Exception):  # whatever the user's code raises belongs to the trial that has these values
        networks.explore(probe)
    space.merge(probe, overwrite=False)
    return len(space.space) > before
