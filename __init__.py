"""Search the hyperparameters of a Keras model and report honestly whether tuning was worth it."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from keras_search.tuner.api.remote import connect
    from keras_search.tuner.api.running import Study, load, resume, start

    __version__: str

__all__ = ["Study", "__version__", "connect", "load", "resume", "start"]


def __getattr__(name: str) -> Any:
    """Import the Python API on first use, because the command line does not need it."""
    if name == "__version__":
        from importlib.metadata import version

        return version("keras-search")
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from keras_search.tuner.api import remote, running

    return getattr(remote if name == "connect" else running, name)


def __dir__() -> list[str]:
    return __all__
