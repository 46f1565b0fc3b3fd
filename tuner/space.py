"""Walk a search space: what is active, what can be sampled where, what can be counted."""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from keras_search.tuner.records import Values
from keras_search.tuner.seeds import derive_seed
from keras_tuner import HyperParameters
from keras_tuner.engine import hyperparameters as kt

Domain = Callable[[Any], Sequence[Any]]


def sample(space: HyperParameters, *place: int | str) -> Values:
    """Draw values for the active hyperparameters as a pure function of `place` and each one's name."""
    drawn = HyperParameters()
    for parameter in space.space:
        drawn.merge([parameter])
        if drawn.is_active(parameter):
            drawn.values[parameter.name] = parameter.random_sample(derive_seed(*place, parameter.name))
    return dict(drawn.values)


def defaults(space: HyperParameters) -> Values:
    """Give every active hyperparameter its default."""
    return next(combinations(space, lambda parameter: [parameter.default]))


def complete(space: HyperParameters, values: Values) -> Values:
    """Keep of `values` what is active, and give what is active and missing its default."""
    return next(combinations(space, lambda parameter: [values.get(parameter.name, parameter.default)]))


def combinations(space: HyperParameters, domain: Domain) -> Iterator[Values]:
    """Yield every combination of active values, the last hyperparameter changing fastest.

    `domain` gives the values of one hyperparameter, in order.
    """
    return _extend(space.space, {}, domain)


def _extend(parameters: Sequence[Any], chosen: Values, domain: Domain) -> Iterator[Values]:
    if not parameters:
        yield chosen
        return
    first, rest = parameters[0], parameters[1:]
    if not all(condition.is_active(chosen) for condition in first.conditions):
        yield from _extend(rest, chosen, domain)
        return
    for value in domain(first):
        yield from _extend(rest, {**chosen, first.name: value}, domain)


def grid_values(parameter: Any) -> list[Any]:
    """List the values that a grid tries: the default first, then the rest, ten for a continuous range."""
    values = _listed(parameter)
    if isinstance(parameter, kt.Float | kt.Int) and parameter.step is None:
        values.sort()
    return [parameter.default, *(value for value in values if value != parameter.default)]


def all_values(parameter: Any) -> Sequence[Any]:
    """List every value that sampling can give.

    Raises:
        ValueError: the range is continuous.
    """
    if isinstance(parameter, kt.Int) and parameter.step is None:
        return range(parameter.min_value, parameter.max_value + 1)
    if isinstance(parameter, kt.Float) and parameter.step is None and parameter.min_value < parameter.max_value:
        raise ValueError(f"{parameter.name} is continuous")
    return list(dict.fromkeys(_listed(parameter)))


def _listed(parameter: Any) -> list[Any]:
    """List keras-tuner's values of a hyperparameter; it gives floats for an `Int` on a log scale."""
    return [int(value) if isinstance(parameter, kt.Int) else value for value in parameter.values]


def is_finite(space: HyperParameters) -> bool:
    """Whether sampling can give finitely many combinations only."""
    try:
        for parameter in space.space:
            all_values(parameter)
    except ValueError:
        return False
    return True


def count_combinations(space: HyperParameters, limit: int = 1_000_000) -> float:
    """Count the combinations of active values: `math.inf` where a range is continuous, at most `limit`."""
    if not is_finite(space):
        return math.inf
    return sum(1 for _ in itertools.islice(combinations(space, all_values), limit))


def key(values: Values) -> str:
    """Name a combination of active values, for telling whether it was proposed before."""
    return "\x1f".join(f"{name}={values[name]!r}" for name in sorted(values))
