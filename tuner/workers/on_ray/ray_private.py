"""The one private part of Ray that is touched."""

from ray._private import worker

PRINTS = "print_to_stdstream"


def untouched() -> bool:
    """Return whether this version of Ray has what `keep_quiet` replaces."""
    return callable(getattr(worker, PRINTS, None))


def keep_quiet() -> None:
    """Let Ray not print what happens on its nodes: it has no option for that, and programs may read our output."""
    if untouched():
        setattr(worker, PRINTS, _drop)


def _drop(*_: object, **__: object) -> None:
    """Print nothing."""
