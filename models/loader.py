"""Find the hypermodel that a study names, a built-in one or a user's own."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from keras_search.models import HYPERMODELS, Problem

if TYPE_CHECKING:
    import keras
    from keras_tuner import HyperParameters


def load_hypermodel(name: str, problem: Problem) -> "Callable[[HyperParameters], keras.Model]":
    """Give the function of `hp` that builds a compiled model for `problem`."""
    return HYPERMODELS[name](problem)
