"""Examples as one array, or as several arrays by the name of an input or output."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_search.tuner.data.pieces import as_type, picked

Array = NDArray[Any]
Labels = NDArray[np.int64]
Tree = Array | dict[str, Array]
"""One array `(n, ...)`, or a dict of such arrays of one length."""

Examples = tuple[Tree, Tree] | tuple[Tree, Tree, Tree]
"""Inputs and labels and, if examples are weighted, their weights `(n,)`, one array for each output."""


def leaves(tree: Tree) -> dict[str, Array]:
    """Return the arrays by name; a single one has the name ""."""
    return tree if isinstance(tree, dict) else {"": tree}


def mapped(function: Callable[[Array], Array], tree: Tree) -> Tree:
    """Apply a function to each array."""
    return {name: function(array) for name, array in tree.items()} if isinstance(tree, dict) else function(tree)


def size(tree: Tree) -> int:
    """Count the examples."""
    return len(next(iter(leaves(tree).values())))


def nbytes(tree: Tree) -> int:
    """Return the bytes of all arrays."""
    return sum(array.nbytes for array in leaves(tree).values())


def take(tree: Tree, index: slice | Labels) -> Tree:
    """Return the examples at `index`: a view for a slice, else copies, large ones in a temporary file."""
    if isinstance(index, slice):
        return mapped(lambda array: np.asarray(array[index]), tree)
    return mapped(lambda array: picked(array, index), tree)


def fit_types(tree: Tree) -> Tree:
    """Convert arrays to the types that `model.fit` converts them to: fractions to float32, all else stays."""
    return mapped(lambda array: as_type(array, np.float32) if array.dtype.kind == "f" else array, tree)
