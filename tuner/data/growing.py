"""Join arrays that come one after the other; as soon as they are large together, in a temporary file."""

import mmap
import os
import tempfile
import weakref
from typing import IO, Any

import numpy as np

from keras_search.tuner.data.pieces import Array, pieces
from keras_search.tuner.system.memory import is_large
from keras_search.tuner.system.scratch import no_room, temporary_folder


class Growing:
    """Collect arrays `(n, ...)` of one shape of examples; `joined` returns what `numpy.concatenate` would."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self._held: list[Array] = []
        self._types: set[np.dtype[Any]] = set()
        self._file: IO[bytes] | None = None
        self._dtype: np.dtype[Any] = np.dtype(np.uint8)
        self._rows = 0

    def append(self, array: Array) -> None:
        """Add examples.

        Raises:
            KerasSearchError: there is no room for them.
        """
        self._types.add(array.dtype)
        if self._file is not None:
            self._write(array)
            return
        self._held.append(array)
        if is_large(sum(each.nbytes for each in self._held)) and not array.dtype.hasobject:
            self._begin_file()
            held, self._held = self._held, []
            for each in held:
                self._write(each)

    def joined(self) -> Array:
        """Return all examples."""
        return np.concatenate(self._held) if self._file is None else self._mapped(self._file)

    def _begin_file(self) -> None:
        self._dtype, self._rows = np.result_type(*self._types), 0
        try:
            self._file = tempfile.TemporaryFile(dir=temporary_folder())  # noqa: SIM115 - open as long as this object
            weakref.finalize(self, self._file.close)
        except OSError as error:
            raise no_room(0, error) from error

    def _write(self, array: Array) -> None:
        """Write examples behind the others, which are written again if the type of all has become another one."""
        assert self._file is not None
        if np.result_type(*self._types) != self._dtype:
            before = self._mapped(self._file)
            self._begin_file()
            for place in pieces(before):
                self._write(before[place])
        content = np.ascontiguousarray(array, self._dtype)
        try:
            self._file.write(content.reshape(-1).view(np.uint8).data)
        except OSError as error:
            raise no_room(self._file.tell() + content.nbytes, error) from error
        self._rows += len(array)

    def _mapped(self, file: IO[bytes]) -> Array:
        file.flush()
        shape = (self._rows, *self.shape)
        if not os.fstat(file.fileno()).st_size:
            return np.empty(shape, self._dtype)
        return np.ndarray(shape, self._dtype, buffer=mmap.mmap(file.fileno(), 0))
