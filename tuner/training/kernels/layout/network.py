"""Assign the parts of a network their places in memory, one after another."""

from dataclasses import replace
from typing import Any

import keras
import numpy as np

from keras_search.tuner.system.cpu import padded
from keras_search.tuner.training.kernels import arrays
from keras_search.tuner.training.kernels.arithmetic.tiles import GROUP
from keras_search.tuner.training.kernels.layout.descriptions import DESCRIPTIONS
from keras_search.tuner.training.kernels.layout.gradients import assign_gradients
from keras_search.tuner.training.kernels.layout.places import Layout, Outputs, features_of
from keras_search.tuner.training.kernels.recognition.called_dropout import CalledDropout
from keras_search.tuner.training.kernels.recognition.graph import Graph
from keras_search.tuner.training.kernels.recognition.grouped import GroupConvolution
from keras_search.tuner.training.kernels.recognition.pooled import PooledConvolution
from keras_search.tuner.training.kernels.recognition.shapes import SHAPING, Rows, in_one_row, rows_made, rows_taken
from keras_search.tuner.training.kernels.recognition.windows import CONVOLUTIONS


def lay_out(graph: Graph, capacity: int, sparse: bool) -> Layout:
    """Assign each part of a network its places; `sparse`: most of the data's numbers are zero."""
    layout = Layout(-(-capacity // GROUP) * GROUP)
    outputs: list[Outputs] = []
    for part in graph.parts:
        examples = [Outputs(0, features_of(part.what), sparse=sparse)] if not part.takes else []
        outputs.append(add(layout, part.what, examples or [outputs[number] for number in part.takes]))
    layout.compared = [outputs[number] for number in graph.compared]
    layout.gradients = assign_gradients(layout.layers, [each.start for each in layout.compared])
    return layout


def spans_of(layout: Layout) -> np.ndarray:
    """List where the parameters of variables are, `(n, SPAN)`: the offset of the first, and their number.

    The offset of those of which they are copies follows, or -1; and 1 if they are the table of an embedding, else 0.
    """
    starts = sorted([*(start for _, start in layout.parameters), *layout.copies])
    sizes = np.diff([*starts, layout.sizes["parameters"]])
    embeddings = layout.layers["weights"][layout.layers["kind"] == arrays.EMBEDDING]
    of = [layout.copies.get(start, -1) for start in starts]
    return np.stack([starts, sizes, of, np.isin(starts, embeddings)], axis=1).astype(np.int64)


def add(layout: Layout, what: Any, inputs: list[Outputs]) -> Outputs:
    """Append the records of a part, one for each of its inputs; return its outputs."""
    given = [each.rows for each in inputs]
    # A convolution reads its inputs from anywhere, but their gradient has rows.
    taken = (
        given
        if isinstance(what, (*CONVOLUTIONS, PooledConvolution)) and not inputs[0].learns
        else rows_taken(what, given)
    )
    inputs = [arranged(layout, each, rows) for each, rows in zip(inputs, taken, strict=True)]
    if isinstance(what, SHAPING):
        return inputs[0]
    made = _append(layout, what, inputs, *rows_made(what, taken))
    if isinstance(what, keras.layers.InputLayer):
        layout.taken[id(what.output)] = made
    return made


def arranged(layout: Layout, outputs: Outputs, rows: Rows) -> Outputs:
    """Return outputs in other rows: the same memory if it has no padding, else that of a part that copies them."""
    positions, columns = rows
    if outputs.rows == rows:
        return outputs
    same = replace(outputs, positions=positions, columns=columns, sparse=outputs.sparse and positions == 1)
    if outputs.unbroken and same.unbroken:
        return same
    if 1 not in (positions, outputs.positions):
        outputs = arranged(layout, outputs, in_one_row(rows))
    return _append(layout, None, [outputs], *rows)


def _append(layout: Layout, what: Any, inputs: list[Outputs], positions: int, columns: int) -> Outputs:
    made = Outputs(0, columns, positions)
    start = layout.take("values", layout.capacity * made.size)
    records = np.zeros(len(inputs), arrays.LAYER)
    records["input_positions"], records["positions"] = [each.positions for each in inputs], positions
    records["inputs"], records["columns"] = [each.columns for each in inputs], columns
    records["input_width"], records["width"] = [padded(each.columns) for each in inputs], padded(columns)
    records["before"], records["after"] = [each.start for each in inputs], start
    records["sparse"], records["passes"] = ([getattr(each, name) for each in inputs] for name in ("sparse", "learns"))
    before, copied = layout.sizes["parameters"], len(layout.copies)
    DESCRIPTIONS[type(what)](what, records, layout)
    records["learns"] |= records["passes"] | (layout.sizes["parameters"] > before)
    if len(layout.copies) > copied or _is_of_copies(what, layout):
        for price in ("l1", "l2", "bias_l1", "bias_l2"):
            records[price] = 0  # that of the first call is the price of its parameters
    layout.layers = np.append(layout.layers, records)
    return replace(made, start=start, learns=bool(records["learns"].any()), sparse=_is_sparse(what, inputs))


def _is_of_copies(what: Any, layout: Layout) -> bool:
    """Return whether the parameters of a group are copies that the first of the groups has taken."""
    return isinstance(what, GroupConvolution) and layout.starts[id(what.kernel)] in layout.copies


def _is_sparse(what: Any, inputs: list[Outputs]) -> bool:
    """Return whether a part keeps most of its inputs' zeros."""
    keeps = isinstance(what, int | keras.layers.InputLayer | keras.layers.Dropout | CalledDropout)
    keeps = keeps or (isinstance(what, keras.layers.Rescaling) and not np.any(what.offset))
    return keeps and inputs[0].sparse
