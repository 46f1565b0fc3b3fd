"""Whole epochs by vectors of each width: the same bytes."""

import os
import pickle
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from keras_search.tuner.system.cpu import ARCHITECTURE, FUSES, LANES, UNFUSED, X86
from keras_search.tuner.training import engine as epochs
from keras_search.tuner.training.engine import KERNELS, EpochRunner
from keras_search.tuner.training.kernels import program
from keras_search.tuner.training.kernels.recognition.activations import FORMULAS

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")

layers, losses, optimizers = keras.layers, keras.losses, keras.optimizers
ROWS = 75
PROCESSORS = [
    pytest.param("haswell", "+avx2,+fma", 8, "", marks=pytest.mark.slow),
    pytest.param("x86-64", "", 4, f", {UNFUSED}", marks=pytest.mark.long),
]
"""Kinds of processors, their features and lanes, and what else is said of them."""
REPLAY = Path(__file__).parents[3] / "processors" / "replay.py"


def _tower(inputs: Any, activations: list[str], **dense: Any) -> Any:
    for number, activation in enumerate(activations):
        inputs = layers.Dense(37 + 16 * number, activation, **dense)(inputs)
    return inputs


def _classifier() -> keras.Model:
    """Sparse inputs, both normalizations, dropout, a residual and a cross-entropy with smoothed targets."""
    inputs = keras.Input((81,))
    x = layers.Rescaling(1 / 7, offset=0)(inputs)
    x = layers.Dropout(0.2)(_tower(x, ["gelu"], use_bias=False))
    x = layers.LayerNormalization()(layers.BatchNormalization()(x))
    x = layers.Add()([x, layers.Dense(37, "silu", kernel_regularizer="l1")(x)])
    outputs = layers.Dense(11, "softmax", kernel_regularizer="l2")(_tower(x, ["tanh", "selu"]))
    model = keras.Model(inputs, outputs)
    model.compile("nadam", losses.CategoricalCrossentropy(label_smoothing=0.1), metrics=["accuracy"])
    return model


def _of_values(optimizer: Any) -> keras.Model:
    """Every other loss, each on an output of its own."""
    inputs = keras.Input((29,))
    x = layers.Concatenate()(
        [_tower(inputs, ["relu", "elu"], kernel_constraint="max_norm"), _tower(inputs, ["sigmoid"])]
    )
    how = {"mse": "mse", "mae": "mae", "huber": losses.Huber(0.4), "cosh": "log_cosh", "bits": "binary_crossentropy"}
    outputs = {
        name: layers.Dense(20 if name in ("cosh", "bits") else 3, "sigmoid" if name == "bits" else None, name=name)(x)
        for name in how
    }
    model = keras.Model(inputs, outputs)
    model.compile(optimizer, how, metrics={"mse": ["mae", "mse"], "bits": ["binary_accuracy"]})
    return model


def _of_rare_losses() -> keras.Model:
    """Every loss that is compiled apart, each on an output of its own."""
    inputs = keras.Input((29,))
    ends = {"hinge": None, "squared_hinge": "tanh", "categorical_hinge": None, "kl_divergence": "softmax"}
    ends |= {"cosine_similarity": "elu", "focal": "sigmoid", "categorical_focal_crossentropy": "softmax"}
    outputs = {name: layers.Dense(20, end, name=name)(_tower(inputs, ["relu"])) for name, end in ends.items()}
    how = {name: name for name in ends} | {"focal": losses.BinaryFocalCrossentropy(True, gamma=1.4)}
    model = keras.Model(inputs, outputs)
    model.compile("adam", how, metrics={"hinge": ["hinge", "mae"]})
    return model


def _of_sequences() -> keras.Model:
    """Every kind of layer with steps."""
    inputs = keras.Input((9,))
    x = layers.SpatialDropout1D(0.2)(layers.Embedding(30, 12, mask_zero=True)(inputs))
    x = layers.LSTM(21, return_sequences=True)(layers.GRU(17, return_sequences=True, dropout=0.1)(x))
    x = layers.Bidirectional(layers.LSTM(19, return_sequences=True, dropout=0.3, recurrent_dropout=0.2))(x)
    both = layers.Concatenate()([layers.SimpleRNN(5, go_backwards=True)(x), layers.GlobalAveragePooling1D()(x)])
    model = keras.Model(inputs, layers.Dense(1, "sigmoid")(both))
    model.compile("adam", "binary_crossentropy")
    return model


