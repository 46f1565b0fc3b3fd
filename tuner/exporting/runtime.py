"""What all export formats have in common: how a file is written, and how it runs outside keras-search."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from keras_search.errors import KerasSearchError
from keras_search.tuner.data.tree import Array, Tree
from keras_search.tuner.exporting.naming import tensor_names

if TYPE_CHECKING:
    from keras_search.tuner.exporting.subject import Subject

Values = npt.NDArray[np.float32]
Shape = tuple[int | None, ...]
"""The shape of one example; an axis of any length is None."""


class ExportError(KerasSearchError):
    """Raised if a model cannot be exported."""


class UnfitFormatError(ExportError):
    """Raised if a format cannot hold a model."""


class BrokenModelError(KerasSearchError):
    """Raised if `engine` cannot load the file at `path`."""

    def __init__(self, path: Path, engine: str, reason: str) -> None:
        super().__init__(f"{path} cannot be loaded by {engine}: {reason}")
        self.reason = reason


@dataclass(frozen=True)
class Runtime:
    """A model that was loaded from its file.

    `run` takes one array `(n, ...)`, or arrays by the names of the inputs, and returns one array, or arrays by the
    names of the outputs if there are several. `inputs` are the shapes of one example by the file's names of
    its inputs. `example` is Python that runs the file without keras-search: it makes `y` of `x`.
    """

    run: Callable[[Tree], Tree]
    inputs: Mapping[str, Shape]
    example: str


@dataclass(frozen=True)
class Format:
    """An export format.

    `file` is its name in the export's folder (a folder for `saved-model`), `engine` the distribution that runs it,
    `writes_with` and `runs_with` the modules needed besides keras-search's own dependencies.
    """

    name: str
    file: str
    engine: str
    writes_with: tuple[str, ...]
    runs_with: tuple[str, ...]
    write: Callable[[Subject, Path], None]
    load: Callable[[Path], Runtime]

    @property
    def version(self) -> str:
        """The engine with its version, such as `onnxruntime 1.22.0`."""
        return f"{self.engine} {importlib.metadata.version(self.engine)}"

    @property
    def runnable(self) -> bool:
        """True if everything that runs it is installed."""
        return not _missing(self.runs_with)

    def check_writable(self) -> None:
        """Make sure that everything that writes and runs it is installed.

        Raises:
            ExportError: something is not.
        """
        self._check(*self.writes_with, *self.runs_with)

    def check_runnable(self) -> None:
        """Make sure that everything that runs it is installed.

        Raises:
            ExportError: something is not.
        """
        self._check(*self.runs_with)

    def _check(self, *modules: str) -> None:
        missing = _missing(modules)
        if missing:
            raise ExportError(f"The format {self.name} needs {', '.join(missing)}: pip install keras-search[export]")


def inputs_by_name(x: Tree, names: Sequence[str]) -> dict[str, Array]:
    """Return the inputs of a model by the file's names for them."""
    if not isinstance(x, dict):
        return {names[0]: x}
    safe = tensor_names(x)
    known = {safe[name]: array for name, array in x.items()} | x
    return {name: known[name] for name in names}


def as_tree(outputs: Mapping[str, Array]) -> Tree:
    """Return the outputs of a model: the array of its only one, or all of them by name."""
    return next(iter(outputs.values())) if len(outputs) == 1 else dict(outputs)


def one_line(error: BaseException, longest: int = 200) -> str:
    """Return an error's text as one short line."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= longest else f"{text[:longest].rstrip()} ..."


def _missing(modules: tuple[str, ...]) -> list[str]:
    return [name.replace("_", "-") for name in modules if importlib.util.find_spec(name) is None]


def files_of(path: Path) -> list[Path]:
    """List an exported file, or the files of a folder in the order of their names."""
    return sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]


def digest(path: Path) -> str:
    """Hash an exported file, or the files of a folder in the order of their names (SHA-256, hex)."""
    content = hashlib.sha256()
    for file in files_of(path):
        content.update(file.read_bytes())
    return content.hexdigest()
