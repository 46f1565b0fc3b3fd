"""Check the names of inputs and outputs against Keras's rules."""

import re

from keras_search.errors import UsageError
from keras_search.tuner.data.tree import Tree

_INPUT = re.compile(r"[^/]+")
_OUTPUT = re.compile(r"[A-Za-z0-9_.>-]+")
"""The name of an output is also that of a layer and of a loss, and thus of TensorFlow operations."""


def check_names(x: Tree, y: Tree, source: str) -> None:
    """Make sure that the inputs `x` and outputs `y` of the data `source` have names that a model can use.

    Raises:
        UsageError: one has not, or an input and an output have the same name.
    """
    inputs, outputs = ([*tree] if isinstance(tree, dict) else [] for tree in (x, y))
    for name in inputs:
        if not _INPUT.fullmatch(name):
            raise _unfit("input", name, name.replace("/", "_") or "x", "not empty, without /", source)
    for name in outputs:
        if not _OUTPUT.fullmatch(name):
            better = re.sub(r"[^A-Za-z0-9_.>-]", "_", name) or "y"
            raise _unfit("output", name, better, "letters a-z, digits, and _ . - > alone", source)
    for name in inputs:
        if name in outputs:
            raise UsageError(
                f"An input and an output of {source} have the name {name!r}, which Keras allows once in a model. "
                "Rename one of them."
            )


def _unfit(kind: str, name: str, better: str, rule: str, source: str) -> UsageError:
    return UsageError(
        f"The {kind} {name!r} of {source} must have a name that Keras accepts: {rule}. "
        f"Rename it, for instance to {better!r}."
    )