def _of_attention() -> keras.Model:
    """Words and masks, what is to come and what is not, with dropout and without."""
    inputs = keras.Input((9,))
    x = layers.Embedding(30, 12, mask_zero=True)(inputs)
    x = layers.LayerNormalization()(layers.MultiHeadAttention(3, 7)(x, x, use_causal_mask=True))
    x = layers.MultiHeadAttention(2, 16, value_dim=37, dropout=0.2)(layers.Dense(21)(x), x[:, :7])
    model = keras.Model(inputs, layers.Dense(1, "sigmoid")(layers.Flatten()(x)))
    model.compile("adam", "binary_crossentropy")
    return model


def _of_images() -> keras.Model:
    """Convolutions and every kind of pooling, of one channel and of several."""
    inputs = keras.Input((9, 9))
    first = x = layers.RandomTranslation(0.1, 0.1)(layers.Reshape((9, 9, 1))(inputs))
    x = layers.RandomContrast(0.5)(layers.RandomZoom(0.2)(layers.RandomRotation(0.2, "nearest")(x)))
    x = layers.Conv2D(7, 3, padding="same", activation="relu")(x)
    x = layers.Conv2D(37, 2, 2, "same", kernel_regularizer="l2")(layers.BatchNormalization()(x))
    x = layers.SeparableConv2D(21, 2, padding="same", dilation_rate=2)(layers.ZeroPadding2D(1)(x))
    x = layers.Conv2D(7, 2, padding="same", dilation_rate=2)(layers.UpSampling2D(2)(x))
    x = layers.DepthwiseConv2D(2, depth_multiplier=2)(layers.UpSampling2D(2, interpolation="bilinear")(x))
    x = layers.Conv2D(21, 2, groups=7)(x)
    x = layers.Conv2DTranspose(18, 3, 2, "same")(layers.AveragePooling2D(2, 1)(layers.MaxPooling2D(2, 1, "same")(x)))
    pooled = layers.MaxPooling2D((1, 2))(layers.Conv2D(21, 3, padding="same", activation="relu")(first))
    pooled = layers.MaxPooling2D(3)(layers.Conv2D(53, (4, 2), padding="same")(pooled))
    pooled = layers.Flatten()(layers.MaxPooling2D(2)(layers.Conv2D(21, 3)(layers.ZeroPadding2D(2)(pooled))))
    both = layers.Concatenate()([layers.GlobalAveragePooling2D()(x), layers.GlobalMaxPooling2D()(x), pooled])
    model = keras.Model(inputs, layers.Dense(1, "sigmoid")(both))
    model.compile("adam", "binary_crossentropy")
    return model


def _of_rarities(optimizer: Any) -> keras.Model:
    """Every activation that is compiled apart, combination of tensors and noise."""
    inputs = keras.Input((29,))
    x = layers.Dense(37)(inputs)
    bent = [layers.Activation(function)(x) for function in FORMULAS]
    bent += [layers.PReLU()(x), layers.ELU(0.5)(x), layers.ReLU(3, 0.1, 0.2)(x)]
    noise = (layers.GaussianNoise(0.1), layers.GaussianDropout(0.1), layers.AlphaDropout(0.1))
    x = layers.Average()([*bent, *(layer(x) for layer in noise)])
    largest, least = layers.Maximum()([x, bent[0]]), layers.Minimum()([x, bent[1]])
    x = layers.Subtract()([layers.Multiply()([largest, least]), x / (bent[3] * bent[3] + 1.0)])
    model = keras.Model(inputs, layers.Dense(3)(x))
    model.compile(optimizer, "log_cosh", metrics=["mape"])
    return model


def _of_towers() -> keras.Model:
    """An inner model that is called twice, with dropout, and the operators that are compiled apart."""
    inputs = keras.Input((29,))
    inner = keras.Sequential([keras.Input((29,)), layers.Dense(37, "relu"), layers.Dropout(0.2), layers.Dense(29)])
    x = inner(layers.Activation("tanh")(inner(inputs)))
    gate = layers.Dense(1)(x) * layers.Softmax()(x) + keras.ops.clip(x[:, ::-1], -0.5, 0.5)
    size = keras.ops.sqrt(keras.ops.sum(keras.ops.square(gate), axis=-1, keepdims=True) + 1.0)
    model = keras.Model(inputs, layers.Dense(3)(gate / size + keras.ops.log(keras.ops.abs(x) + 1.0)))
    model.compile("rmsprop", "mse", metrics=["cosine_similarity"])
    return model


