"""Match a model's outputs with the targets of the data, by names, compiled losses and shapes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import losses

from keras_search.errors import KerasSearchError
from keras_search.models.problem import Target
from keras_search.tuner.data import Array, Labels, Tree
from keras_search.tuner.data.pieces import picked
from keras_search.tuner.data.tree import Examples, leaves
from keras_search.tuner.system.logarithm import log
from keras_search.tuner.training.compiled.batches import most_at_once, takes_examples_alone
from keras_search.tuner.training.feeding import Batches, are_large
from keras_search.tuner.training.reported import number
from keras_search.tuner.training.texts import with_text_tensors

ONE_HOT_LOSSES = {
    losses.categorical_crossentropy: losses.CategoricalCrossentropy,
    losses.categorical_focal_crossentropy: losses.CategoricalFocalCrossentropy,
    losses.categorical_hinge: losses.CategoricalHinge,
}
"""Losses that take one-hot labels and nothing else, as functions and as classes."""
COLUMN_LOSSES = {
    losses.mean_squared_error: losses.MeanSquaredError,
    losses.mean_absolute_error: losses.MeanAbsoluteError,
    losses.huber: losses.Huber,
    losses.log_cosh: losses.LogCosh,
    losses.kl_divergence: losses.KLDivergence,
    losses.poisson: losses.Poisson,
    losses.binary_crossentropy: losses.BinaryCrossentropy,
    losses.binary_focal_crossentropy: losses.BinaryFocalCrossentropy,
    losses.cosine_similarity: losses.CosineSimilarity,
    losses.hinge: losses.Hinge,
    losses.squared_hinge: losses.SquaredHinge,
}
"""Losses that compare each column of an output with a label of its own."""
EVALUATION_BATCH = 1024
SUM_TOLERANCE = 1e-3
"""By how much the sum of an example's probabilities may miss 1; rounding is far below this."""

Targets = Sequence[Target]
OutputKey = str | int | None
"""The place of an output in a model's: a key of the dict, an index of the list, or None for the only one."""


class UnfitModelError(KerasSearchError):
    """Raised if a hypermodel returned something that cannot be trained here."""


def compared(model: keras.Model, outputs: Any, targets: Targets) -> Any:
    """Return the compared one of a `model`'s outputs, an array or a dict or list of arrays.

    Raises:
        UnfitModelError: the model has not an output for each target.
    """
    return by_target(model, outputs, targets)[targets[0].name]


def by_target(model: keras.Model, outputs: Any, targets: Targets) -> dict[str, Any]:
    """Return a `model`'s outputs, arrays or symbols, by the names of their targets.

    Raises:
        UnfitModelError: the model has not an output for each target.
    """
    outputs = _unpacked(outputs)
    keys = _output_keys(outputs, getattr(model, "output_names", None), targets)
    return {name: _at(outputs, key) for name, key in keys.items()}


def labels_for(model: keras.Model, y: Tree, targets: Targets, own_fit: bool = False, as_given: bool = False) -> Tree:
    """Return the labels as the model's losses take them, by the names of its outputs if it has several.

    Labels `(n,)` stay so or become one-hot `(n, classes)` float32 for a Keras loss that needs this; all else stays as
    it is. Labels `as_given` by the user do so only for a loss that takes nothing else. The user's own `fit` gets them
    by their names in the data.

    Raises:
        UnfitModelError: the model has not an output for each target.
    """
    try:
        keys = _keys_of(model, targets)
    except UnfitModelError:
        if own_fit:
            return y
        raise
    taken = {t.name: _taken(model, keys[t.name], leaves(y)[t.name], t, as_given) for t in targets}
    if own_fit:
        return taken if isinstance(y, dict) else taken[targets[0].name]
    keyed = {_loss_key(model, keys[name]): array for name, array in taken.items()}
    return keyed[None] if None in keyed else {str(key): array for key, array in keyed.items()}


def fits(shape: tuple[int, ...], target: Target) -> bool:
    """Return whether an output of `shape` `(n, ...)` has a column for each class, or as many values as its target.

    One column is enough for two classes. Targets that are neither classes nor values have no such output.
    """
    if target.other or len(shape) != 2:
        return False
    return shape[1] == (target.classes or target.width) or _is_of_both(shape[1], target)


def width_of(model: keras.Model, targets: Targets, target: Target) -> int | None:
    """Return the number of columns of a target's output, None if it is unknown.

    Raises:
        UnfitModelError: the model has not an output for each target.
    """
    return _width(model, _keys_of(model, targets)[target.name])


