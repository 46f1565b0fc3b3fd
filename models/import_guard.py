"""Stop a file that searches when it is imported, like a script for KerasTuner without a `__main__` guard."""

import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from keras_search.errors import UsageError

LIBRARY = "keras_tuner"
SEARCHES = "searches"
DELETES = "makes a tuner with overwrite=True, which deletes its earlier results,"
_LOADING: list[str] = []
"""The files and modules that we are importing, the innermost last."""
_TRIED: dict[str, str] = {}
"""The forbidden actions that those tried, because they may catch the error."""


class SearchOnImportError(UsageError):
    """Raised if a file does on import what only a script should do."""

    def __init__(self, place: str, act: str) -> None:
        super().__init__(
            f'{place} {act} whenever it is imported: put that under `if __name__ == "__main__":` and start again.'
        )


def is_loading() -> bool:
    """Return whether we are importing a user's own file."""
    return bool(_LOADING)


@contextmanager
def no_search(place: str) -> Iterator[None]:
    """Import the file or module `place`; meanwhile no KerasTuner tuner may search, nor delete its results.

    Raises:
        SearchOnImportError: one was about to.
    """
    _watch_library()
    _LOADING.append(place)
    try:
        yield
    finally:
        _LOADING.pop()
        act = _TRIED.pop(place, None)
        if act is not None:
            raise SearchOnImportError(place, act) from None


def _refuse(act: str) -> None:
    if _LOADING:
        place = _LOADING[-1]
        _TRIED[place] = act
        raise SearchOnImportError(place, act)


def _watch_library() -> None:
    """Watch KerasTuner's tuners and oracles: at once if they are imported, else as soon as they are."""
    if LIBRARY in sys.modules:
        _watch(sys.modules[LIBRARY])
    elif not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def _watch(library: ModuleType) -> None:
    tuner = next(base for base in library.Tuner.__mro__ if "search" in vars(base))
    for owner, name, act in ((tuner, "search", _never), (library.Oracle, "create_trial", _never),
                             (tuner, "__init__", _unless_kept)):  # fmt: skip
        method = vars(owner)[name]
        if not hasattr(method, "watched"):
            setattr(owner, name, act(method))


def _never(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def watched(*arguments: Any, **named: Any) -> Any:
        _refuse(SEARCHES)
        return method(*arguments, **named)

    watched.watched = True  # type: ignore[attr-defined]
    return watched


def _unless_kept(method: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(method)

    @wraps(method)
    def watched(*arguments: Any, **named: Any) -> Any:
        if is_loading() and signature.bind_partial(*arguments, **named).arguments.get("overwrite"):
            _refuse(DELETES)
        return method(*arguments, **named)

    watched.watched = True  # type: ignore[attr-defined]
    return watched


class _Finder(MetaPathFinder):
    """Find KerasTuner like the other finders, and watch it once it is loaded."""

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None = None,  # noqa: ARG002
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        if name != LIBRARY:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = _Watched(spec.loader)
        return spec


class _Watched(Loader):
    """Load a module by its own `loader`, and watch it."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        _watch(module)
