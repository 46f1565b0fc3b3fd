"""Gather and write model.json: everything about an exported model that its files do not say themselves."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from scipy.stats import binomtest

from keras_search.tuner.exporting.certificate import Certificate
from keras_search.tuner.exporting.description import FILE
from keras_search.tuner.exporting.measured import Measured
from keras_search.tuner.guard import versions
from keras_search.tuner.images import measure_framing
from keras_search.tuner.judging import EXPORTED_SEED

LEVEL = 0.95
PLACES = ("dataset", "hypermodel")
"""Settings that may be a path; only its last part is anyone else's business."""


def describe(measured: Measured, certificates: Sequence[Certificate]) -> dict[str, Any]:
    """Give the content of model.json as plain values."""
    splits = measured.splits
    framing = measure_framing(splits.x_fit)
    settings = {name: PurePath(value).name if name in PLACES else value for name, value in measured.settings.items()}
    return {
        "study": measured.study,
        "trial": measured.best.name,
        "retrained_on_seed": EXPORTED_SEED,
        "class_names": list(splits.class_names),
        "input": {
            "shape": list(splits.input_shape),
            "dtype": "float32",
            "low": splits.preparation.low,
            "high": splits.preparation.high,
            "scaling": "(pixel - low) / (high - low)",
            "framing": framing and asdict(framing),
        },
        "output": {"shape": [splits.classes], "meaning": "a probability for each class"},
        "hyperparameters": measured.best.hyperparameters,
        "settings": settings,
        "metrics": _metrics(measured),
        "comparison": [_known(row) for row in measured.comparison.to_dict("records")],
        "verdict": measured.verdict,
        "data": measured.data,
        "versions": {"measured": measured.versions, "exported": versions()},
        "certificates": [asdict(certificate) for certificate in certificates],
    }


def write_details(details: Mapping[str, Any], folder: Path) -> None:
    """Write model.json into a folder."""
    text = json.dumps(details, indent=2, allow_nan=False, ensure_ascii=False, default=_plain)
    (folder / FILE).write_text(text + "\n", encoding="utf-8")


def _metrics(measured: Measured) -> dict[str, Any]:
    """Give the exported model's own metrics, and the interval of its accuracy over the test images."""
    labels = np.asarray(measured.splits.y_test)
    right = int(np.sum(measured.probabilities.argmax(axis=1) == labels))
    interval = binomtest(right, len(labels)).proportion_ci(LEVEL, method="wilson")
    own = {name: value for name, value in _known(measured.retrain).items() if name.startswith(("val_", "test_"))}
    return {
        **own,
        "parameters": measured.retrain["parameters"],
        "test_images": len(labels),
        "test_accuracy": right / len(labels),
        "test_accuracy_interval": [float(interval.low), float(interval.high)],
        "interval": "95% Wilson score interval over the test images",
    }


def _known(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Leave out the metrics that one model has and another has not."""
    return {str(name): value for name, value in row.items() if not (isinstance(value, float) and math.isnan(value))}


def _plain(value: Any) -> Any:
    """Give JSON what pandas and numpy hold."""
    return value.item()
