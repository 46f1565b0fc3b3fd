"""The kind of processor that trains here."""

from functools import cache

import tensorflow as tf

from keras_search.tuner.system.cpu import ARCHITECTURE, MACHINE
from keras_search.tuner.training.engine import KERNELS


def processor_of(engine: str) -> str:
    """Return what decides the last bits of what an engine trains: for the kernels, only the processor's architecture.

    As in `x86_64, 16 numbers at a time, NVIDIA H200`.
    """
    return ARCHITECTURE if engine == KERNELS else ", ".join([MACHINE, *_gpus()])


@cache
def _gpus() -> list[str]:
    details = map(tf.config.experimental.get_device_details, tf.config.list_physical_devices("GPU"))
    return sorted({str(each.get("device_name", "an unnamed GPU")) for each in details})
