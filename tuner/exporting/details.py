"""Gather and write model.json: everything about an exported model that its files do not contain."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from scipy.stats import binomtest, sem, t

from keras_search.tuner.data import Array
from keras_search.tuner.data.tested import all_of_size
from keras_search.tuner.data.tree import leaves
from keras_search.tuner.exporting.certificate import Certificate, Evidence
from keras_search.tuner.exporting.description import FILE
from keras_search.tuner.exporting.interface import describe_input, describe_outputs
from keras_search.tuner.exporting.measured import Measured
from keras_search.tuner.report.judging import EXPORTED_SEED
from keras_search.tuner.system.plain import plain
from keras_search.tuner.system.text import storable
from keras_search.tuner.system.versions import versions

LEVEL = 0.95
PLACES = ("dataset", "validation", "hypermodel")
"""Settings that may be a path, of which only the last part is published."""


def interface(measured: Measured, evidence: Evidence) -> dict[str, Any]:
    """Return model.json's inputs and outputs, as they will be read from there."""
    from_files, framed = measured.read_from_files, not measured.read_from_files
    if measured.test_files:
        framed = all_of_size(measured.test_files, leaves(evidence.x)[""].shape[1:3])
    found = {
        "input": describe_input(measured.seen, evidence.x, from_files, framed),
        "outputs": describe_outputs(evidence.targets, measured.settings),
    }
    plain: dict[str, Any] = json.loads(json.dumps(found, default=_plain))
    return plain


def describe(
    measured: Measured,
    interface: Mapping[str, Any],
    evidence: Evidence,
    certificates: Sequence[Certificate],
    left_out: Mapping[str, str],
) -> dict[str, Any]:
    """Return the content of model.json as plain values; `left_out` are the reasons by format."""
    way = evidence.whole_way
    settings = {
        name: PurePath(value).name if value and name in PLACES else value for name, value in measured.settings.items()
    }
    return {
        "study": measured.study,
        "trial": measured.best.name,
        "retrained_on_seed": EXPORTED_SEED,
        "class_names": list(evidence.targets[0].class_names),
        **interface,
        "hyperparameters": measured.best.hyperparameters,
        "settings": settings,
        "metrics": _metrics(measured, evidence),
        "comparison": [
            {str(name): None if _unknown(value) else value for name, value in row.items()}
            for row in measured.comparison.to_dict("records")
        ],
        "verdict": measured.verdict,
        "data": measured.data,
        "versions": {"measured": measured.versions, "exported": versions()},
        "from_files": None if way is None else {"what": way.what, "checked": len(way.places), "changed": way.changed},
        "certificates": [asdict(certificate) for certificate in certificates],
        "left_out": dict(left_out),
    }


def write_details(details: Mapping[str, Any], folder: Path) -> None:
    """Write model.json into a folder."""
    text = json.dumps(plain(details), indent=2, allow_nan=False, ensure_ascii=False)
    (folder / FILE).write_text(storable(text) + "\n", encoding="utf-8")


def _metrics(measured: Measured, evidence: Evidence) -> dict[str, Any]:
    """Return the exported model's own metrics, and the interval of the compared one over the test examples.

    Outputs that are neither classes nor values have no such interval.
    """
    splits, target = measured.splits, evidence.targets[0]
    truth, predicted = splits.compared(splits.y_test), evidence.measured[target.name]
    quality: dict[str, Any] = {}
    if target.classifies:
        quality = _accuracy(predicted, truth)
    elif not target.other:
        quality = _error(predicted, truth, splits.compared(splits.y_fit).mean(axis=0, dtype=np.float64))
    own = {name: value for name, value in _known(measured.retrain).items() if name.startswith(("val_", "test_"))}
    return {**own, "parameters": measured.retrain["parameters"], "test_examples": len(truth), **quality}


def _accuracy(chances: Array, labels: Array) -> dict[str, Any]:
    right = int(np.sum(chances.argmax(axis=1) == labels))
    interval = binomtest(right, len(labels)).proportion_ci(LEVEL, method="wilson")
    return {
        "test_accuracy": right / len(labels),
        "test_accuracy_interval": [float(interval.low), float(interval.high)],
        "interval": "95% Wilson score interval over the test examples",
    }


def _error(values: Array, truth: Array, mean: Array) -> dict[str, Any]:
    """Return the mean absolute error, and that of always predicting the `mean` `(width,)` of the training examples."""
    errors = np.abs(values.astype(np.float64) - truth).mean(axis=1)
    interval = t.interval(LEVEL, len(errors) - 1, errors.mean(), sem(errors)) if len(errors) > 1 else [0.0, math.inf]
    return {
        "test_mean_absolute_error": float(errors.mean()),
        "test_mean_absolute_error_interval": [max(float(end), 0.0) for end in interval],
        "interval": "95% Student's t interval over the test examples",
        "mean_absolute_error_of_the_mean": float(np.abs(truth - mean).mean()),
    }


def _known(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Leave out the metrics that not all models have."""
    return {str(name): value for name, value in row.items() if not _unknown(value)}


def _unknown(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _plain(value: Any) -> Any:
    """Convert the values of pandas and numpy for JSON."""
    return value.item()
