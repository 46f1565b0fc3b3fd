"""The rules of the optimizers, step by step against Keras's own."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_search.tuner.training.kernels.arrays import no_memory
from keras_search.tuner.training.kernels.optimizers.rules import (
    advance,
    collected_slots_of,
    first_value_of,
    numbers_of,
    rule_of,
    slots_of,
    updates_tables,
)
from keras_search.tuner.training.kernels.optimizers.stepping import ADAMAX, step_all
from keras_search.tuner.training.kernels.optimizers.updating import COLLECT, update
from keras_search.tuner.training.kernels.passes.embedding import collect_by_entry

optimizers = keras.optimizers
OPTIMIZERS = {
    "adam": lambda rate: optimizers.Adam(rate),
    "adam with other constants": lambda rate: optimizers.Adam(rate, beta_1=0.6, beta_2=0.9, epsilon=0.01),
    "decaying adam": lambda rate: optimizers.Adam(rate, weight_decay=5.0),
    "adamw": lambda rate: optimizers.AdamW(rate, weight_decay=3.0),
    "nadam": lambda rate: optimizers.Nadam(rate),
    "decaying nadam": lambda rate: optimizers.Nadam(rate, weight_decay=3.0),
    "rmsprop": lambda rate: optimizers.RMSprop(rate, rho=0.7),
    "rmsprop with momentum": lambda rate: optimizers.RMSprop(rate, momentum=0.5),
    "sgd": lambda rate: optimizers.SGD(rate, weight_decay=3.0),
    "sgd with momentum": lambda rate: optimizers.SGD(rate, momentum=0.9),
    "nesterov": lambda rate: optimizers.SGD(rate, momentum=0.9, nesterov=True),
}


@pytest.mark.parametrize("schedule", [False, True], ids=["constant", "cosine"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_steps_are_those_of_keras(name, schedule):
    """Two epochs of three steps each: parameters, slots, the count of steps and what Nadam remembers."""
    rng = np.random.default_rng(4)
    rate = optimizers.schedules.CosineDecay(0.03, 5, alpha=0.2) if schedule else 0.03
    ours, theirs = OPTIMIZERS[name](rate), OPTIMIZERS[name](rate)
    start = rng.normal(size=40).astype(np.float32)
    variables = [keras.Variable(start) for _ in range(2)]
    for optimizer, variable in zip((ours, theirs), variables, strict=True):
        optimizer.build([variable])
    w, first, second = start.copy(), np.zeros(40, np.float32), np.zeros(40, np.float32)
    for _ in range(2):
        numbers = numbers_of(ours, 3)
        for step in range(3):
            gradient = rng.normal(size=40).astype(np.float32)
            update(rule_of(ours), numbers[step], w, first, second, gradient)
            theirs.apply([gradient], [variables[1]])
        advance(ours, 3)
    np.testing.assert_allclose(w, variables[1].numpy(), rtol=2e-5, atol=1e-6)
    for slot, kept in zip((first, second), slots_of(theirs), strict=True):
        if kept:
            np.testing.assert_allclose(slot, kept[0].numpy(), rtol=2e-5, atol=1e-7)
    assert ours.iterations.numpy() == theirs.iterations.numpy() == 6
    if isinstance(ours, optimizers.Nadam):
        assert ours._u_product.numpy() == pytest.approx(theirs._u_product.numpy(), rel=1e-5)


COLLECTED = {
    "adagrad": lambda: optimizers.Adagrad(0.1),
    "adadelta": lambda: optimizers.Adadelta(1.0, rho=0.8),
    "adamax": lambda: optimizers.Adamax(0.02, weight_decay=2.0),
    "lion": lambda: optimizers.Lion(0.01, beta_1=0.6),
    "lamb": lambda: optimizers.Lamb(0.02, weight_decay=0.1),
    "ftrl": lambda: optimizers.Ftrl(0.1),
    "ftrl at a price": lambda: optimizers.Ftrl(
        0.1,
        l1_regularization_strength=0.1,
        l2_regularization_strength=0.05,
        l2_shrinkage_regularization_strength=0.02,
        beta=0.3,
    ),
    "amsgrad": lambda: optimizers.Adam(0.02, beta_2=0.5, amsgrad=True),
    "centered": lambda: optimizers.RMSprop(0.02, centered=True, momentum=0.6),
    "centered alone": lambda: optimizers.RMSprop(0.02, centered=True),
    "clipped": lambda: optimizers.Adam(0.02, clipnorm=3.0),
    "clipped as a whole": lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True, global_clipnorm=4.0),
    "hardly clipped": lambda: optimizers.SGD(0.1, global_clipnorm=100.0, use_ema=True),
    "clipped by value": lambda: optimizers.Nadam(0.02, clipvalue=0.4),
    "averaged": lambda: optimizers.RMSprop(0.02, use_ema=True, ema_momentum=0.7, weight_decay=1.0),
}


@pytest.mark.parametrize("name", COLLECTED)
def test_steps_that_need_all_gradients_are_those_of_keras(name):
    """Two epochs of three steps each, of two variables and a table: parameters, slots and averages.

    The last place is for a copy of the second variable, with a share in its gradient.
    """
    rng = np.random.default_rng(4)
    ours, theirs = COLLECTED[name](), COLLECTED[name]()
    spans = np.array([[0, 32, -1, 0], [32, 16, -1, 0], [48, 64, -1, 1], [112, 16, 32, 0]])
    if not updates_tables(rule_of(ours)):
        spans = spans[[0, 1, 3]]
    start = rng.normal(size=128).astype(np.float32)
    parts = [slice(first, first + size) for first, size, of, _ in spans if of < 0]
    shapes = [(-1,), (-1,), (4, 16)]
    variables = [
        [keras.Variable(start[part].reshape(shape)) for part, shape in zip(parts, shapes, strict=False)]
        for _ in range(2)
    ]
    ours.build(variables[0])
    theirs.build(variables[1])
    rule, slots = rule_of(ours), np.zeros((4, 128), np.float32)
    slots[0] = first_value_of(ours)
    memory = no_memory()._replace(parameters=start.copy(), slots=slots, spans=spans)
    assert rule["kind"] == COLLECT
    for _ in range(2):
        numbers = numbers_of(ours, 3)
        for step in range(3):
            gradient = rng.normal(size=128).astype(np.float32) * 2
            given, squares = (np.zeros(128, np.float32) for _ in range(2))
            update(rule, numbers[step], memory.parameters, given, squares, gradient)
            given[48:112] = 0
            gradient[32:48] += gradient[112:]
            gradients = [gradient[part] for part in parts]
            if len(parts) > 2:
                entries, slopes = rng.integers(0, 4, 6), rng.normal(size=(6, 16)).astype(np.float32)
                gradients[2] = tf.IndexedSlices(slopes, entries, (4, 16))
                clipped = np.clip(slopes, -rule["clipvalue"], rule["clipvalue"]) if rule["clipvalue"] else slopes
                table, how = (entries.astype(np.float32), 2, 2, 16, clipped.reshape(-1)), rule["method"] == ADAMAX
                collect_by_entry(*table, how, given[48:112], squares[48:112])
            step_all(rule, numbers[step], memory._replace(first_slots=given, second_slots=squares))
            theirs.apply(gradients, variables[1])
        advance(ours, 3)
    for part, variable in zip(parts, variables[1], strict=True):
        np.testing.assert_allclose(memory.parameters[part], variable.numpy().reshape(-1), rtol=3e-5, atol=2e-6)
    np.testing.assert_array_equal(memory.parameters[112:], memory.parameters[32:48])
    for slot, kept in zip(slots, collected_slots_of(theirs), strict=True):
        for part, variable in zip(parts, kept, strict=False):
            np.testing.assert_allclose(slot[part], variable.numpy().reshape(-1), rtol=3e-5, atol=1e-6)
