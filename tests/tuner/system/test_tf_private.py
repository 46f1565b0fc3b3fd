"""A private part of TensorFlow or Keras that is gone leads to one clear line or to the slower way."""

import inspect
import logging
import re
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_search.tuner.data import dataset_of, make_splits
from keras_search.tuner.system import tf_private
from keras_search.tuner.training.belief import check_belief
from keras_search.tuner.training.compiled import fresh_start, program
from keras_search.tuner.training.dry_run import dry_run
from keras_search.tuner.training.engine import EpochRunner
from keras_search.tuner.training.mismatches import mismatches
from keras_search.tuner.training.networks import Network

OF_OVERRIDES = "_compile_config"
"""What a script needs that overrides how its models are compiled; no model is trained with it."""
GROUPS = {
    "layers": {"_flatten_layers"},
    "graph": {"_functional", "_nodes_by_depth"},
    "compiled": {"_compile_loss", "_compile_metrics"},
    "losses": {"_user_loss", "_user_loss_weights", "_fn", "_fn_kwargs"},
    "metrics": {"_user_metrics", "_user_weighted_metrics"},
    "slots": {"_momentums", "_velocities", "_get_variable_index", "_all_reduce_sum_gradients"},
    "averages": {"_model_variables_moving_average", "_ema_weights_in_model"},
    "values": {"_value"},
    "product": {"_u_product", "_trainable_variables"},
    "rate": {"_learning_rate", "_inputs"},
    "build": {"_symbolic_build"},
    "mask": {"_keras_mask"},
    "seeds": {"get_seed", "executing_eagerly"},
    "context": {"context", "clear_kernel_cache", "_set_global_seed", "_seed", "_rng"},
}
_part = tf_private._part

DATA = dataset_of(
    "gone",
    {"x_train": np.random.default_rng(0).random((48, 4), np.float32), "y_train": np.arange(48) % 3,
     "x_test": np.zeros((3, 4), np.float32), "y_test": np.arange(3)},
)  # fmt: skip


def _lacking(names: set[str]) -> Any:
    """Look for private parts as in a version of Keras or TensorFlow that has none of these."""

    def part(owner: Any, wanted: str, *otherwise: Any) -> Any:
        if wanted not in names:
            return _part(owner, wanted, *otherwise)
        if otherwise:
            return otherwise[0]
        raise tf_private.PrivatePartError(tf_private.missing(owner, wanted))

    return part


def _model(optimizer: str) -> keras.Model:
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(5, "relu"), keras.layers.Dropout(0.2), keras.layers.Dense(3, "softmax")]
    )
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def _train(optimizer: str) -> dict[str, float]:
    fresh_start.begin_anew(5)
    model, splits = _model(optimizer), make_splits(DATA, 0.2, 0)
    network = Network(model, 16)
    behaviour = dry_run(network, splits, "val_accuracy")
    assert behaviour.metrics == ["loss", "accuracy", "val_loss", "val_accuracy"]
    mismatches(model, splits)
    check_belief("loss", 1.0, model)
    runner = EpochRunner(_model(optimizer), (splits.x_fit, splits.y_fit), (splits.x_val, splits.y_val), 16)
    return runner.run(0, 1)


def test_the_groups_name_every_part_that_the_module_asks_for() -> None:
    asked = set(re.findall(r'_part\([\w.()]+, "(\w+)"', inspect.getsource(tf_private)))
    assert set().union(*GROUPS.values()) | {OF_OVERRIDES} == asked | {"_set_global_seed", "_seed", "_rng"}


@pytest.mark.parametrize("gone", GROUPS)
def test_without_its_private_parts_a_model_is_trained_another_way(
    monkeypatch: pytest.MonkeyPatch, gone: str, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(fresh_start, "_DRAWS", fresh_start._Draws())
    monkeypatch.setattr(program, "_PROGRAMS", program._Programs())
    monkeypatch.setattr(tf_private, "_part", _lacking(GROUPS[gone]))
    with caplog.at_level(logging.WARNING, "keras_search"):
        metrics = _train("nadam" if gone == "product" else "adam")
    assert metrics.keys() == {"accuracy", "loss", "val_accuracy", "val_loss"}
    assert all(map(np.isfinite, metrics.values()))
    assert not any("AttributeError" in record.getMessage() for record in caplog.records)


def test_what_is_gone_is_told_on_one_line_with_what_to_install() -> None:
    tensorflow, ours = tf.__version__, keras.__version__
    with pytest.raises(tf_private.PrivatePartError) as caught:
        tf_private.layers_of(object())
    assert str(caught.value) == (
        f"object has no _flatten_layers in tensorflow {tensorflow}, keras {ours}: "
        "pip install 'tensorflow==2.21.*' 'keras==3.15.*'"
    )


def test_the_installed_versions_are_those_tried() -> None:
    assert tf_private.untried() == ""


@pytest.mark.parametrize(("tried", "fits"), [("2.21", True), ("2.2", False), ("2.21.0", True), ("3", False)])
def test_a_version_that_was_never_tried_is_named(monkeypatch: pytest.MonkeyPatch, tried: str, fits: bool) -> None:
    monkeypatch.setitem(tf_private.TRIED, "tensorflow", tried)
    expected = f"tensorflow {tf.__version__} was never tested with keras-search, which is made for "
    assert tf_private.untried().startswith(expected) is not fits


def test_hearing_of_seeds_twice_leaves_tensorflows_own_function_below_once() -> None:
    before = tf_private.hear_seed_requests
    heard: list[bool] = []
    assert before(heard.append)
    assert before(heard.append)
    tf.random.uniform((1,))
    assert heard == [False]
    fresh_start.begin_anew(0)


def _batched(count: int) -> Any:
    return tf.data.Dataset.range(count).batch(2).map(lambda x: x)


def test_a_data_set_tells_what_it_is_made_of() -> None:
    (inner,) = tf_private.data_set_inputs(_batched(4))
    assert "Batch" in type(inner).__name__
    assert tf_private.data_set_inputs(object()) == []


def test_a_model_tells_what_it_was_compiled_with() -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    found = tf_private.compile_arguments(model)
    assert (found["optimizer"] is model.optimizer, found["loss"], list(found["metrics"])) == (True, "mse", ["mae"])


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "bool"])
def test_values_are_read_and_set_as_keras_does(dtype: str) -> None:
    values = np.arange(6).reshape(2, 3).astype(dtype)
    variable, other = (keras.Variable(np.zeros((2, 3)), dtype=dtype) for _ in range(2))
    tf_private.set_value(variable, values)
    other.assign(values)
    expected = other.numpy()
    values[:] = 0  # the memory is the caller's
    before = tf_private.value_of(variable)
    for read in (before, variable.numpy(), tf.convert_to_tensor(variable).numpy()):
        assert read.dtype == expected.dtype
        assert np.array_equal(read, expected)
    tf_private.set_value(variable, np.ones((2, 3)))  # of another type
    assert variable.numpy().dtype == expected.dtype
    assert variable.numpy().all()
    assert np.array_equal(before, expected)
    with pytest.raises(ValueError, match="shape"):
        tf_private.set_value(variable, np.zeros(4, dtype))


def test_values_in_a_scope_without_state_are_its_own() -> None:
    variable = keras.Variable(np.zeros(2))
    with keras.StatelessScope() as scope:
        tf_private.set_value(variable, np.ones(2, np.float32))
    assert scope.get_current_value(variable) is not None
    assert not variable.numpy().any()
