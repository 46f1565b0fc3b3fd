"""Recognise what a model was compiled with: the loss and the metrics of each of its outputs."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import keras

from keras_search.tuner.system import tf_private
from keras_search.tuner.training.kernels import arrays
from keras_search.tuner.training.kernels.recognition.objectives import Measure, Objective, measures_of, objective_of


@dataclass(frozen=True)
class End:
    """An output of a model, and how it is compared with its targets."""

    name: str
    """The name of its targets if there are several outputs, else ""."""
    shape: tuple[int, ...]
    """The shape of an example; the mean over all its numbers is compared if there are several axes."""
    objective: Objective
    measures: tuple[Measure, ...]

    @property
    def columns(self) -> int:
        """The number of its numbers."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class Ends:
    """All outputs of a model, in its order, and Keras's names of the values that an epoch reports, in Keras's order."""

    each: tuple[End, ...]
    metric_names: tuple[str, ...]


def ends_of(model: keras.Model) -> Ends | None:
    """Return how the outputs of a model are compared; None if that is done in a way that the kernels do not know."""
    compiled, names = tf_private.compiled_loss(model), _names(model)
    if compiled is None or names is None or keras.config.floatx() != "float32":
        return None
    given = [*compiled, *tf_private.compiled_metrics(model)]
    by_output = _by_output(given, model) if len(names) > 1 else [[each] for each in _alone(given)]
    if by_output is None:
        return None
    ends = []
    for name, tensor, *how in zip(names, model.outputs, *by_output, strict=True):
        end = _end(name, tuple(int(size or 0) for size in tensor.shape[1:]), *how)
        if end is None:
            return None
        ends.append(end)
    by_name = isinstance(given[0], dict) and isinstance(model.output, dict)
    reported = tuple(_reported(ends, [*given[0]] if by_name else names))
    return Ends(tuple(ends), reported) if len(set(reported)) == len(reported) else None


def _end(name: str, shape: tuple[int, ...], loss: Any, scale: Any, plain: Any, weighted: Any) -> End | None:
    objective, columns = objective_of(loss, scale), shape[-1] if shape else 0
    if objective is None or (objective.kind in (arrays.SOFTMAX, arrays.FOCAL) and columns < 2):
        return None
    if len(shape) > 1 and (objective.kind == arrays.SOFTMAX or objective.kind >= arrays.RARE):
        return None
    measures = measures_of(plain, weighted, objective, columns)
    if measures is None or (len(shape) > 1 and not all(each.is_of_all_numbers for each in measures)):
        return None
    prefix = f"{name}_" if name else ""
    return End(name, shape, objective, tuple(replace(each, name=f"{prefix}{each.name}") for each in measures))


def _names(model: keras.Model) -> list[str] | None:
    """Return the names of several outputs, [""] for a single one; None if they have a structure of their own."""
    if len(model.outputs) == 1:
        return [""]
    names, structure = list(model.output_names), model.output
    if isinstance(structure, dict):
        structure = [structure[name] for name in names] if set(structure) == set(names) else []
    alike = isinstance(structure, list) and len(structure) == len(names)
    return names if alike and all(one is two for one, two in zip(structure, model.outputs, strict=True)) else None


def _alone(given: list[Any]) -> list[Any]:
    """Return what was given for a single output: its loss, the weight of that in a list, and lists of metrics."""
    loss, weights, *metrics = given
    weight = weights[0] if isinstance(weights, list | tuple) and len(weights) == 1 else weights
    return [loss, weight, *(keras.tree.flatten(each) if each else None for each in metrics)]


def _by_output(given: list[Any], model: keras.Model) -> list[list[Any]] | None:
    """Return what was given for each of several outputs: losses, their weights, and two lists of metrics."""
    names, parts = list(model.output_names), []
    for number, each in enumerate(given):
        if number == 1 and isinstance(each, dict) and isinstance(given[0], list | tuple) and set(each) == set(names):
            part = [each[name] for name in sorted(names)]  # Keras does not look at the names then
        elif isinstance(each, dict) and set(each) <= set(names):
            part = [each.get(name) for name in names]
        elif isinstance(each, list | tuple) and len(each) == len(names) and not isinstance(model.output, dict):
            part = list(each)
        elif number and not each:
            part = [None] * len(names)
        else:
            return None
        whole = number == 0 or (number == 1 and bool(each))
        if whole and any(one is None for one in part):
            return None
        parts.append(part)
    return parts


def _reported(ends: list[End], names: list[str]) -> Iterator[str]:
    yield "loss"
    for weighted in (False, True):
        yield from (each.name for end in ends for each in end.measures if each.weighted is weighted)
    if len(ends) > 1:
        yield from (f"{name}_loss" for name in names)
