"""What a network must know about its task before it can be built."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Target:
    """One output: a probability for each class, or, without class names, `width` values.

    `name` is the output's name if there are several, else "". With a `shape`, that of the labels of one example, it is
    neither: an image to reconstruct, a class for each pixel, several classes at once. `offset` was subtracted from
    each value for training, if float32 could not distinguish the values; it is added back, in float64, to the
    predictions.
    """

    name: str = ""
    class_names: tuple[str, ...] = ()
    width: int = 1
    shape: tuple[int, ...] | None = None
    offset: tuple[float, ...] = ()

    @property
    def classifies(self) -> bool:
        """True if the output distinguishes classes."""
        return bool(self.class_names)

    @property
    def classes(self) -> int:
        """The number of classes, 0 if the output has values."""
        return len(self.class_names)

    @property
    def other(self) -> bool:
        """True if the output has neither classes nor values, so that only the model's own metrics measure it."""
        return self.shape is not None


@dataclass(frozen=True)
class Spread:
    """Hold the mean and the standard deviation of each value of a target, in the target's units."""

    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    @property
    def variance(self) -> float:
        """The mean variance of the values."""
        return sum(each**2 for each in self.deviation) / len(self.deviation)


@dataclass(frozen=True)
class Problem:
    """Hold the shape of one input, such as `(28, 28)`, or of each by its name, and the size of the task.

    The first of `targets` is the one on which models are compared. `fit_examples` are the examples trained on,
    without validation and test; `epochs` is the full budget of epochs, over which a learning-rate schedule extends
    even if a trial is stopped before. `spreads` are, by the name of a target that has values, their mean and deviation
    in the training examples.
    """

    input_shape: Shape | dict[str, Shape]
    targets: tuple[Target, ...]
    fit_examples: int
    epochs: int
    spreads: Mapping[str, Spread] = field(default_factory=dict)

    @property
    def target(self) -> Target:
        """The output on which models are compared."""
        return self.targets[0]

    @property
    def classes(self) -> int:
        """The number of classes of the compared output, 0 if it has values."""
        return self.target.classes

    def steps(self, batch_size: int) -> int:
        """Count the optimizer's steps in the full budget, the last batch of an epoch possibly being smaller."""
        return self.epochs * -(-self.fit_examples // batch_size)
