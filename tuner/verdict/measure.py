"""By what models are compared: how a stored prediction is scored, and what the score is called."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from keras_search.models.problem import Target
from keras_search.tuner.verdict.crossed import Scores


@dataclass(frozen=True)
class Measure:
    """Say what the mean of scores is called, and which `sign`, 1 or -1, turns it into that measure.

    `examples` is what one example of the test split is called, `output` the name of the compared output where there
    are several.
    """

    name: str
    sign: int
    examples: str = "examples"
    output: str = ""

    @property
    def metric(self) -> str:
        """The measure's name as metrics have theirs, such as `mean_absolute_error`."""
        return self.name.replace(" ", "_")

    @property
    def is_share(self) -> bool:
        """Whether it is a share of the examples, shown in percent."""
        return self.sign > 0

    def validated_by(self) -> tuple[str, ...]:
        """List the names that its value on the validation split can have, by what a model is compiled with."""
        short = {"mean_absolute_error": ("mean_absolute_error", "mae"), "accuracy": ("accuracy", "acc")}[self.metric]
        outputs = (f"{self.output}_", "") if self.output else ("",)
        return tuple(f"val_{output}{name}" for output in outputs for name in short)


def measure_of(target: Target, examples: str = "examples") -> Measure:
    """Choose the measure: accuracy for classes, the mean absolute error for values."""
    if target.classifies:
        return Measure("accuracy", 1, examples, target.name)
    return Measure("mean absolute error", -1, examples, target.name)


def scores(target: Target, said: np.ndarray, truth: np.ndarray) -> Scores:
    """Score what a model said of each example, `(n,)`, more being better.

    Args:
        target: What the output gives.
        said: Probabilities `(n, classes)`, scored by whether the likeliest class is the right one; or values
            `(n, width)`, scored by minus the mean of their absolute errors.
        truth: Classes `(n,)`, or values `(n, width)`.
    """
    if target.classifies:
        return np.asarray(said.argmax(axis=1) == truth)
    errors = np.abs(said.astype(np.float64) - truth.astype(np.float64))
    return np.asarray(-errors.mean(axis=1))


def compared_target(data: Mapping[str, Any]) -> Target:
    """Read the compared output from what a study keeps of its data; one of an older study gives classes."""
    first = next(iter(data.get("targets") or []), None) or {"class_names": data["class_names"]}
    offset = tuple(first.get("offset", ()))
    return Target(first.get("name", ""), tuple(first["class_names"]), first.get("width", 1), offset=offset)
