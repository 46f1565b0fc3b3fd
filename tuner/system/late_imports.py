"""Import a module without executing it until something of it is used.

Python's own `importlib.util.LazyLoader` executes a package twice if a module inside it is imported first, and shows a
half-executed one to other threads.
"""

import sys
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


@contextmanager
def late(names: Collection[str]) -> Iterator[None]:
    """Let modules of these names that are imported inside the block wait for their first use, even after the block.

    One that is missing raises `ModuleNotFoundError` at once, as always; what goes wrong in its code is raised on use.
    """
    finder = _Finder(names)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        finder.names.clear()  # the finder stays, for the modules inside a package that waits


class _Waiting(ModuleType):
    """A module that is executed when an attribute is read that it does not have yet."""

    def __getattr__(self, name: str) -> Any:
        _execute(self)
        return ModuleType.__getattribute__(self, name)


class _WaitingLoader(Loader):
    """Load a module that waits; whatever else is asked, the module's own loader answers."""

    def __init__(self, own: Any) -> None:
        self.own, self.lock, self.running = own, threading.RLock(), False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.own, name)

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave it to Python."""

    def exec_module(self, module: ModuleType) -> None:
        """Let the module wait."""
        module.__class__ = _Waiting


class _Known(Loader):
    """Return a module that the execution of its package has imported meanwhile."""

    def __init__(self, module: ModuleType) -> None:
        self._module, self._spec = module, module.__spec__
        # Python takes the specification of a module that has appeared while it looked for one.
        module.__spec__ = ModuleSpec(module.__name__, self)

    def create_module(self, spec: ModuleSpec) -> ModuleType:  # noqa: ARG002 - Python passes it
        """Return the module, instead of a second one."""
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        """Give the module back its own specification: it has been executed."""
        module.__spec__ = self._spec


class _Finder(MetaPathFinder):
    """Find the modules of `names`, and those inside a package that waits, which has to be executed first."""

    def __init__(self, names: Collection[str]) -> None:
        self.names = set(names)

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Return the specification of a module that waits; None for others, which Python finds as usual."""
        if name in self.names:
            spec = self._own_spec(name, path, target)
            if spec is not None and spec.loader is not None:
                spec.loader = _WaitingLoader(spec.loader)
            return spec
        package = sys.modules.get(name.rpartition(".")[0])
        if isinstance(package, _Waiting):
            _execute(package)
            if name in sys.modules:
                _Known(sys.modules[name])
                return sys.modules[name].__spec__
        return None

    def _own_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None) -> ModuleSpec | None:
        specs = (finder.find_spec(name, path, target) for finder in sys.meta_path if finder is not self)
        return next((spec for spec in specs if spec is not None), None)


def _execute(module: ModuleType) -> None:
    """Execute a module that waits, after its package; at once if this thread is executing it already."""
    package = sys.modules.get(module.__name__.rpartition(".")[0])
    if isinstance(package, _Waiting):
        _execute(package)
    spec = module.__spec__
    loader = spec.loader if spec is not None else None
    if spec is None or not isinstance(loader, _WaitingLoader):
        return
    with loader.lock:
        if loader.running or not isinstance(module, _Waiting):
            return
        loader.running = True
        try:
            loader.own.exec_module(module)
        finally:
            loader.running = False  # after an error, the next use meets it again
        spec.loader = module.__loader__ = loader.own
        module.__class__ = ModuleType  # type: ignore[assignment]  # no longer a _Waiting
