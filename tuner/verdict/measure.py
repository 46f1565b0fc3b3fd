"""By what models are compared: how a stored prediction is scored, and what the score is called."""

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
    """Say what the mean of scores is called, and which `sign`, 1 or -1, turns it into that measure.

    `examples` is what one example of the test split is called, `output` the name of the compared output where there
    are several. `definition` is how it is computed where the name does not say it. `seeds_only`: it is known for each
    model and seed, not for each example, so that an interval covers the luck of the seed alone. `validated` are the
    names of its value on the validation split. `pairwise`: each example has a score of its own.
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
        """List the names that its value on the validation split can have, by what a model is compiled with."""
        outputs = (f"{self.output}_", "") if self.output else ("",)
        short = SHORT.get(self.metric, (self.metric,))
        return tuple(dict.fromkeys([*self.validated, *(f"val_{output}{name}" for output in outputs for name in short)]))


def measure_of(target: Target, examples: str = "examples") -> Measure:
    """Choose the measure where no objective asks for another: accuracy for classes, mean absolute error for values."""
    metric = default_metric(target)
    return Measure(metric.name, metric.sign, examples, target.name, bounded=metric.bounded)


def default_metric(target: Target) -> Metric:
    """Return the metric of that measure."""
    return ACCURACY if target.classifies else ABSOLUTE


def scores(target: Target, said: np.ndarray, truth: np.ndarray, metric: Metric | None = None) -> Scores:
    """Score what a model said of each example, `(n,)`, more being better.

    Args:
        target: What the output gives.
        said: Probabilities `(n, classes)`, or values `(n, width)`.
        truth: Classes `(n,)`, or values `(n, width)`.
        metric: What each example contributes to; accuracy or the mean absolute error where none is given.
    """
    metric = metric or default_metric(target)
    given = metric.contribute(said, truth)
    return np.asarray(given) if given.dtype == bool else metric.sign * np.asarray(given, np.float64)


def compared_target(data: Mapping[str, Any]) -> Target:
    """Read the compared output from what a study keeps of its data; one of an older study gives classes."""
    first = next(iter(data.get("targets") or []), None) or {"class_names": data["class_names"]}
    shape = first.get("shape")
    shape, offset = None if shape is None else tuple(shape), tuple(first.get("offset", ()))
    return Target(first.get("name", ""), tuple(first["class_names"]), first.get("width", 1), shape, offset)
