"""What every export format has in common: how it is written, and how it runs outside keras-search."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from keras_search.tuner.errors import KerasSearchError

if TYPE_CHECKING:
    import keras

Values = npt.NDArray[np.float32]


class ExportError(KerasSearchError):
    """Say why a model cannot be exported."""


class BrokenModelError(KerasSearchError):
    """Say that `engine` cannot load the file at `path`, and why."""

    def __init__(self, path: Path, engine: str, reason: str) -> None:
        super().__init__(f"{path} cannot be loaded by {engine}: {reason}")
        self.reason = reason


@dataclass(frozen=True)
class Runtime:
    """A model that was loaded from its file.

    `run` takes float32 `(n, *input_shape)` and gives `(n, classes)`; an axis of any length is None in
    `input_shape`. `example` is Python that runs the file without keras-search: it makes `probabilities` of `x`.
    """

    run: Callable[[Values], Values]
    input_shape: tuple[int | None, ...]
    example: str


@dataclass(frozen=True)
class Format:
    """A way to keep a model.

    `file` is its name in the export's folder (a folder for `saved-model`), `engine` the distribution that runs it,
    `writes_with` and `runs_with` the modules needed besides keras-search's own dependencies.
    """

    name: str
    file: str
    engine: str
    writes_with: tuple[str, ...]
    runs_with: tuple[str, ...]
    write: Callable[[keras.Model, Path], None]
    load: Callable[[Path], Runtime]

    @property
    def version(self) -> str:
        """The engine with its version, such as `onnxruntime 1.22.0`."""
        return f"{self.engine} {importlib.metadata.version(self.engine)}"

    @property
    def runnable(self) -> bool:
        """Whether everything is installed that runs it."""
        return not _missing(self.runs_with)

    def check_writable(self) -> None:
        """Make sure that everything is installed that writes and runs it.

        Raises:
            ExportError: something is not.
        """
        self._check(*self.writes_with, *self.runs_with)

    def check_runnable(self) -> None:
        """Make sure that everything is installed that runs it.

        Raises:
            ExportError: something is not.
        """
        self._check(*self.runs_with)

    def _check(self, *modules: str) -> None:
        missing = _missing(modules)
        if missing:
            raise ExportError(f"The format {self.name} needs {', '.join(missing)}: pip install keras-search[export]")


def one_line(error: BaseException, longest: int = 200) -> str:
    """Give an error's text as one short line."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= longest else f"{text[:longest].rstrip()} ..."


def _missing(modules: tuple[str, ...]) -> list[str]:
    return [name.replace("_", "-") for name in modules if importlib.util.find_spec(name) is None]
