"""Everything that a compiled epoch depends on: the key under which a process caches it for the next model."""

import hashlib
from collections.abc import Iterator
from typing import Any

import keras
import tensorflow as tf

from keras_search.tuner.system import tf_private
from keras_search.tuner.training.compiled.dropout import is_hashed
from keras_search.tuner.training.compiled.pure import NotPureError, Purity, constant, is_pure_class

SCHEDULE_VALUES = ("initial_learning_rate", "decay_steps")

_BOOKKEEPING = {
    *("_tracker", "_tracked", "_auto_config", "_compile_config", "_saved_config", "_lock", "_loss_ids", "history"),
    *("_inbound_nodes", "_outbound_nodes", "_nodes", "_trainable_variables_indices", "_call_signature"),
    *("train_function", "test_function", "predict_function", "_parent_path", "_path", "seed", "_initial_seed"),
}
"""Attributes that no step depends on: for tracking, saving and reporting, and other parts of the model's graph."""
_NAMED_BY_PLACE = (
    *(keras.Operation, keras.Variable, keras.KerasTensor),
    *(keras.optimizers.Optimizer, keras.random.SeedGenerator),
)
"""Objects whose names mean nothing, unless they are outputs among several."""


def architecture_of(model: keras.Model) -> str | None:
    """Hash everything that the traced steps of a compiled model depend on; None if that is uncertain.

    Two models with the same hash differ only in values: weights, seeds, names, dropout rates, learning rate. The hash
    covers the live objects, every attribute of every layer, loss, metric, optimizer and variable, whatever their
    configurations say. A model has none if any of these is not of one of Keras's classes, or holds a function that is
    not Keras's: what a user's code reads from a global, a closure or `self` is invisible. Neither has a model with a
    layer that adapts to data, because its tables are in no attribute.
    """
    if any(hasattr(layer, "adapt") for layer in tf_private.layers_of(model)) or tf.distribute.has_strategy():
        return None
    walk = _Walk(model)
    try:
        text = "\n".join([repr(_surroundings()), *walk.lines()])
    except NotPureError:
        return None
    return hashlib.sha256(text.encode()).hexdigest()


def _surroundings() -> list[Any]:
    """List the process's settings that affect a step when it is traced."""
    config = keras.config
    own = [config.floatx(), config.epsilon(), config.image_data_format(), config.dtype_policy().name]
    eagerly, jit = tf.config.functions_run_eagerly(), tf.config.optimizer.get_jit()
    return [*own, config.is_flash_attention_enabled(), eagerly, jit]


class _Walk:
    """Describe a model by its objects, one line each, numbered in the order in which they are met."""

    def __init__(self, model: keras.Model) -> None:
        self._met: list[Any] = [model]
        self._numbers = {id(model): 0}
        self._purity = Purity()
        optimizer = model.optimizer.variables if model.optimizer is not None else ()
        measured = [variable for metric in _metrics_of(model) for variable in metric.variables]
        replaced = (*model.variables, *model.metrics_variables, *measured, *optimizer)
        self._replaced = {id(variable) for variable in replaced}

    def lines(self) -> Iterator[str]:
        """Describe one object after the other.

        Raises:
            NotPureError: one is not Keras's own, or holds something that is not.
        """
        for number, met in enumerate(self._met):
            # The list grows during the loop.
            yield f"{number} {self._line(met)}"

    def _line(self, met: Any) -> str:
        self._purity.check(type(met))
        if isinstance(met, keras.Variable) and id(met) not in self._replaced:
            raise NotPureError(met)
        attributes = {name: self._description(value) for name, value in _attributes(met)}
        kind = f"{type(met).__module__}.{type(met).__qualname__}"
        return kind if isinstance(met, keras.Initializer) else f"{kind} {sorted(attributes.items())}"

    def _description(self, value: Any) -> str:
        """Describe a value, or give the number of an object."""
        text = constant(value)
        if text is not None:
            return text
        if isinstance(value, dict):
            self._purity.check_container(type(value))
            pairs = (f"{self._description(key)}: {self._description(each)}" for key, each in value.items())
            return f"{{{', '.join(pairs)}}}"
        if isinstance(value, list | tuple):
            self._purity.check_container(type(value))
            return f"[{', '.join(map(self._description, value))}]"
        if isinstance(value, set | frozenset):
            self._purity.check_container(type(value))
            return f"set {sorted(map(self._description, value))}"
        if callable(value) and not is_pure_class(type(value)):
            name, held = self._purity.function(value)
            return f"{name} {[self._description(each) for each in held]}"
        return self._number(value)

    def _number(self, value: Any) -> str:
        if id(value) not in self._numbers:
            self._numbers[id(value)] = len(self._met)
            self._met.append(value)
        return f"#{self._numbers[id(value)]}"


def _metrics_of(model: keras.Model) -> list[keras.Metric]:
    """List the metrics that a model was compiled with as objects, which are not in it before its first step."""
    given = keras.tree.flatten(list(tf_private.compiled_metrics(model)))
    return [metric for metric in given if isinstance(metric, keras.Metric)]


def _attributes(met: Any) -> Iterator[tuple[str, Any]]:
    """Yield the attributes of an object that a step may depend on, other than those passed as values."""
    left_out = _BOOKKEEPING | ({"name", "_name"} if isinstance(met, _NAMED_BY_PLACE) else set())
    if type(met) is keras.optimizers.schedules.CosineDecay:
        left_out = {*left_out, "name", *SCHEDULE_VALUES}
    if isinstance(met, keras.layers.Dropout) and is_hashed(met):
        left_out = {*left_out, "rate"}
    for name, value in vars(met).items():
        if name in left_out or name.startswith("_self_"):
            continue
        if name == "output_names" and value is not None and len(value) < 2:
            continue
        yield name, _variable_alone(met, name, value)


def _variable_alone(met: Any, name: str, value: Any) -> Any:
    """Leave out a variable's value and an optimizer's distribution, of which there is none."""
    held = (isinstance(met, keras.Variable) and name == "_value") or name == "_distribution_strategy"
    return None if held else value