RULES = (
    optimizers.Lamb(0.01, clipnorm=0.5),
    optimizers.Adagrad(0.01, global_clipnorm=0.5),
    optimizers.Adadelta(1.0, use_ema=True),
    optimizers.Adamax(0.01, clipvalue=0.1),
    optimizers.Lion(0.001),
    optimizers.Ftrl(0.01, l1_regularization_strength=0.1),
    optimizers.RMSprop(0.001, centered=True),
    optimizers.Adam(0.001, amsgrad=True),
)
"""Those that are compiled apart."""


def recorded(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, dict[str, str]]]:
    """Train and validate two epochs of each network; return what the kernels were given, and what they made of it."""
    calls, digests = [], runpy.run_path(str(REPLAY))["digests"]

    def noted(*arguments: Any) -> None:
        given = pickle.dumps(arguments)
        run(*arguments)
        calls.append((pickle.loads(given), digests(*arguments[-3:-1])))

    run = program.run
    monkeypatch.setattr(program, "run", noted)
    monkeypatch.setattr(epochs, "_on_one_core", lambda: True)
    rng = np.random.default_rng(3)
    x = (rng.random((ROWS, 81)) * (rng.random((ROWS, 81)) < 0.2)).astype(np.float32)
    classes = np.eye(11, dtype=np.float32)[rng.integers(0, 11, ROWS)]
    dense = rng.normal(size=(ROWS, 29)).astype(np.float32)
    y = {
        name: rng.normal(size=(ROWS, 20 if name == "cosh" else 3)).astype(np.float32)
        for name in ("mse", "mae", "huber", "cosh")
    }
    y["bits"] = rng.integers(0, 2, (ROWS, 20)).astype(np.float32)
    keras.utils.set_random_seed(5)
    for model, data in (
        (_classifier(), (x, classes, rng.random(ROWS).astype(np.float32))),
        (_of_sequences(), (rng.integers(0, 30, (ROWS, 9)).astype(np.float32), y["bits"][:, :1])),
        (_of_attention(), (rng.integers(0, 30, (ROWS, 9)).astype(np.float32), y["bits"][:, :1])),
        (_of_images(), (x.reshape(ROWS, 9, 9), y["bits"][:, :1])),
        (_of_towers(), (dense, y["mse"])),
        (rare := _of_rare_losses(), (dense, dict.fromkeys(rare.output_names, y["bits"]))),
        (_of_values("rmsprop"), (dense, y)),
        (_of_values(optimizers.SGD(0.1, 0.9, nesterov=True)), (dense, y)),
        (_of_values(optimizers.AdamW(optimizers.schedules.CosineDecay(0.01, 9))), (dense, y)),
        *((_of_rarities(rule), (dense, y["mse"])) for rule in RULES),
    ):
        runner = EpochRunner(model, data, data[:2], 32)
        assert runner.engine == KERNELS
        runner.run(1, 1)
        runner.run(1, 2)
    return calls


@pytest.mark.skipif(not X86, reason="the widths are those of x86 processors")
@pytest.mark.parametrize(("name", "features", "lanes", "more"), PROCESSORS)
def test_epochs_are_the_same_by_vectors_of_any_width(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, features: str, lanes: int, more: str
) -> None:
    """And without fused multiply-add."""
    if (lanes, not more) > (LANES, FUSES):
        pytest.skip(f"this processor has {LANES} lanes")
    calls = tmp_path / "calls"
    calls.write_bytes(pickle.dumps(recorded(monkeypatch)))
    environment = os.environ | {"NUMBA_CPU_NAME": name, "NUMBA_CPU_FEATURES": features}
    command = [sys.executable, REPLAY, calls]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    first, *epochs = done.stdout.splitlines()
    assert first == f"{ARCHITECTURE}, {lanes} numbers at a time{more}"
    assert [epoch for epoch in epochs if not epoch.endswith(": the same bytes")] == []
    assert done.returncode == 0
