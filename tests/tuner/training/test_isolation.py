"""No trial finds what another left: each is what `model.fit` makes of its model, whatever was trained before."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

import keras_tuner
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keras_search.models import Problem
from keras_search.models.problem import Target
from keras_search.tuner.study.records import Kind, Run
from keras_search.tuner.training import engine
from keras_search.tuner.training.compiled import program as programs
from keras_search.tuner.training.compiled.fresh_start import begin_anew
from keras_search.tuner.training.engine import EpochRunner
from keras_search.tuner.training.networks import Networks

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")

CODE = """
import functools
import keras, keras_tuner
import tensorflow as tf
from keras import layers, ops
import held_beside

SCALE, LIST = 1.0, []

class Held:
    scale = 1.0

class Own(layers.Layer):
    def call(self, x):
        return x * Held.scale

class OwnDense(layers.Dense):
    by = 1.0
    def call(self, x, training=False):
        return super().call(x) * self.by

class OwnLoss(keras.losses.SparseCategoricalCrossentropy):
    def call(self, y, said):
        return super().call(y, said) * SCALE

@tf.function
def traced(x):
    return x * SCALE

def times(x, by):
    return x * by

def cross_entropy(y, said):
    return keras.losses.sparse_categorical_crossentropy(y, said)

class Tuned(keras_tuner.HyperModel):
    def build(self, hp):
        global SCALE
        scale = hp.Choice("scale", [1.0, 0.0, -2.0])
        SCALE = self.scale = Held.scale = held_beside.SCALE = scale
        LIST.append(scale)
        kind = hp.Choice("kind", ["global"])
        loss, metrics, regularizer, hidden = "sparse_categorical_crossentropy", ["accuracy"], None, None
        match kind:
            case "global": hidden = layers.Lambda(lambda x: x * SCALE)
            case "closure": hidden = layers.Lambda(lambda x: x * scale)
            case "self": hidden = layers.Lambda(lambda x: x * self.scale)
            case "default": hidden = layers.Lambda(lambda x, by=scale: x * by)
            case "partial": hidden = layers.Lambda(functools.partial(times, by=scale))
            case "list": hidden = layers.Lambda(lambda x: x * LIST[-1] / len(LIST))
            case "beside": hidden = layers.Lambda(lambda x: x * held_beside.SCALE)
            case "traced": hidden = layers.Lambda(traced)
            case "activation": hidden = layers.Activation(lambda x: x * self.scale)
            case "subclass": hidden = Own()
            case "patched": hidden = layers.Dense(4); hidden.activation = lambda x: x * scale
            case "class":
                hidden = OwnDense(4); hidden.by = scale
            case "loss": loss = lambda y, said: self.scale * cross_entropy(y, said)
            case "loss of a class": loss = OwnLoss()
            case "metric": metrics = [lambda y, said: ops.mean(said) * SCALE]
            case "regularizer": regularizer = lambda w: SCALE * ops.sum(ops.square(w))
            case "noise": hidden = layers.Dropout(0.25 * abs(scale), noise_shape=(None, 1), seed=1)
            case "epsilon":
                keras.config.set_epsilon(1e-7 if scale == 1.0 else 0.3)
                loss = "mean_absolute_percentage_error"
        model = keras.Sequential([
            keras.Input((4,)), layers.Dense(4, activation="tanh", kernel_regularizer=regularizer),
            *([hidden] if hidden else []), layers.Dense(1 if kind == "epsilon" else 3, activation="softmax"),
        ])
        model.compile(keras.optimizers.SGD(0.3), loss, metrics=metrics)
        return model
"""
KINDS = ["global", "closure", "self", "default", "partial", "list", "beside", "traced", "activation", "subclass",
         "patched", "class", "loss", "loss of a class", "metric", "regularizer", "epsilon", "none"]  # fmt: skip
SCALES = [1.0, 0.0, -2.0]
PROBLEM = Problem((4,), (Target(class_names=("0", "1", "2")),), 48, 1)
RNG = np.random.default_rng(0)
FIT = RNG.normal(size=(48, 4)).astype(np.float32), np.arange(48) % 3
VALIDATION = RNG.normal(size=(16, 4)).astype(np.float32), np.arange(16) % 3
Trial = tuple[str, float]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mine")
    (folder / "held_beside.py").write_text("SCALE = 1.0\n", "utf-8")
    (folder / "mine.py").write_text(CODE, "utf-8")
    return folder / "mine.py"


@pytest.fixture(autouse=True)
def own_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the path as it was, and train by TensorFlow."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(engine, "_on_one_core", lambda: False)
    monkeypatch.setattr(programs, "_PROGRAMS", programs._Programs())


def ours(networks: Networks, trial: Trial) -> dict[str, float]:
    """Train an epoch of a trial in this process, after whatever was trained in it."""
    values = dict(zip(("kind", "scale"), trial, strict=True))
    run = Run("0001", Kind.TRIAL, "mine", "trial", values, seed=1, epochs=1)
    return EpochRunner(networks.build(run).model, FIT, VALIDATION, 16).run(3, 1)


EXPECTED: dict[Trial, dict[str, float]] = {}


def by_keras(file: Path, trial: Trial, weights: list[Any]) -> dict[str, float]:
    """Train by `model.fit`, eagerly, the same examples in the same order, from the same first weights."""
    spec = importlib.util.spec_from_file_location("by_keras_alone", file)
    assert spec is not None
    assert spec.loader is not None
    begin_anew(0)
    sys.path.insert(0, str(file.parent))
    sys.modules.pop("held_beside", None)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    hp = keras_tuner.HyperParameters()
    hp.values = dict(zip(("kind", "scale"), trial, strict=True))
    model = module.Tuned().build(hp)
    model.run_eagerly = True
    model.set_weights(weights)
    order = np.random.Generator(np.random.Philox(key=engine._digest(3, 1))).permutation(48)
    x, y = (part[order] for part in FIT)
    history = model.fit(x, y, 16, 1, verbose=0, shuffle=False, validation_data=VALIDATION)
    return {name: values[0] for name, values in history.history.items()}


def expected(file: Path, networks: Networks, trial: Trial) -> dict[str, float]:
    if trial not in EXPECTED:
        values = dict(zip(("kind", "scale"), trial, strict=True))
        run = Run("0001", Kind.TRIAL, "mine", "trial", values, seed=1, epochs=1)
        EXPECTED[trial] = by_keras(file, trial, networks.build(run).model.get_weights())
    return EXPECTED[trial]


def check(file: Path, trials: list[Trial]) -> None:
    """Train the trials one after the other; each kind is met with two values, as a search does."""
    networks = Networks(f"{file}:Tuned", PROBLEM, None)
    for kind, scale in trials:
        for trial in ((kind, scale), (kind, SCALES[SCALES.index(scale) - 1])):
            assert ours(networks, trial) == pytest.approx(expected(file, networks, trial), rel=1e-3, abs=1e-5)


@pytest.mark.slow
def test_what_a_trial_reads_from_its_code_is_its_own(file: Path) -> None:
    check(file, [("global", 0.0), ("self", -2.0), ("loss", 1.0)])


@pytest.mark.slow
@settings(max_examples=4, derandomize=True, suppress_health_check=list(HealthCheck))
@given(trials=st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from(SCALES)), min_size=3, max_size=4))
def test_whatever_code_holds_a_trial_is_what_model_fit_makes_of_it(file: Path, trials: list[Trial]) -> None:
    check(file, trials)
