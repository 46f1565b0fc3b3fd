"""What a network must know of its task before it can be built."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """Hold the shape of one input, such as `(28, 28)`, and the size of the task.

    `fit_examples` are the examples trained on, without validation and test; `epochs` is the full budget of
    epochs, over which a learning-rate schedule stretches even where a trial is stopped before.
    """

    input_shape: tuple[int, ...]
    classes: int
    fit_examples: int
    epochs: int

    def steps(self, batch_size: int) -> int:
        """Count the optimizer's steps in the full budget, the last batch of an epoch being a smaller one."""
        return self.epochs * -(-self.fit_examples // batch_size)
