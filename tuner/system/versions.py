"""The versions that decide a study's numbers."""

import importlib.metadata
import platform

from keras_search.tuner.system.cpu import LANES

DECIDING_PACKAGES = ("tensorflow", "keras", "keras-tuner", "numpy", "numba", "llvmlite", "keras-search")
PROPOSING_PACKAGES = ("scikit-learn", "scipy")
"""What Bayesian optimization learns with."""


def versions() -> dict[str, str]:
    """Give the versions of everything that takes part in the arithmetic."""
    packages = {name: importlib.metadata.version(name) for name in (*DECIDING_PACKAGES, *PROPOSING_PACKAGES)}
    machine = f"{platform.machine()}, {LANES} numbers at a time"
    return {**packages, "python": platform.python_version(), "machine": machine}
