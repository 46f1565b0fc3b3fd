"""The parts of a network that operators on tensors are made of: numbers of an example that are moved, added, scaled."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Shape = tuple[Any, ...]
"""The shape of a tensor, `(None, ..., columns)`."""
Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Gathering:
    """Numbers of an example in another order, several times or not at all: `places` has which of its inputs each is."""

    given: Shape
    made: Shape
    places: Places


@dataclass(frozen=True, eq=False)
class Summing:
    """Sums of the numbers of an example: `places` has for each of its inputs in which of the outputs it is."""

    given: Shape
    made: Shape
    places: Places


@dataclass(frozen=True, eq=False)
class Scaling:
    """A product with a constant array, and the sum with another, each of the shape of an example or of less."""

    scale: Any
    offset: Any
    shape: Shape


@dataclass(frozen=True)
class Shaping:
    """The same numbers of an example in another shape."""

    made: Shape


@dataclass(frozen=True)
class Shares:
    """The softmax of each row of a tensor."""

    shape: Shape


@dataclass(frozen=True)
class OfEach:
    """Chains of operations, one for each of several inputs; what follows takes the outputs of all."""

    chains: tuple[list[Any], ...]


@dataclass(frozen=True)
class Repeated:
    """The outputs of a part, several times."""

    times: int


@dataclass(frozen=True)
class Chosen:
    """Some of several inputs, in this order."""

    places: tuple[int, ...]


PARTS = (Gathering, Summing, Scaling, Shaping, Shares)
"""What remains as a part of a network."""


def moved(given: Shape, made: Shape, move: Callable[[Places], Places]) -> list[Any]:
    """Return the operation that moves numbers as `move` does those of an array `(1, ...)`; none if all stay."""
    numbers = np.arange(np.prod(given[1:]), dtype=np.int64)
    places = move(numbers.reshape(1, *given[1:])).reshape(-1)
    return [Shaping(made)] if np.array_equal(places, numbers) else [Gathering(given, made, places)]


def shares(shape: Shape, axis: int) -> list[Any]:
    """Return the operations of a softmax along an axis other than that of the examples."""
    own = axis % len(shape)

    def swapped(numbers: Places) -> Places:
        return numbers.swapaxes(own, -1)

    sizes = list(shape)
    sizes[own], sizes[-1] = sizes[-1], sizes[own]
    inner = tuple(sizes)
    if own == len(shape) - 1:
        return [Shares(shape)]
    return [*moved(shape, inner, swapped), Shares(inner), *moved(inner, shape, swapped)]


def spread(given: Shape, made: Shape) -> list[Any]:
    """Return the operations that repeat a tensor along the axes where it has one number; none if it has that shape."""
    if given[1:] == made[1:]:
        return []
    return moved(given, made, lambda numbers: np.broadcast_to(numbers, (1, *made[1:])))


def summed(given: Shape, axes: tuple[int, ...], made: Shape) -> list[Any]:
    """Return the operation that adds up the numbers along some axes."""
    kept = tuple(1 if axis in axes else size for axis, size in enumerate(given))
    numbers = np.arange(np.prod(kept[1:]), dtype=np.int64).reshape(1, *kept[1:])
    return [Summing(given, made, np.broadcast_to(numbers, (1, *given[1:])).reshape(-1))]


def spread_shape(shapes: list[Shape]) -> Shape | None:
    """Return the shape of what combines tensors of one rank; None if they do not fit, or examples are not first."""
    if len({len(shape) for shape in shapes}) != 1 or any(shape[0] is not None for shape in shapes):
        return None
    return (None, *np.broadcast_shapes(*(shape[1:] for shape in shapes)))
