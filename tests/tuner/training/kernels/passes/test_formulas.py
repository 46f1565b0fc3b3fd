"""Activations that few networks have, against Keras."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_search.tuner.training.kernels import arrays
from keras_search.tuner.training.kernels.passes import formulas
from keras_search.tuner.training.kernels.recognition.activations import FORMULAS, Formula, activation_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
layers = keras.layers

CORNERS = [0.0, 0.5, -0.5, 1.0, -1.0, 2.0, 2.5, 3.0, -3.0, 6.0, 1e-6, -1e-6, 30, -30, 80, -80]
POINTS = np.concatenate([np.linspace(-12, 12, 2401), CORNERS]).astype(np.float32)
LAYERS = {
    "leaky": layers.LeakyReLU(0.3),
    "elu": layers.ELU(0.5),
    "capped": layers.ReLU(max_value=2.5),
    "capped at 6": layers.ReLU(max_value=6, negative_slope=0.2),
    "capped and sloped": layers.ReLU(max_value=2, negative_slope=0.1, threshold=0.5),
    "from a threshold on": layers.ReLU(threshold=0.5),
    "sloped": layers.ReLU(negative_slope=0.2),
}
CASES = {function.__name__: (function, formula) for function, formula in FORMULAS.items()} | {
    name: (layer, activation_of(layer)) for name, layer in LAYERS.items()
}


def record(formula):
    """Return the record of a layer."""
    layer = np.zeros(1, arrays.LAYER)
    layer["activation"] = formula.kind
    for name in ("first", "second", "third"):
        layer[name] = getattr(formula, name)
    return layer[0]


@pytest.mark.parametrize("name", CASES)
def test_formulas_and_slopes_are_those_of_keras(name):
    """Everywhere, at their corners as well; and what is not a number stays so."""
    function, formula = CASES[name]
    assert isinstance(formula, Formula)
    piecewise = formula.layer_kind == arrays.PIECEWISE
    forward, backward = (formulas.bend, formulas.bend_back) if piecewise else (formulas.curve, formulas.curve_back)
    y, slope = np.empty_like(POINTS), np.ones_like(POINTS)
    forward(record(formula), POINTS, y)
    backward(record(formula), POINTS, slope)
    with tf.GradientTape() as tape:
        x = tf.constant(POINTS)
        tape.watch(x)
        expected = function(x)
    np.testing.assert_allclose(y, expected, rtol=2e-6, atol=1e-6)
    np.testing.assert_allclose(slope, tape.gradient(expected, x), rtol=1e-5, atol=4e-6)
    forward(record(formula), np.full(40, np.nan, np.float32), y[:40])
    assert np.isnan(y[:40]).all()


N = 90
X = np.random.default_rng(0).normal(0, 2, (N, 9)).astype(np.float32)
X[::4] = 0.0
SLOPES = keras.initializers.Constant(0.2)


def test_formulas_train_as_by_tensorflow(assert_trained_alike):
    """Between layers that learn, as functions and as layers, and slopes that are trained, of numbers and of rows.

    There is hardly any noise after them, because its random numbers are not TensorFlow's.
    """

    def make():
        keras.utils.set_random_seed(5)
        inputs = keras.Input((9,))
        first = layers.Dense(9, activation=layers.LeakyReLU(0.1))(inputs)
        rows = layers.PReLU(shared_axes=[1], alpha_initializer=SLOPES)(layers.Reshape((3, 3))(first))
        trained = layers.PReLU(alpha_regularizer=keras.regularizers.L2(0.1))(layers.Dense(5)(first))
        ends = [layers.Flatten()(rows), trained, layers.Dense(7, "mish")(first), layers.ReLU(1.0)(first)]
        noisy = layers.GaussianDropout(1e-12)(layers.GaussianNoise(1e-6)(layers.Concatenate()(ends)))
        model = keras.Model(inputs, layers.Dense(2)(layers.AlphaDropout(1e-9)(noisy)))
        model.compile(keras.optimizers.Adam(0.003), "mse")
        return model

    y = np.square(X[:, :2])
    assert_trained_alike(make, ((X, y), (X[:20], y[:20])), 40)
