"""What a network must know of its task before it can be built."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Target:
    """Say what one output gives: a probability for each class, or, without class names, `width` values.

    `name` is the output's name where there are several, else "". With a `shape`, that of the labels of one example,
    it is neither: an image to reconstruct, a class for each pixel, several classes at once. `offset` was
    taken off each value before networks saw it, where float32 could not tell the values apart; it is added again, in
    float64, to what they say.
    """

    name: str = ""
    class_names: tuple[str, ...] = ()
    width: int = 1
    shape: tuple[int, ...] | None = None
    offset: tuple[float, ...] = ()

    @property
    def classifies(self) -> bool:
        """True if the output tells classes apart."""
        return bool(self.class_names)

    @property
    def classes(self) -> int:
        """The number of classes, 0 where the output gives values."""
        return len(self.class_names)

    @property
    def other(self) -> bool:
        """True if the output gives neither classes nor values, so that only the model's own metrics measure it."""
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
    without validation and test; `epochs` is the full budget of epochs, over which a learning-rate schedule stretches
    even where a trial is stopped before. `spreads` says, by the name of a target that has values, how they lie among
    the examples trained on.
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
        """The number of classes of the compared output, 0 where it gives values."""
        return self.target.classes

    def steps(self, batch_size: int) -> int:
        """Count the optimizer's steps in the full budget, the last batch of an epoch being a smaller one."""
        return self.epochs * -(-self.fit_examples // batch_size)
