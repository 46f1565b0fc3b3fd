"""What a script passes is described alike in every process, and otherwise where it would train otherwise."""

import subprocess
import sys
from typing import Any

import keras
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


@pytest.mark.parametrize(
    ("callback", "text"),
    [
        (keras.callbacks.EarlyStopping("val_loss", patience=3, verbose=1), "EarlyStopping(patience=3)"),
        (keras.callbacks.ReduceLROnPlateau(factor=0.5, min_lr=1e-5), "ReduceLROnPlateau(factor=0.5, min_lr=1e-05)"),
        (keras.callbacks.LearningRateScheduler(lambda _: 0.1), "LearningRateScheduler"),
        (keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: None), "LambdaCallback"),
        (keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True), "ModelCheckpoint"),
        (keras.callbacks.TerminateOnNaN(), "TerminateOnNaN"),
        (Own(patience=3), "Own"),
    ],
)
def test_a_callback_is_described_by_what_it_decides(callback: keras.callbacks.Callback, text: str) -> None:
    assert described_callback(callback) == text
