"""Keep what a run needs to continue after its last committed epoch: one file an epoch, whole or absent."""

import json
import shutil
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from keras_search.tuner import faults
from keras_search.tuner.errors import KerasSearchError
from keras_search.tuner.files import replacing
from keras_search.tuner.records import Metrics


@dataclass(frozen=True)
class Checkpoint:
    """The state after an epoch: every variable of model and optimizer, and the metrics of each epoch so far."""

    variables: Sequence[np.ndarray]
    history: dict[int, Metrics]

    @property
    def epoch(self) -> int:
        """The last epoch trained, counted from 1; 0 before the first."""
        return max(self.history, default=0)


class DamagedCheckpointError(KerasSearchError):
    """Say that a checkpoint cannot be read."""


class StorageError(KerasSearchError):
    """Say that the study's folder takes no more, which is nothing that a trial can be blamed for."""

    @classmethod
    def of(cls, path: Path, error: OSError) -> Self:
        """Tell the reason of the system and the way on."""
        reason = error.strerror or str(error)
        return cls(f"{path} could not be written: {reason}. Mend that and continue with keras-search resume.")


class Checkpoints:
    """The checkpoints of one study below `folder`, by run and epoch."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, run: str, epoch: int) -> Path:
        """Give where the state of `run` after `epoch` is kept."""
        return self._folder / run / f"epoch-{epoch:05d}.npz"

    def exists(self, run: str, epoch: int) -> bool:
        """Whether the state of `run` after `epoch` is there."""
        return self.path(run, epoch).is_file()

    def save(self, run: str, checkpoint: Checkpoint) -> None:
        """Write a checkpoint to the disk; it is there whole when this returns."""
        path = self.path(run, checkpoint.epoch)
        arrays = {f"{index:04d}": np.asarray(array) for index, array in enumerate(checkpoint.variables)}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as partial:
                np.savez(partial, allow_pickle=False, history=np.array(json.dumps(checkpoint.history)), **arrays)
                faults.point("checkpoint partial")
            faults.point("checkpoint renamed")
        except OSError as error:
            raise StorageError.of(path, error) from error

    def load(self, run: str, epoch: int) -> Checkpoint:
        """Read a checkpoint.

        Raises:
            DamagedCheckpointError: it is missing or cannot be read; a damaged file is moved aside.
        """
        path = self.path(run, epoch)
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                history = {int(key): value for key, value in json.loads(str(arrays["history"])).items()}
                names = sorted(set(arrays.files) - {"history"})
                return Checkpoint([arrays[name] for name in names], history)
        except FileNotFoundError:
            raise DamagedCheckpointError(f"The checkpoint {path} is missing.") from None
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise DamagedCheckpointError(
                f"The checkpoint {path} is damaged ({error}); moved to {_move_aside(path).name}."
            ) from None

    def keep_only(self, run: str, epochs: Iterable[int]) -> None:
        """Delete the checkpoints of a run but those of `epochs`."""
        kept = {self.path(run, epoch) for epoch in epochs}
        for path in self._folder.joinpath(run).glob("epoch-*.npz"):
            if path not in kept:
                path.unlink(missing_ok=True)

    def keep_runs(self, needed: Iterable[str]) -> None:
        """Delete the checkpoints of every run but those needed."""
        kept = set(needed)
        for folder in self._folder.glob("*"):
            if folder.name not in kept:
                shutil.rmtree(folder, ignore_errors=True)


def _move_aside(path: Path) -> Path:
    aside = path.with_suffix(".damaged")
    path.replace(aside)
    return aside
