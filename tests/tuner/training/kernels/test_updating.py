"""The rules of the optimizers, step by step against Keras's own."""

import keras
import numpy as np
import pytest

from keras_search.tuner.training.kernels.rules import advance, numbers_of, rule_of, slots_of
from keras_search.tuner.training.kernels.updating import update

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