def with_probabilities(model: keras.Model, targets: Targets) -> keras.Model:
    """Return the model with probabilities `(n, classes)` of all classes, sharing its weights; itself if it has them.

    Logits, as known from the compiled loss, go through a softmax or a sigmoid, and the one column of two classes
    becomes two, `1 - p` and `p`. Several outputs become a dict by the names of their targets, in which those that need
    no change stay as they are. A model of the user's own class, without symbolic outputs, stays as it is.
    """
    keys = _keys_of(model, targets)
    heads = {target.name: _heads(model, keys[target.name], target) for target in targets}
    if not any(heads.values()) or _symbols(model) is None:
        return model
    outputs = {}
    for name, layers in heads.items():
        outputs[name] = _at(_symbols(model), keys[name])
        for layer in layers:
            outputs[name] = layer(outputs[name])
    inputs = model.inputs[0] if isinstance(model, keras.Sequential) else model.input
    return keras.Model(inputs, outputs if len(outputs) > 1 else outputs[targets[0].name])


def is_distribution(output: Array) -> bool:
    """Return whether rows `(n, classes)` are probabilities: none below 0, each row with the sum 1."""
    return bool((output >= 0).all() and np.allclose(output.sum(axis=1, dtype=np.float64), 1, atol=SUM_TOLERANCE))


def is_measurable(output: Any, target: Target) -> bool:
    """Return whether `measured` takes an output of a model: probabilities of all classes, or values."""
    if not isinstance(output, np.ndarray) or not fits(output.shape, target):
        return False
    return not target.classifies or (output.shape[1] == target.classes and is_distribution(output))


def measured(output: Array, y: Array, target: Target) -> dict[str, float]:
    """Measure an output on examples against the truth of its target.

    For probabilities `(n, classes)` and labels `(n,)`: accuracy, and the mean log loss in nats of each class's share
    of all, as in Keras's cross-entropies. For values `(n, width)`: the mean absolute and the mean squared error over
    examples and columns, the latter as loss.
    """
    return _measured_chances(output, y) if target.classifies else _measured_values(output, y)


def evaluated(model: keras.Model, examples: Examples, batch_size: int) -> dict[str, float]:
    """Measure a compiled model by its own metrics, in batches of the training size if that makes a difference."""
    x, y, *weights = examples
    rows = min(EVALUATION_BATCH, most_at_once(x)) if takes_examples_alone(model) else batch_size
    if are_large(examples):
        metrics = model.evaluate(Batches(examples, rows), verbose=0, return_dict=True)
        return {name: number(value) for name, value in metrics.items()}
    weight = weights[0] if weights else None
    metrics = model.evaluate(with_text_tensors(x), y, rows, verbose=0, sample_weight=weight, return_dict=True)
    return {name: number(value) for name, value in metrics.items()}


def _measured_chances(chances: Array, labels: Labels) -> dict[str, float]:
    accuracy = float((chances.argmax(axis=1) == labels).mean())
    likely = np.clip(chances.astype(np.float64), 1e-7, 1)
    shares = likely[np.arange(len(labels)), labels] / likely.sum(axis=1)
    return {"accuracy": accuracy, "loss": float(-log(shares).mean())}


def _measured_values(output: Array, y: Array) -> dict[str, float]:
    gaps = output.astype(np.float64) - y.astype(np.float64)
    squared = float(np.square(gaps).mean())
    return {"mean_absolute_error": float(np.abs(gaps).mean()), "mean_squared_error": squared, "loss": squared}


def _output_keys(outputs: Any, names: Sequence[str] | None, targets: Targets) -> dict[str, OutputKey]:
    """Find the output of each target among those given, by its name, else in the order of the targets.

    `names` are those of the outputs in a list.
    """
    wanted = [target.name for target in targets]
    keys: list[Any] = list(outputs) if isinstance(outputs, dict) else [None]
    if _is_list(outputs):
        keys = [*range(len(outputs))]
    if len(keys) != len(wanted):
        several = f"{len(wanted)} to learn ({', '.join(wanted)})" if len(wanted) > 1 else "1 to learn"
        raise UnfitModelError(
            f"The hypermodel's model has {len(keys)} output{'s' * (len(keys) > 1)}, the data have {several}: "
            "give it one for each."
        )
    if len(wanted) == 1:
        return {wanted[0]: keys[0]}
    known = keys if isinstance(outputs, dict) else list(names or [])
    if set(known) == set(wanted):
        return {name: keys[known.index(name)] for name in wanted}
    if isinstance(outputs, dict) or not known or set(known) & set(wanted):
        names_known = ", ".join(known) or "a list without names"
        example = ", ".join(f"{name!r}: ..." for name in wanted)
        raise UnfitModelError(
            f"The outputs of the hypermodel's model are {names_known}, the data have {', '.join(wanted)} to learn: "
            f"let it return a dict {{{example}}}."
        )
    return dict(zip(wanted, keys, strict=True))


