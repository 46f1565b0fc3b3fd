"""Search the hyperparameters of a Keras model and say honestly whether tuning was worth it."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from keras_search.tuner.api.running import Study, load, resume, start

__all__ = ["Study", "load", "resume", "start"]


def __getattr__(name: str) -> Any:
    """Import the functions for Python when they are first asked for, as the command line has no need of them."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from keras_search.tuner.api import running

    return getattr(running, name)


def __dir__() -> list[str]:
    return __all__
