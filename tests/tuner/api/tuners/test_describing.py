"""What a script passes is described alike in every process, and otherwise where it would train otherwise."""

import subprocess
import sys
import time
from typing import Any

import keras
import numpy as np
import pytest

from keras_search.tuner.api.tuners.describing import described, described_callback

OBJECTS = """
import keras
def own(y, z): return keras.losses.mean_squared_error(y, z)
class Bare(keras.losses.Loss):
    def call(self, y, z): return own(y, z)
class Plain: pass
OBJECTS = [
    keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)), keras.losses.BinaryCrossentropy(),
    {"out": [own, keras.metrics.AUC(num_thresholds=10, name="auc"), "accuracy"]}, Bare(), Bare(), keras.losses.Huber,
    keras.metrics.MeanMetricWrapper(own, name="own"), Plain(), {1: 0.5}, 0.25, None,
]
"""


def test_a_description_is_that_of_another_process() -> None:
    found: dict[str, Any] = {"__name__": "__main__"}
    exec(OBJECTS, found)
    code = f"{OBJECTS}\nfrom keras_search.tuner.api.tuners.describing import described\nprint(described(OBJECTS))"
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert described(found["OBJECTS"]) == there.strip()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (keras.optimizers.Adam(0.1), keras.optimizers.Adam(0.2)),
        (keras.optimizers.SGD(0.1), keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 10))),
        ([keras.metrics.AUC()], [keras.metrics.AUC(curve="PR")]),
        (keras.losses.mean_squared_error, keras.losses.mean_absolute_error),
        ((1, 2), [1, 2]),
        ({0: 1.0, 1: 2.0}, {0: 1.0, 1: 3.0}),
    ],
)
def test_what_trains_otherwise_is_described_otherwise(one: Any, other: Any) -> None:
    assert described(one) != described(other)


class Own(keras.callbacks.EarlyStopping):
    """A callback of a script."""


class Recorder(keras.callbacks.Callback):
    """A callback of a script that keeps what it is made of."""

    def __init__(self, each: Any = 1, name: str = "") -> None:
        super().__init__()
        self.each, self._name, self.began = each, name, time.time()


def test_an_array_of_a_callback_is_compared() -> None:
    one, same, other = (described_callback(Recorder(np.array(values))) for values in ([1, 2], [1, 2], [2, 1]))
    assert one == same != other
    nested, others = (described_callback(Recorder((np.ones(3), [np.full(2, value)]))) for value in (1, 2))
    assert nested != others


@pytest.mark.parametrize(
    ("callback", "text"),
    [
        (keras.callbacks.EarlyStopping("val_loss", patience=3, verbose=1), "EarlyStopping(patience=3)"),
        (keras.callbacks.ReduceLROnPlateau(factor=0.5, min_lr=1e-5), "ReduceLROnPlateau(factor=0.5, min_lr=1e-05)"),
        (keras.callbacks.LearningRateScheduler(lambda _: 0.1), "LearningRateScheduler"),
        (keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: None), "LambdaCallback"),
        (keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True), "ModelCheckpoint"),
        (keras.callbacks.TerminateOnNaN(), "TerminateOnNaN"),
        (Own(patience=3), "Own(patience=3)"),
        (Recorder(3), "Recorder(each=3)"),
        (Recorder(1), "Recorder"),
        (Recorder(each=[1, {"a": 0.5}], name="loss"), "Recorder(each=[1, {'a': 0.5}], name='loss')"),
        (Recorder(name="logs/2026"), "Recorder"),
        (Recorder(name="run 2026-11-29"), "Recorder"),
        (Recorder(each=time.time()), "Recorder"),
        (Recorder(each=print), "Recorder"),
    ],
)
def test_a_callback_is_described_by_what_it_decides(callback: keras.callbacks.Callback, text: str) -> None:
    assert described_callback(callback) == text
