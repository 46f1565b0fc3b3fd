"""Fixtures that several test modules share."""

from pathlib import Path

import pytest

MNIST = Path(__file__).resolve().parents[2] / "shared" / "data" / "mnist.npz"


@pytest.fixture(scope="session")
def mnist_path() -> Path:
    """Give the path of the real MNIST, which is kept beside the repository and never inside it."""
    if not MNIST.is_file():
        pytest.skip("the real MNIST is not here: expected ../shared/data/mnist.npz beside the repository")
    return MNIST
