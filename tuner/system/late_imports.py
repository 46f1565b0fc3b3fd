"""Import a module without executing it until something of it is used.

Python's own `importlib.util.LazyLoader` executes a package twice if a module inside it is imported first, and shows a
half-executed one to other threads.
"""

import _imp
import importlib
import sys
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

WAIT_SECONDS = 0.02
"""How often a thread that waits for another one looks whether that waits for it."""


Within = Callable[[], AbstractContextManager[None]]
"""What makes the context that a module is executed in."""


@contextmanager
def late(names: Collection[str], within: Within = nullcontext) -> Iterator[None]:
    """Let modules of these names that are imported inside the block wait for their first use, even after the block.

    They are executed `within` a context, where their package would have been. One that is missing raises
    `ModuleNotFoundError` at once, as always; what goes wrong in its code is raised on use.
    """
    finder = _Finder(names, within)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        finder.names.clear()  # the finder stays, for the modules inside a package that waits


def give(name: str, **parts: Any) -> None:
    """Give a module that waits some parts of it, whose use does not execute it then; one that was executed has them."""
    module = sys.modules.get(name)
    if isinstance(module, _Waiting):
        vars(module).update(parts)


class _Waiting(ModuleType):
    """A module that is executed when an attribute is read that it does not have yet."""

    def __getattr__(self, name: str) -> Any:
        _execute(self)
        return ModuleType.__getattribute__(self, name)


class _WaitingLoader(Loader):
    """Load a module that waits; whatever else is asked, the module's own loader answers."""

    def __init__(self, own: Any, within: Within) -> None:
        self.own, self.within, self.lock, self.running, self.thread = own, within, threading.RLock(), False, 0

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

    def __init__(self, names: Collection[str], within: Within) -> None:
        self.names, self._within = set(names), within

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Return the specification of a module that waits; None for others, which Python finds as usual."""
        if name in self.names:
            spec = self._own_spec(name, path, target)
            if spec is not None and spec.loader is not None:
                spec.loader = _WaitingLoader(spec.loader, self._within)
            return spec
        package = sys.modules.get(name.rpartition(".")[0])
        if isinstance(package, _Waiting):
            with _others_importing():
                _execute(package)
            if name in sys.modules:
                _Known(sys.modules[name])
                return sys.modules[name].__spec__
        return None

    def _own_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None) -> ModuleSpec | None:
        specs = (finder.find_spec(name, path, target) for finder in sys.meta_path if not isinstance(finder, _Finder))
        return next((spec for spec in specs if spec is not None), None)


@contextmanager
def _others_importing() -> Iterator[None]:
    """Leave the lock of all imports to other threads, which this one has while Python asks its finders."""
    times = 0
    with suppress(RuntimeError):  # it is left
        while True:
            _imp.release_lock()
            times += 1
    try:
        yield
    finally:
        for _ in range(times):
            _imp.acquire_lock()


def _execute(module: ModuleType) -> None:
    """Execute a module that waits, after its package; at once if this thread is executing it already."""
    package = sys.modules.get(module.__name__.rpartition(".")[0])
    if isinstance(package, _Waiting):
        _execute(package)
    loader = module.__spec__.loader if module.__spec__ is not None else None
    if isinstance(loader, _WaitingLoader) and _locked(loader):
        try:
            _execute_once(module, loader)
        finally:
            loader.lock.release()


def _execute_once(module: ModuleType, loader: _WaitingLoader) -> None:
    """Execute a module, whose loader's lock is held, unless that has been done or is in progress."""
    spec = module.__spec__
    if spec is None or loader.running or not isinstance(module, _Waiting):
        return
    loader.running, loader.thread = True, threading.get_ident()
    try:
        with _names_kept(module.__name__.partition(".")[0]), loader.within():
            loader.own.exec_module(module)
    finally:
        loader.running = False  # after an error, the next use meets it again
    spec.loader = module.__loader__ = loader.own
    module.__class__ = ModuleType  # type: ignore[assignment]  # no longer a _Waiting


@contextmanager
def _names_kept(package: str) -> Iterator[None]:
    """Keep the modules that a package has under its names.

    Python puts a module that is imported into its package. TensorFlow then puts another one of its interface there,
    `tensorflow.lite` for instance, which an import that comes later must not replace.
    """
    names = vars(sys.modules[package])
    before = {name: part for name, part in names.items() if isinstance(part, ModuleType)}
    try:
        yield
    finally:
        names.update({name: part for name, part in before.items() if name in names})


def _locked(loader: _WaitingLoader) -> bool:
    """Wait for a loader's lock; return False if its holder imports what this thread is importing, and waits for that.

    This thread then sees as much of the holder's module as the holder would.
    """
    while not loader.lock.acquire(timeout=WAIT_SECONDS):
        if loader.running and _waits_for_us(loader.thread):
            return False
    return True


def _waits_for_us(thread: int) -> bool:
    """Return whether a thread waits for one of Python's locks of modules that this thread has, or for its holder's."""
    lock: Any = importlib._bootstrap._ModuleLock("")  # type: ignore[attr-defined]  # noqa: SLF001 - it has no public name
    lock.owner = thread
    return bool(lock.has_deadlock())
