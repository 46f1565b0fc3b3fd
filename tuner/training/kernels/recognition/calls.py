"""List the calls of a model, and of the models within it, in the order in which Keras makes them."""

from dataclasses import dataclass, field
from typing import Any

import keras

from keras_search.tuner.system import tf_private
from keras_search.tuner.training.kernels.recognition.masks import carried_masks, masks_of

Numbers = dict[int, int]
"""By the identity of a tensor, the number of the call that gives it."""


@dataclass(frozen=True)
class Call:
    """A call of a layer or of an operator; a layer may be called several times, also as a part of an inner model."""

    operation: Any
    node: Any
    """Keras's node, whose tensors are those of the inner model if the call is in one."""
    takes: tuple[int, ...]
    """The numbers of the calls whose outputs it takes."""
    mask: Any = None
    """What skips steps: the input of the outer model whose zeros they are, or the output of a `Masking`."""
    masks: dict[int, Any] = field(default_factory=dict)
    """Those of the tensors that it takes, of one of READING, by their identities; None if a mask is another."""

    @property
    def output(self) -> Any:
        """The tensor that it gives."""
        return self.node.outputs[0]


@dataclass(frozen=True)
class Calls:
    """The calls of a model, and for each of its outputs the number of the call that gives it."""

    each: tuple[Call, ...]
    outputs: tuple[int, ...]


def calls_of(model: keras.Model) -> Calls | None:
    """List all calls of a model; None if it or a model within it is no graph of calls, or makes what nothing takes."""
    calls: list[Call] = []
    outputs = _enter(model, None, calls)
    if outputs is None:
        return None
    taken = {*outputs, *(number for call in calls for number in call.takes)}
    used = all(number in taken or _is_input(call.operation) for number, call in enumerate(calls))
    return Calls(tuple(calls), tuple(outputs)) if used else None


def _is_input(operation: Any) -> bool:
    return isinstance(operation, keras.layers.InputLayer)


def _enter(model: keras.Model, given: list[int] | None, calls: list[Call]) -> list[int] | None:
    """Append the calls of a model, which takes the outputs of the calls `given` if it is an inner one."""
    nodes_at = tf_private.nodes_by_depth(model)
    if nodes_at is None:
        return None
    nodes = [node for depth in sorted(nodes_at, reverse=True) for node in nodes_at[depth]]
    masks, numbers = masks_of(nodes), _numbers(model.inputs, given or [])
    carried = carried_masks(nodes, masks)
    if carried is None:
        return None

    def outer(numbered: Any) -> Any:
        return None if numbered is None else calls[numbers[id(numbered)]].output

    for node in nodes:
        if id(node.outputs[0]) in masks or (given is not None and _is_input(node.operation)):
            continue
        taken = [id(tensor) for tensor in node.input_tensors if id(tensor) not in masks]
        if any(tensor not in numbers for tensor in taken):  # one of several outputs of a layer
            return None
        takes = [numbers[tensor] for tensor in taken]
        if isinstance(node.operation, keras.Model):
            inner = _enter(node.operation, takes, calls) if _only_takes_tensors(node) else None
            if inner is None:
                return None
            numbers |= _numbers(node.outputs, inner)
        else:
            mask = outer(masks.get(id(node.arguments.kwargs.get("mask"))))
            seen = {tensor: outer(each) for tensor, each in carried.get(id(node), {}).items()}
            numbers[id(node.outputs[0])] = len(calls)
            calls.append(Call(node.operation, node, tuple(takes), mask, seen))
    ends = [id(tensor) for tensor in model.outputs]
    return [numbers[tensor] for tensor in ends] if all(tensor in numbers for tensor in ends) else None


def _numbers(tensors: list[Any], given: list[int]) -> Numbers:
    return {id(tensor): number for tensor, number in zip(tensors, given, strict=False)}


def _only_takes_tensors(node: Any) -> bool:
    """Return whether an inner model is a graph that takes tensors without a mask, and gives none with a mask."""
    model, others = node.operation, {name: value for name, value in node.arguments.kwargs.items() if name != "training"}
    plain = all(value is None for value in keras.tree.flatten(others)) and len(node.arguments.args) == 1
    if tf_private.nodes_by_depth(model) is None or not plain:
        return False
    if model.compute_dtype != "float32" or model.activity_regularizer is not None or "call" in vars(model):
        return False
    given, wanted = node.arguments.args[0], model.input
    same = type(given) is type(wanted) and (not isinstance(given, dict) or given.keys() == wanted.keys())
    pairs = list(zip(keras.tree.flatten(given), keras.tree.flatten(wanted), strict=False)) if same else []
    alike = all(one.dtype == two.dtype and one.shape[1:] == two.shape[1:] for one, two in pairs)
    return alike and len(pairs) == len(model.inputs) and all(tf_private.mask_of(each) is None for each in model.outputs)
