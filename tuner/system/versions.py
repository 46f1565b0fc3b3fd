"""The versions that decide a study's numbers."""

import importlib.metadata
import platform
from importlib.metadata import PackageNotFoundError

DECIDING_PACKAGES = ("tensorflow", "keras", "keras-tuner", "numpy", "keras-search")
KERNEL_PACKAGES = ("numba", "llvmlite")
"""The packages that compile the kernels."""
KERNELS = "kernels"
"""The version of what the kernels compute."""
FIRST_KERNELS, _KERNELS_NOW = "1", "4"
"""Studies did not record the first one; since the second, each sum has an order of its own; the third trains more kinds
of networks, the others as before; the fourth computes convolutions before a max pooling
otherwise."""
PROPOSING_PACKAGES = ("scikit-learn", "scipy")
"""The packages for Bayesian optimization."""


def versions() -> dict[str, str]:
    """Return the versions of all packages that affect the numbers, and of what the kernels compute."""
    from keras_search.tuner.system.cpu import MACHINE  # loads LLVM, which the start of a search does without

    packages = {name: _version(name) for name in (*DECIDING_PACKAGES, *KERNEL_PACKAGES, *PROPOSING_PACKAGES)}
    return {**packages, KERNELS: _KERNELS_NOW, "python": platform.python_version(), "machine": MACHINE}


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except PackageNotFoundError:
        return "none"