def _keys_of(model: keras.Model, targets: Targets) -> dict[str, OutputKey]:
    """Find the output of each target before the model is called; that of a subclass is assumed to be right."""
    symbols = _symbols(model)
    if symbols is None:
        return {target.name: target.name if len(targets) > 1 else None for target in targets}
    return _output_keys(symbols, getattr(model, "output_names", None), targets)


def _symbols(model: keras.Model) -> Any:
    """Return the outputs of a Sequential or functional model as symbols, None for other models."""
    if isinstance(model, keras.Sequential):
        return model.outputs[0] if model.built else None
    return _unpacked(model.output) if hasattr(model, "output_names") else None


def _unpacked(outputs: Any) -> Any:
    """Return the only output of a list of one, as Keras returns it."""
    return outputs[0] if _is_list(outputs) and len(outputs) == 1 else outputs


def _is_list(outputs: Any) -> bool:
    return isinstance(outputs, list | tuple)


def _at(outputs: Any, key: OutputKey) -> Any:
    return outputs if key is None else outputs[key]


def _loss_key(model: keras.Model, key: OutputKey) -> str | None:
    """Return the name of an output, None for a single one."""
    return model.output_names[key] if isinstance(key, int) else key


def _taken(model: keras.Model, key: OutputKey, y: Array, target: Target, as_given: bool) -> Array:
    """Return labels as the compiled loss takes them: those of classes one-hot if it compares them with outputs."""
    if not target.classifies or y.ndim != 1:
        return y
    loss, classes = _loss(model, key), target.classes
    columns = not as_given and _is_one_of(loss, COLUMN_LOSSES) and _width(model, key) == classes
    one_hot = columns or _is_one_of(loss, ONE_HOT_LOSSES)
    return picked(np.eye(classes, dtype=np.float32), y.astype(np.int64)) if one_hot else y


def _loss(model: keras.Model, key: OutputKey) -> Any:
    """Return the compiled loss of an output, None if there is none."""
    loss = getattr(model, "loss", None)
    if isinstance(loss, dict):
        return loss.get(_loss_key(model, key)) if key is not None else next(iter(loss.values()), None)
    if not isinstance(loss, list | tuple):
        return loss
    order = sorted(_symbols(model) or [key]).index(key) if isinstance(key, str) else key or 0
    return loss[order] if order < len(loss) else None


def _is_one_of(loss: Any, known: Mapping[Callable[..., Any], type]) -> bool:
    """Return whether a compiled loss is one of these Keras losses, by its name, as a function or as an object."""
    compiled = losses.get(loss) if isinstance(loss, str) else loss
    return isinstance(compiled, tuple(known.values())) or any(compiled is function for function in known)


def _width(model: keras.Model, key: OutputKey) -> int | None:
    """Return the columns of an output of shape `(n, columns)`, None for others."""
    symbols = _symbols(model)
    shape: tuple[int | None, ...] = () if symbols is None else _at(symbols, key).shape
    return shape[1] if len(shape) == 2 else None


def _is_of_both(width: int | None, target: Target) -> bool:
    """Return whether an output of `width` columns is a single column for two classes."""
    return width == 1 and target.classes == 2


def _heads(model: keras.Model, key: OutputKey, target: Target) -> list[keras.Layer]:
    """Return the layers that turn an output into probabilities."""
    if not target.classifies:
        return []
    loss = _loss(model, key) if model.compiled else None
    single = _is_of_both(_width(model, key), target)
    prefix = "" if key is None else f"{target.name}_"
    layers: list[keras.Layer] = []
    if getattr(loss, "from_logits", False):
        layers.append(keras.layers.Activation("sigmoid" if single else "softmax", name=f"{prefix}probabilities"))
    if single:
        layers.append(_two_columns(f"{prefix}both_classes"))
    return layers


def _two_columns(name: str) -> keras.Layer:
    """Return the layer that turns `p` into `1 - p` and `p`, a plain one, so that every format can hold it."""
    kernel, bias = keras.initializers.Constant([[-1.0, 1.0]]), keras.initializers.Constant([1.0, 0.0])
    layer = keras.layers.Dense(2, kernel_initializer=kernel, bias_initializer=bias, name=name)
    layer.trainable = False
    return layer
