"""Test a network of plain layers: its metrics and outputs, the same on every processor."""

import keras
import numpy as np
from numpy.typing import NDArray

from keras_search.models.problem import Target
from keras_search.tuner.data.tree import Tree
from keras_search.tuner.training.kernels.arrays import OF_CHANCES, SOFTMAX, Floats
from keras_search.tuner.training.kernels.losses.shares import to_chances, to_shares
from keras_search.tuner.training.kernels.program import plain_program
from keras_search.tuner.training.kernels.recognition.ends import End


def tested(
    model: keras.Model, examples: tuple[Tree, ...], target: Target
) -> tuple[dict[str, float], NDArray[np.float32]] | None:
    """Return the metrics of a compiled model, and its output for `target`: probabilities of all classes, or values.

    None if the kernels do not know the model, the examples, or the way from its output to probabilities.
    """
    program = plain_program(model, examples, examples, batch_size=1)
    ends = () if program is None else program.graph.ends.each
    place = next((place for place, end in enumerate(ends) if len(ends) == 1 or end.name == target.name), None)
    if program is None or place is None or not _is_known(ends[place], target):
        return None
    metrics, outputs = program.test(model, examples)
    return metrics, _answers(ends[place], outputs[place], target)


def _is_known(end: End, target: Target) -> bool:
    """Return whether the answers follow from the output: it has no logits, or the logits of classes."""
    objective = end.objective
    if not objective.from_logits:
        return True
    return target.classifies and (objective.kind == SOFTMAX or _is_of_both(end, target))


def _is_of_both(end: End, target: Target) -> bool:
    return end.objective.kind in OF_CHANCES and end.columns == 1 and target.classes == 2


def _answers(end: End, outputs: Floats, target: Target) -> NDArray[np.float32]:
    if end.objective.kind == SOFTMAX:
        to_shares(outputs, end.columns)
    elif end.objective.kind in OF_CHANCES and end.objective.from_logits:
        to_chances(outputs.reshape(-1))
    found = outputs[:, : end.columns].reshape(len(outputs), *end.shape)
    single = end.columns == 1 and target.classes == 2
    return np.concatenate([np.float32(1) - found, found], axis=1) if single else np.ascontiguousarray(found)
