"""Draw the distinct configurations of a space, one for each place."""

import itertools
from collections.abc import Sequence
from typing import Any

from keras_tuner import HyperParameters

from keras_search.tuner.space import walk as spaces
from keras_search.tuner.study.records import Values
from keras_search.tuner.system.seeds import derive_seed

MAX_COLLISIONS = 20
"""The number of repeated draws at one place after which the unseen ones are listed instead."""

MAX_LISTED = 1000
"""The number of unseen configurations that are listed to draw from."""


class Configurations:
    """The distinct configurations of a space, one for each place, drawn on first use.

    Each depends only on the places before it, because no two may be the same.
    """

    def __init__(self, space: HyperParameters, seed: int) -> None:
        self._space, self._seed = space, seed
        self._drawn: list[Values] = []
        self._seen: set[str] = set()
        self._exhausted = False

    def at(self, place: int) -> Values | None:
        """Return the configuration at `place`, or None if the space holds no more."""
        while len(self._drawn) <= place and not self._exhausted:
            values = self._draw(len(self._drawn))
            if values is None:
                self._exhausted = True
            else:
                self.add(values)
        return self._drawn[place] if place < len(self._drawn) else None

    @property
    def count(self) -> int:
        """The number of places that have a configuration."""
        return len(self._drawn)

    def add(self, values: Values) -> None:
        """Take `values` as the configuration at the next place."""
        self._drawn.append(values)
        self._seen.add(spaces.key(values))

    def is_new(self, values: Values) -> bool:
        """Return whether no place has `values` yet."""
        return spaces.key(values) not in self._seen

    def _draw(self, place: int) -> Values | None:
        draws = (spaces.sample(self._space, self._seed, "sample", place, turn) for turn in range(MAX_COLLISIONS))
        values = next(filter(self.is_new, draws), None)
        return self._draw_unseen(place) if values is None else values

    def _draw_unseen(self, place: int) -> Values | None:
        def domain(parameter: Any) -> Sequence[Any]:
            drawn = parameter.random_sample(derive_seed(self._seed, "unseen", place, parameter.name))
            return spaces.all_values(parameter) or [drawn]

        every = spaces.combinations(self._space, domain)
        unseen = list(itertools.islice(filter(self.is_new, every), MAX_LISTED))
        return unseen[derive_seed(self._seed, "unseen", place) % len(unseen)] if unseen else None
