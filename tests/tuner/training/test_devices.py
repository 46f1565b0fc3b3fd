"""The kind of processor that is recorded with an epoch."""

import pytest
import tensorflow as tf

from keras_search.tuner.system.cpu import ARCHITECTURE, MACHINE
from keras_search.tuner.training import devices
from keras_search.tuner.training.engine import COMPILED, KERNELS, OWN_FIT


def test_without_a_gpu_tensorflow_trains_on_the_processor() -> None:
    if tf.config.list_physical_devices("GPU"):
        pytest.skip("here is a GPU")
    assert {devices.processor_of(engine) for engine in (COMPILED, OWN_FIT)} == {MACHINE}


def test_a_gpu_is_named_where_tensorflow_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_gpus", lambda: ["NVIDIA H200"])
    assert devices.processor_of(KERNELS) == ARCHITECTURE
    assert devices.processor_of(COMPILED) == f"{MACHINE}, NVIDIA H200"
