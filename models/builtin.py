"""A built-in hypermodel in two steps, so that its search space is known without building networks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    import keras
    from keras_tuner import HyperParameters

Choice = TypeVar("Choice")


@dataclass(frozen=True)
class BuiltIn(Generic[Choice]):
    """A function `build(hp)`, as KerasTuner takes it: `choose` asks for hyperparameters, `make` builds with them."""

    choose: Callable[[HyperParameters], Choice]
    make: Callable[[Choice], keras.Model]

    def __call__(self, hp: HyperParameters) -> keras.Model:
        """Build and compile the network."""
        return self.make(self.choose(hp))
