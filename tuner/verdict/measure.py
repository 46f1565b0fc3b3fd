"""The measure of a comparison: how a stored prediction is scored, and the name of the score."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from keras_search.models.problem import Target
from keras_search.tuner.system.numbers import is_share
from keras_search.tuner.verdict.crossed import Scores
from keras_search.tuner.verdict.metrics import ABSOLUTE, ACCURACY, Metric

SHORT = {"mean_absolute_error": ("mean_absolute_error", "mae"), "accuracy": ("accuracy", "acc")}


@dataclass(frozen=True)
class Measure:
    """Name the mean of scores, and the `sign`, 1 or -1, that turns it into that measure.

    `examples` is the word for the examples of the test split, `output` the name of the compared output if there are
    several. `definition` explains how it is computed if the name does not. `seeds_only`: it is known for each model and
    seed, not for each example, so that an interval covers only the luck of the seed. `validated` are the names of its
    value on the validation split. `pairwise`: each example has a score of its own.
    """

    name: str
    sign: int
    examples: str = "examples"
    output: str = ""
    definition: str = ""
    bounded: bool = False
    pairwise: bool = True
    seeds_only: bool = False
    validated: tuple[str, ...] = ()

    @property
    def metric(self) -> str:
        """The measure's name as metrics have theirs, such as `mean_absolute_error`."""
        return self.name.replace(" ", "_")

    @property
    def is_share(self) -> bool:
        """True if it is a share of the examples, shown in percent."""
        return is_share(self.metric)

    @property
    def better(self) -> str:
        """Return "higher" or "lower", what a good value is."""
        return "higher" if self.sign > 0 else "lower"

    def validated_by(self) -> tuple[str, ...]:
        """List the possible names of its value on the validation split, which depend on how a model is compiled."""
        outputs = (f"{self.output}_", "") if self.output else ("",)
        short = SHORT.get(self.metric, (self.metric,))
        return tuple(dict.fromkeys([*self.validated, *(f"val_{output}{name}" for output in outputs for name in short)]))


def measure_of(target: Target, examples: str = "examples") -> Measure:
    """Choose the default measure: accuracy for classes, mean absolute error for values."""
    metric = default_metric(target)
    return Measure(metric.name, metric.sign, examples, target.name, bounded=metric.bounded)


def default_metric(target: Target) -> Metric:
    """Return the metric of that measure."""
    return ACCURACY if target.classifies else ABSOLUTE


def scores(target: Target, predicted: np.ndarray, truth: np.ndarray, metric: Metric | None = None) -> Scores:
    """Score a model's prediction for each example, `(n,)`, more being better.

    Args:
        target: The output.
        predicted: Probabilities `(n, classes)`, or values `(n, width)`.
        truth: Classes `(n,)`, or values `(n, width)`.
        metric: What each example contributes to; accuracy or the mean absolute error by default.
    """
    metric = metric or default_metric(target)
    given = metric.contribute(predicted, truth)
    return np.asarray(given) if given.dtype == bool else metric.sign * np.asarray(given, np.float64)


def compared_target(data: Mapping[str, Any]) -> Target:
    """Read the compared output from a study's stored facts of its data; older studies have classes."""
    first = next(iter(data.get("targets") or []), None) or {"class_names": data["class_names"]}
    shape = first.get("shape")
    shape, offset = None if shape is None else tuple(shape), tuple(first.get("offset", ()))
    return Target(first.get("name", ""), tuple(first["class_names"]), first.get("width", 1), shape, offset)
