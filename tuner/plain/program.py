"""A chain of plain layers as something that trains epochs: what `tuner.program` is to all other models."""

import math
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from keras_search.tuner.data.tree import Tree
from keras_search.tuner.plain.arrays import Memory
from keras_search.tuner.plain.layers import BLOCK
from keras_search.tuner.plain.layout import Layout, copied_from, copied_to, lay_out
from keras_search.tuner.plain.recognition import Chain, chain_of
from keras_search.tuner.plain.rules import NUMBERS, advance, numbers_of, rule_of, slots_of
from keras_search.tuner.plain.sparse import is_sparse, packed_sizes
from keras_search.tuner.plain.steps import run
from keras_search.tuner.plain.tiles import GROUP, ROWS
from keras_search.tuner.plain.words import words_of

VALIDATION_BATCH = 256


@dataclass(frozen=True)
class Examples:
    """What to train or to validate on: x float32 `(n, features)`, read only, and labels int64 `(n,)`."""

    x: NDArray[np.float32]
    labels: NDArray[np.int64]


class PlainProgram:
    """Train one model of plain layers; its variables are read before each epoch and set after it."""

    jit = False

    def __init__(self, chain: Chain, rule: Any, fit: Examples, validation: Examples, batch_size: int) -> None:
        self._metric, self._rule, self._batch_size = chain.metric, rule, batch_size
        self._fit, self._validation = fit, validation
        capacity = max(min(batch_size, len(fit.x)), VALIDATION_BATCH)
        self._layout = lay_out(chain.layers, fit.x.shape[1], capacity, is_sparse(fit.x))
        self._layers = self._layout.layers
        self._memory = _memory(self._layout)

    def run(
        self,
        model: keras.Model,
        _fit: tuple[Tree, Tree],
        _validation: tuple[Tree, Tree],
        order: NDArray[np.int32],
        words: NDArray[np.uint32],
    ) -> dict[str, float]:
        """Train one epoch of `model` and validate it."""
        steps = -(-len(order) // self._batch_size)
        variables = self._variables(model)
        for array, start, variable in variables:
            copied_from(variable, array, start)
        words, numbers = words_of(words, steps), numbers_of(model.optimizer, steps)
        logs = self._epoch(self._fit, order, self._batch_size, True, words, numbers)
        for array, start, variable in variables:
            copied_to(variable, array, start)
        advance(model.optimizer, steps)
        return logs | {f"val_{name}": value for name, value in self._validate().items()}

    def _validate(self) -> dict[str, float]:
        n = len(self._validation.x)
        steps = -(-n // VALIDATION_BATCH)
        words, numbers = np.zeros((steps, 2), np.uint32), np.zeros((steps, NUMBERS), np.float32)
        order = np.arange(n, dtype=np.int32)
        return self._epoch(self._validation, order, VALIDATION_BATCH, False, words, numbers)

    def _epoch(
        self,
        data: Examples,
        order: NDArray[np.int32],
        batch_size: int,
        training: bool,
        words: NDArray[np.uint32],
        numbers: NDArray[np.float32],
    ) -> dict[str, float]:
        arguments = (order, batch_size, training, words, self._rule, numbers, self._memory)
        loss, right = run(self._layers, data.x, data.labels, *arguments)
        logs = {"loss": loss / len(order)} | ({self._metric: right / len(order)} if self._metric else {})
        return {name: float(np.float32(value)) for name, value in logs.items()}

    def _variables(self, model: keras.Model) -> list[tuple[NDArray[np.float32], int, Any]]:
        """List every variable that an epoch changes with the array that holds it meanwhile, and where it begins."""
        memory, begins = self._memory, {id(variable): start for variable, start in self._layout.parameters}
        found = [(memory.parameters, start, variable) for variable, start in self._layout.parameters]
        found += [(memory.running, start, variable) for variable, start in self._layout.averages]
        first, second = slots_of(model.optimizer)
        for slot, variables in ((memory.first_slots, first), (memory.second_slots, second)):
            of = model.optimizer._trainable_variables if variables else []
            found += [(slot, begins[id(of)], variable) for of, variable in zip(of, variables, strict=True)]
        return found


def plain_program(
    model: keras.Model, fit: tuple[Tree, Tree], validation: tuple[Tree, Tree], batch_size: int
) -> PlainProgram | None:
    """Give the program of a model of plain layers; None for any other, and for data of another kind."""
    chain = chain_of(model)
    if chain is None:
        return None
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    rule = rule_of(model.optimizer)
    if rule is None:
        return None
    learned, seen = (examples_of(*arrays, model.output_shape[-1]) for arrays in (fit, validation))
    features = math.prod(model.input_shape[1:])
    if learned is None or seen is None or not learned.x.shape[1] == seen.x.shape[1] == features:
        return None
    return PlainProgram(chain, rule, learned, seen, batch_size)


def examples_of(x: Tree, y: Tree, classes: int) -> Examples | None:
    """Give arrays as rows and labels below `classes`; None where they are of another kind."""
    if not (isinstance(x, np.ndarray) and isinstance(y, np.ndarray) and x.dtype == np.float32 and x.flags.c_contiguous):
        return None
    rows = np.asarray(x).reshape(len(x), -1).view()
    rows.flags.writeable = False
    if y.ndim == 2 and y.shape[1] == classes > 1:
        one_hot = np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all()
        return Examples(rows, y.argmax(axis=1)) if one_hot else None
    labels = y.reshape(-1).astype(np.int64) if y.dtype.kind in "iu" and y.size == len(x) else np.array([-1])
    return Examples(rows, labels) if labels.min() >= 0 and labels.max() < classes else None


def _memory(layout: Layout) -> Memory:
    sizes, layers = layout.sizes, layout.layers
    widest = int(max(layers["width"].max(), layers["input_width"].max()))
    places, groups = packed_sizes(layout.capacity, int(layers["inputs"][0]))
    return Memory(
        values=np.zeros(sizes["values"], np.float32),
        gradients=np.zeros((2, layout.capacity * widest), np.float32),
        parameters=np.zeros(sizes["parameters"], np.float32),
        first_slots=np.zeros(sizes["parameters"], np.float32),
        second_slots=np.zeros(sizes["parameters"], np.float32),
        running=np.zeros(sizes["running"], np.float32),
        kept=np.zeros(sizes["kept"], np.float32),
        scratch=np.zeros(max(BLOCK, ROWS * GROUP * widest), np.float32),
        amounts=np.zeros(places * GROUP, np.float32),
        places=np.zeros(places, np.int32),
        counts=np.zeros(groups, np.int64),
    )
