"""Train epochs of a network of plain layers, as `compiled.program` does for all other models."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from keras_search.tuner.data.reordering import examples_of, in_order
from keras_search.tuner.data.tree import Tree
from keras_search.tuner.system import tf_private
from keras_search.tuner.system.cpu import padded
from keras_search.tuner.system.memory import exceeds_memory
from keras_search.tuner.training.feeding import PIECE
from keras_search.tuner.training.kernels.apart import addresses_of
from keras_search.tuner.training.kernels.arithmetic.sparse import is_sparse, packed_sizes
from keras_search.tuner.training.kernels.arithmetic.tiles import GROUP, ROWS
from keras_search.tuner.training.kernels.arrays import (
    BATCH_SUM,
    CONVOLUTION,
    DEPTHWISE,
    KINDS,
    LOSS,
    LOSS_SUM,
    POOLED_CONVOLUTION,
    RARE,
    RARE_LOSS,
    SOFTMAX,
    STEP,
    SUMS,
    TRANSPOSED,
    WINDOW,
    Floats,
    Memory,
    aligned_zeros,
)
from keras_search.tuner.training.kernels.examples import Examples, taken
from keras_search.tuner.training.kernels.layout.network import lay_out, spans_of
from keras_search.tuner.training.kernels.layout.places import Layout
from keras_search.tuner.training.kernels.layout.variables import copied_from, copied_to
from keras_search.tuner.training.kernels.losses.scores import Told
from keras_search.tuner.training.kernels.losses.shares import to_shares
from keras_search.tuner.training.kernels.optimizers.rules import (
    NUMBERS,
    advance,
    collected_slots_of,
    first_value_of,
    numbers_of,
    rule_of,
    slots_of,
    updates_tables,
)
from keras_search.tuner.training.kernels.optimizers.updating import COLLECT
from keras_search.tuner.training.kernels.passes.layers import BLOCK
from keras_search.tuner.training.kernels.passes.registry import PASSES
from keras_search.tuner.training.kernels.recognition.graph import Graph
from keras_search.tuner.training.kernels.recognition.model import graph_of
from keras_search.tuner.training.kernels.steps import run
from keras_search.tuner.training.kernels.words import words_of

TESTED_AT_ONCE = 256
"""The number of examples in a validation batch."""
ROWS_TESTED_AT_ONCE = 32
"""The same where examples have several rows somewhere, such as pixels or steps, and are larger."""

Known = tuple[tuple[tuple[Tree, ...], Examples], ...]
"""The data to train on and to validate with, each as it was given and as the kernels take it."""


class PlainProgram:
    """Train a model of plain layers; its variables are read before each epoch and set after it."""

    jit = False

    def __init__(self, graph: Graph, rule: Any, known: Known, batch_size: int) -> None:
        self.graph, self._rule, self._batch_size = graph, rule, batch_size
        self._known, fit = known, known[0][1]
        several = lay_out(graph, 1, sparse=False).layers["positions"].max() > 1
        self._tested_at_once = ROWS_TESTED_AT_ONCE if several else TESTED_AT_ONCE
        capacity = max(min(batch_size, len(fit.x)), self._tested_at_once)
        self._layout = lay_out(graph, capacity, is_sparse(fit.x))
        self._layers = self._layout.layers
        self._losses = _loss_records(graph, self._layout)
        longest = max(len(fit.x), *(len(examples.x) for _, examples in known))
        kept = self._losses["width"][self._losses["kept"]].sum()
        self._memory = _memory(self._layout)._replace(told=np.zeros(longest * kept, np.float32))
        self._apart = np.zeros((KINDS, 2), np.int64)

    def collect(self, first_value: float) -> None:
        """Make room for the slots of a rule that collects the gradients; `first_value` is that of the first slot."""
        slots = aligned_zeros(4, self._layout.sizes["parameters"])
        slots[0] = first_value
        self._memory = self._memory._replace(slots=slots, spans=spans_of(self._layout))

    def compile(self) -> None:
        """Compile the kernels, or load them from the cache, by an epoch without a step."""
        kinds = set(self._layers["kind"].tolist()) | ({STEP} if self._rule["kind"] == COLLECT else set())
        kinds |= {RARE_LOSS} if (self._losses["kind"] >= RARE).any() else set()
        self._apart = addresses_of(PASSES, kinds)
        none = np.zeros(0, np.int32), self._batch_size, True
        self._epoch(self._known[0][1], *none, np.zeros((0, 2), np.uint32), np.zeros((0, NUMBERS), np.float32))

    def run(
        self,
        model: keras.Model,
        fit: tuple[Tree, ...],
        validation: tuple[Tree, ...],
        order: NDArray[np.int32],
        words: NDArray[np.uint32],
    ) -> dict[str, float]:
        """Train one epoch of `model` and validate it."""
        steps = -(-len(order) // self._batch_size)
        variables = self._copy_from(model)
        words, numbers = words_of(words, steps, self._layout.calls), numbers_of(model.optimizer, steps)
        logs = self._epoch(self._examples(model, fit), order, self._batch_size, True, words, numbers)
        for array, variable, *place in variables:
            copied_to(variable, array, *place)
        advance(model.optimizer, steps)
        held_out = self._validate(self._examples(model, validation))
        return logs | {f"val_{name}": value for name, value in held_out.items()}

    def test(self, model: keras.Model, data: tuple[Tree, ...]) -> tuple[dict[str, float], list[Floats]]:
        """Return what the metrics of `model` say of examples, and its outputs `(n, width)` as each loss takes them.

        Where a sigmoid ends the model, these are the probabilities. What is behind the columns means nothing.
        """
        self._copy_from(model)
        batches: list[list[Floats]] = [[] for _ in self._losses]

        def keep(rows: int) -> None:
            for loss, outputs in zip(self._losses, batches, strict=True):
                own = self._memory.values[loss["after"] : loss["after"] + rows * loss["width"]]
                outputs.append(own.reshape(rows, -1).copy())

        metrics = self._validate(self._examples(model, data), keep)
        return metrics, [np.concatenate(outputs) for outputs in batches]

    def _copy_from(self, model: keras.Model) -> list[tuple[Floats, Any, int, int]]:
        variables = self._variables(model)
        for array, variable, *place in variables:
            copied_from(variable, array, *place)
        for start, size, of, _ in self._memory.spans:
            if of >= 0:
                self._memory.parameters[start : start + size] = self._memory.parameters[of : of + size]
        return variables

    def _examples(self, model: keras.Model, data: tuple[Tree, ...]) -> Examples:
        known = next((examples for given, examples in self._known if given is data), None)
        examples = known or taken(model, data, self.graph)
        if examples is None:
            raise ValueError("expected data of the kind for which the program was made")
        return examples

    def _validate(self, data: Examples, after_step: Callable[[int], None] | None = None) -> dict[str, float]:
        at_once = self._tested_at_once
        steps = -(-len(data.x) // at_once)
        words, numbers = np.zeros((steps, 2), np.uint32), np.zeros((steps, NUMBERS), np.float32)
        return self._epoch(data, np.arange(len(data.x), dtype=np.int32), at_once, False, words, numbers, after_step)

    def _epoch(
        self,
        data: Examples,
        order: NDArray[np.int32],
        batch_size: int,
        training: bool,
        words: NDArray[np.uint32],
        numbers: Floats,
        after_step: Callable[[int], None] | None = None,
    ) -> dict[str, float]:
        """Take the steps of an epoch; after each, tell how many examples it had, whose outputs are in the memory."""
        ends = self.graph.ends.each
        sums = np.zeros((len(ends) + 1, 2, SUMS))
        arguments = (order, batch_size, training, words, self._rule, numbers, self._memory, sums, self._apart)
        for x, places, first, last in _parts(data.x, order, batch_size, training):
            for step, behind in [(first, last)] if after_step is None else pairwise(range(first, last + 1)):
                run(self._layers, self._losses, x, places, step, behind, data.targets, *arguments)
                if after_step is not None:
                    after_step(min(batch_size, len(order) - step * batch_size))
        n, weight = len(order), float(data.targets.weights[order].sum(dtype=np.float64))
        scales = np.append(self._losses["scale"], 1)
        logs = {"loss": (scales * sums[:, 1, LOSS_SUM]).sum() / max(n, 1)}
        for number, (end, own) in enumerate(zip(ends, sums, strict=False)):
            told = partial(self._told, number, data, order)
            logs |= {measure.name: measure.value(own, n, weight, told) for measure in end.measures if n}
            # Keras does not know how large a batch of several outputs is while it trains.
            batches = own[1, BATCH_SUM] / max(len(words), 1)
            logs[f"{end.name}_loss"] = batches if training else own[1, LOSS_SUM] / max(n, 1)
        return {name: float(np.float32(logs[name])) for name in self.graph.ends.metric_names if name in logs}

    def _told(self, number: int, data: Examples, order: NDArray[np.int32]) -> Told:
        """Return the outputs that an epoch has kept for the metrics of one of the ends."""
        end, loss, n = self.graph.ends.each[number], self._losses[number], len(order)
        columns, width, start = int(loss["columns"]), int(loss["width"]), n * int(loss["told"])
        outputs = self._memory.told[start : start + n * width].reshape(n, width).copy()
        if loss["kind"] == SOFTMAX:
            if not end.objective.from_logits:
                to_shares(outputs, columns)
            labels = data.targets.labels[len(data.x) * int(loss["labels"]) :][order]
            truth = np.eye(columns, dtype=np.float32)[labels]
        else:
            own = data.targets.values[len(data.x) * int(loss["numbers"]) :][: len(data.x) * columns]
            truth = own.reshape(-1, columns)[order]
        return Told(truth, outputs[:, :columns], data.targets.weights[order])

    def _variables(self, model: keras.Model) -> list[tuple[Floats, Any, int, int]]:
        """List every variable that an epoch changes with the array that holds it during the epoch.

        Its offset there, and the number of blocks of its columns follow.
        """
        memory, blocks, trainable = self._memory, self._layout.blocks, self._layout.parameters
        places = {id(variable): (start, blocks.get(id(variable), 1)) for variable, start in trainable}
        found = [(memory.parameters, variable, *places[id(variable)]) for variable, _ in trainable]
        found += [(memory.running, variable, start, 1) for variable, start in self._layout.averages]
        if self._rule["kind"] == COLLECT:
            slots = list(zip(memory.slots, collected_slots_of(model.optimizer), strict=True))
        else:
            slots = list(zip((memory.first_slots, memory.second_slots), slots_of(model.optimizer), strict=True))
        for slot, variables in slots:
            trained = tf_private.own_trainable_variables(model.optimizer) if variables else []
            found += [(slot, variable, *places[id(of)]) for of, variable in zip(trained, variables, strict=True)]
        return found


def _parts(
    x: Floats, order: NDArray[np.int32], batch_size: int, training: bool
) -> Iterator[tuple[Floats, NDArray[np.int32], int, int]]:
    """Yield the rows for some steps, the place there of each example of the order, the first step and that behind them.

    That is all at once, unless the rows exceed the memory and are not read in the order in which they lie.
    """
    steps = -(-len(order) // batch_size)
    if not training or not steps or not exceeds_memory(x.nbytes):
        yield x, order, 0, steps
        return
    many = examples_of((x,), batch_size, PIECE)
    places = np.arange(len(order), dtype=np.int32) % many
    for first, (rows,) in zip(range(0, steps, many // batch_size), in_order((x,), order, many), strict=True):
        assert isinstance(rows, np.ndarray)
        rows.flags.writeable = False  # as x is: the kernels are compiled for that
        yield rows, places, first, min(first + many // batch_size, steps)


def plain_program(
    model: keras.Model, fit: tuple[Tree, ...], validation: tuple[Tree, ...], batch_size: int
) -> PlainProgram | None:
    """Return the program of a model of plain layers; None for any other, and for data of another kind.

    `fit` and `validation` are (x, y) or (x, y, weights).
    """
    graph = graph_of(model)
    if graph is None:
        return None
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    shares = bool(lay_out(graph, 1, sparse=False).copies)
    rule = rule_of(model.optimizer, shares)
    updated = {id(variable) for variable in tf_private.own_trainable_variables(model.optimizer)}
    if not _updates(rule, graph) or updated != {id(variable) for variable in model.trainable_variables}:
        return None
    learned, held_out = (taken(model, data, graph) for data in (fit, validation))
    if learned is None or held_out is None:
        return None
    program = PlainProgram(graph, rule, ((fit, learned), (validation, held_out)), batch_size)
    if rule["kind"] == COLLECT:
        program.collect(first_value_of(model.optimizer))
    program.compile()
    return program


def _updates(rule: Any, graph: Graph) -> bool:
    """Return whether there is a rule, and embeddings have updates by it, which are their own.

    A rule that collects the gradients updates after the norms of columns are limited, which would be too late.
    """
    if rule is None:
        return False
    embeds = any(isinstance(part.what, keras.layers.Embedding) for part in graph.parts)
    kernels = [getattr(part.what, "kernel", None) for part in graph.parts]
    limited = any(kernel is not None and kernel.constraint is not None for kernel in kernels)
    return (updates_tables(rule) or not embeds) and (rule["kind"] != COLLECT or not limited)


def _loss_records(graph: Graph, layout: Layout) -> Any:
    """Return the records of all losses, `(n_losses,)` of LOSS."""
    records = np.zeros(len(graph.compared), LOSS)
    classes, numbers, told = 0, 0, 0
    for row, (end, outputs) in enumerate(zip(graph.ends.each, layout.compared, strict=True)):
        objective, record = end.objective, records[row : row + 1]
        record["kind"], record["gradient"], record["after"] = objective.kind, row, outputs.start
        record["columns"], record["width"] = outputs.columns, padded(outputs.columns)
        record["labels"], record["numbers"], record["told"] = classes, numbers, told
        record["kept"] = any(measure.score is not None for measure in end.measures)
        told += int(record["kept"][0]) * int(record["width"][0])
        for name in ("delta", "smoothing", "scale", "alpha", "gamma", "balances"):
            record[name] = getattr(objective, name)
        if objective.kind == SOFTMAX:
            classes += 1
            continue
        numbers += end.columns
        record["measured"] = any(measure.score is None for measure in end.measures)
        record["sigmoid"] = objective.end is not None and not objective.from_logits
    return records


def _memory(layout: Layout) -> Memory:
    sizes, layers = layout.sizes, layout.layers
    widest = int(max(layers["width"].max(), layers["input_width"].max()))
    largest = int(max((layers[f"{end}positions"] * layers[f"{end}width"]).max() for end in ("", "input_")))
    places, groups = packed_sizes(layout.capacity, int(layers["inputs"][layers["sparse"]].max(initial=1)))
    convolved = layers[np.isin(layers["kind"], (CONVOLUTION, POOLED_CONVOLUTION, DEPTHWISE))]
    most = int(((convolved["rows"] + 1) * convolved["width"]).max(initial=0))
    turned = layers[layers["kind"] == TRANSPOSED]
    most = int((turned["rows"] * turned["input_width"] + turned["width"]).max(initial=most))
    constants = aligned_zeros(sizes["constants"])
    for each, start in layout.constants:
        constants[start : start + len(each)] = each
    return Memory(
        values=aligned_zeros(sizes["values"]),
        gradients=aligned_zeros(layout.gradients, layout.capacity * largest),
        parameters=aligned_zeros(sizes["parameters"]),
        first_slots=aligned_zeros(sizes["parameters"]),
        second_slots=aligned_zeros(sizes["parameters"]),
        running=aligned_zeros(sizes["running"]),
        kept=aligned_zeros(sizes["kept"]),
        constants=constants,
        scratch=aligned_zeros(max(BLOCK, ROWS * GROUP * widest, most)),
        amounts=aligned_zeros(places * GROUP),
        places=np.zeros(places, np.int32),
        counts=np.zeros(groups, np.int64),
        windows=np.concatenate([*layout.windows, np.zeros(0, WINDOW)]),
        tables=np.concatenate([*layout.tables, np.zeros(0, np.int64)]),
        told=np.zeros(0, np.float32),
        slots=np.zeros((4, 0), np.float32),
        spans=np.zeros((0, 2), np.int64),
    )
