"""Walk a search space: find the active hyperparameters, sample and count their values.

If several hyperparameters of the same name are active at once, the first decides, as it does in a build.
"""

import functools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from keras_tuner import HyperParameters
from keras_tuner.engine import hyperparameters as kt

from keras_search.tuner.study.records import Values
from keras_search.tuner.system.seeds import derive_seed

Domain = Callable[[Any], Sequence[Any]]
"""The values of one hyperparameter, in order."""


def conditions_hold(parameter: Any, values: Values) -> bool:
    """Return whether the conditions of a hyperparameter hold for `values`."""
    return all(condition.is_active(values) for condition in parameter.conditions)


def fill(space: HyperParameters, choose: Callable[[Any], Any]) -> Values:
    """Set each active hyperparameter, parents first, to the value that `choose` returns for it."""
    values: Values = {}
    for parameter in space.space:
        if _is_next(parameter, values):
            values[parameter.name] = choose(parameter)
    return values


def sample(space: HyperParameters, *place: int | str) -> Values:
    """Draw values for the active hyperparameters as a pure function of `place` and each one's name."""
    return fill(space, lambda parameter: parameter.random_sample(derive_seed(*place, parameter.name)))


def defaults(space: HyperParameters) -> Values:
    """Set every active hyperparameter to its default."""
    return fill(space, lambda parameter: parameter.default)


def combinations(space: HyperParameters, domain: Domain) -> Iterator[Values]:
    """Yield every combination of active values, the last hyperparameter changing fastest."""
    return _extend(space.space, {}, domain)


def _extend(parameters: Sequence[Any], chosen: Values, domain: Domain) -> Iterator[Values]:
    if not parameters:
        yield chosen
        return
    first, rest = parameters[0], parameters[1:]
    if not _is_next(first, chosen):
        yield from _extend(rest, chosen, domain)
        return
    for value in domain(first):
        yield from _extend(rest, {**chosen, first.name: value}, domain)


def count_combinations(space: HyperParameters, domain: Callable[[Any], Sequence[Any] | None]) -> float:
    """Count the combinations of active values without listing them; `math.inf` if `domain` returns None.

    Only the values that a later hyperparameter's conditions check are distinguished.
    """
    parameters = space.space
    looked_at = [_names_looked_at(parameters[index:]) for index in range(len(parameters) + 1)]

    @functools.cache
    def count(index: int, chosen: frozenset[tuple[str, Any]]) -> float:
        if index == len(parameters):
            return 1
        parameter, later = parameters[index], looked_at[index + 1]
        known = {name: value for name, value in chosen if name in later}
        if not _is_next(parameter, dict(chosen)):
            return count(index + 1, frozenset(known.items()))
        values = domain(parameter)
        if values is None:
            return math.inf
        if parameter.name not in later:
            return len(values) * count(index + 1, frozenset(known.items()))
        return sum(count(index + 1, frozenset({**known, parameter.name: value}.items())) for value in values)

    return count(0, frozenset())


def _names_looked_at(parameters: Sequence[Any]) -> set[str]:
    conditions = {condition.name for parameter in parameters for condition in parameter.conditions}
    return conditions | {parameter.name for parameter in parameters}


def _is_next(parameter: Any, chosen: Values) -> bool:
    return parameter.name not in chosen and conditions_hold(parameter, chosen)


def grid_values(parameter: Any) -> list[Any]:
    """List the values that a grid tries: the default first, then the rest, keras-tuner's ten of a continuous range."""
    samples = isinstance(parameter, kt.Float | kt.Int) and parameter.step is None
    values = sorted(parameter.values) if samples else all_values(parameter) or []
    return [parameter.default, *(value for value in values if not _same(value, parameter.default))]


def all_values(parameter: Any) -> Sequence[Any] | None:
    """List every value that sampling can give; None if the range is continuous."""
    if isinstance(parameter, kt.Int) and (parameter.sampling == "linear" or parameter.step is None):
        return range(parameter.min_value, parameter.max_value + 1, parameter.step or 1)
    if isinstance(parameter, kt.Int):
        return [int(value) for value in parameter.values]
    if isinstance(parameter, kt.Float) and parameter.step is None:
        return [parameter.min_value] if parameter.min_value == parameter.max_value else None
    return list(dict.fromkeys(parameter.values))


def value_at(parameter: Any, probability: float) -> Any:
    """Return the value of a hyperparameter at a cumulative probability in `[0, 1]`, 1 included.

    keras-tuner's own inverse leaves the range at 1.
    """
    value = parameter.prob_to_value(probability)
    return min(value, parameter.max_value) if isinstance(parameter, kt.Float | kt.Int) else value


def key(values: Values) -> str:
    """Return a key for a combination of active values, to check whether it was proposed before."""
    return "\x1f".join(f"{name}={values[name]!r}" for name in sorted(values))


def _same(one: Any, other: Any) -> bool:
    """Return whether two values are equal up to the rounding of a step, such as 0.3 and 3 * 0.1."""
    floats = isinstance(one, float) and isinstance(other, float | int)
    return math.isclose(one, other, rel_tol=1e-12) if floats else bool(one == other)
