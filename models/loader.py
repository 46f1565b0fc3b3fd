"""Find the hypermodel that a study names, a built-in one or a user's own."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from keras_search.errors import UsageError
from keras_search.models import HYPERMODELS, Problem
from keras_search.models.import_guard import no_search
from keras_search.models.source import CodeReference, content_digest, missing_message, parse_source

if TYPE_CHECKING:
    from keras_tuner import HyperModel

IMPORTED: set[str] = set()
"""The files and modules of the user's that this process has imported, or begun to."""
CALLBACKS = "callbacks"
"""The function beside a hypermodel that returns the callbacks of a run."""


def load_hypermodel(name: str, problem: Problem) -> HyperModel:
    """Return the hypermodel that builds, and optionally fits, a model for `problem`.

    Raises:
        UsageError: keras-tuner would not accept it as a hypermodel.
        Exception: whatever a user's own file raises when it is run.
    """
    from keras_tuner import HyperModel

    found = HYPERMODELS[name](problem) if name in HYPERMODELS else _own(parse_source(name), problem)
    if isinstance(found, HyperModel):
        return found
    hypermodel = HyperModel()
    hypermodel.build = found
    return hypermodel


def load_callbacks(name: str) -> list[Any]:
    """Call the function `callbacks()` beside a user's own hypermodel and return its new list; none without one.

    Raises:
        UsageError: it takes arguments, or does not return Keras callbacks.
        Exception: whatever it raises.
    """
    if name in HYPERMODELS:
        return []
    source = parse_source(name)
    function = getattr(_load(source), CALLBACKS, None)
    if not inspect.isfunction(function):
        return []
    if any(p.default is p.empty for p in inspect.signature(function).parameters.values()):
        raise UsageError(f"{CALLBACKS} of {source.place} must take no arguments: it is called as {CALLBACKS}().")
    from keras.callbacks import Callback

    found = function()
    if not isinstance(found, list | tuple) or not all(isinstance(each, Callback) for each in found):
        raise UsageError(f"{CALLBACKS}() of {source.place} must return a list of Keras callbacks.")
    return list(found)


def code_digest(name: str) -> str:
    """Hash a user's own hypermodel: its file and those beside it or below that it has imported; "" for built-in ones.

    Call it after `load_hypermodel`.
    """
    if name in HYPERMODELS:
        return ""
    module = _load(parse_source(name))
    if not module.__file__:
        return ""
    folder = Path(module.__file__).resolve().parent
    loaded = [getattr(other, "__file__", None) for other in list(sys.modules.values())]
    own = [file for file in loaded if file and file.endswith(".py") and "site-packages" not in file]
    return content_digest([path for path in {Path(file).resolve() for file in own} if path.is_relative_to(folder)])


def _own(source: CodeReference, problem: Problem) -> HyperModel | Callable[[Any], Any]:
    """Return the function, or an instance of the class, that `source` names."""
    from keras_tuner import HyperModel

    module = _load(source)
    if not hasattr(module, source.name):
        found = [name for name, value in vars(module).items() if _is_own(value, module)]
        raise UsageError(missing_message(source, found))
    found = getattr(module, source.name)
    if isinstance(found, type) and issubclass(found, HyperModel):
        return _instance(found, source, problem)
    if isinstance(found, HyperModel) or (callable(found) and not isinstance(found, type)):
        return found
    raise UsageError(
        f"{source} must be a function build(hp) or a keras_tuner.HyperModel, it is {_article(found)}: name another."
    )


def _load(source: CodeReference) -> ModuleType:
    """Import the module of a source once per process."""
    if source.is_file:
        return load_file(source.path)
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    IMPORTED.add(source.place)
    with no_search(source.place):
        return importlib.import_module(source.place)


def load_file(path: Path) -> ModuleType:
    """Run a file under a name that no import can collide with, its own folder on the path as in `python FILE`."""
    content = path.read_bytes()
    name = f"keras_search_user_{hashlib.sha256(str(path).encode() + content).hexdigest()[:16]}"
    if name in sys.modules:
        return sys.modules[name]
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path} cannot be imported: it must be a Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    IMPORTED.add(str(path))
    try:
        with no_search(str(path)):
            spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _instance(found: type[HyperModel], source: CodeReference, problem: Problem) -> HyperModel:
    """Make an instance; `input_shape` and `classes` are passed if the class takes them."""
    known = {"input_shape": problem.input_shape, "classes": problem.classes, "num_classes": problem.classes}
    parameters = inspect.signature(found).parameters.values()
    named = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    unknown = [p.name for p in named if p.default is p.empty and p.name not in known]
    if unknown:
        raise UsageError(
            f"{source} needs arguments that are not known here: {', '.join(unknown)}. Give them defaults, "
            f"or name an instance, such as `tuned = {source.name}(...)`."
        )
    return found(**{p.name: known[p.name] for p in named if p.name in known})


def _is_own(value: Any, module: ModuleType) -> bool:
    return callable(value) and getattr(value, "__module__", None) == module.__name__


def _article(value: Any) -> str:
    return "a class of another kind" if isinstance(value, type) else f"of type {type(value).__name__}"
