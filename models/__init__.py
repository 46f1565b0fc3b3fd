"""The hypermodels and the baselines; importing this imports neither TensorFlow nor keras-tuner."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from keras_search.models.baselines import BASELINES, DEFAULT_BASELINE, DEFAULTS, Baseline
from keras_search.models.cnn import cnn
from keras_search.models.mlp import lr_batch, mlp
from keras_search.models.problem import Problem

if TYPE_CHECKING:
    import keras
    from keras_tuner import HyperParameters

__all__ = [
    "BASELINES",
    "BASELINE_NAMES",
    "DEFAULTS",
    "DEFAULT_BASELINE",
    "HYPERMODELS",
    "HYPERMODEL_NAMES",
    "Baseline",
    "Problem",
]

HYPERMODELS: dict[str, Callable[[Problem], Callable[[HyperParameters], keras.Model]]] = {
    "mlp": mlp,
    "lr-batch": lr_batch,
    "cnn": cnn,
}
HYPERMODEL_NAMES = tuple(HYPERMODELS)
BASELINE_NAMES = tuple(BASELINES)
