"""Store what a run needs to continue after its last epoch: one file per epoch, complete or absent."""

import hashlib
import json
import re
import zipfile
from collections.abc import Container, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np

from keras_search.errors import KerasSearchError
from keras_search.tuner.study.folder import check_run_name
from keras_search.tuner.study.records import Metrics
from keras_search.tuner.system import faults
from keras_search.tuner.system.files import replacing

TOLD = ("history", "seconds")
"""The fields of a checkpoint about each epoch."""
TEXTS = (*TOLD, "recipe", "result", "engine")
CALLBACKS = "callbacks"
"""The text that only checkpoints of runs with callbacks have."""
PROCESSOR = "processor"
"""The text that checkpoints of earlier versions lack."""
CALLBACK = "callback-"
"""The prefix of the number of a callback's array."""
SOMETIMES = (CALLBACKS, PROCESSOR)
_OURS = re.compile(r"\.?epoch-\d+(\.partial)?\.(npz|damaged)")


@dataclass(frozen=True)
class Checkpoint:
    """The state after an epoch: every variable of model and optimizer, and the metrics and time of each epoch so far.

    `seconds` is the wall time of each epoch that the run has trained itself, `recipe` that of the run. `result` is
    the best epoch and score of the user's own `fit`, once it has returned; `engine` is what trained, on what kind of
    `processor`.

    `callbacks` is the state of a
    script's callbacks, JSON that names `callback_arrays` by their places; `stopped`: one of them has ended the run.
    """

    variables: Sequence[np.ndarray]
    history: dict[int, Metrics]
    seconds: dict[int, float] = field(default_factory=dict)
    recipe: str = ""
    result: tuple[int, float] | None = None
    engine: str = ""
    callbacks: str | None = None
    callback_arrays: Sequence[np.ndarray] = ()
    stopped: bool = False
    processor: str = ""

    @property
    def epoch(self) -> int:
        """The last epoch trained, counted from 1; 0 before the first."""
        return max(self.history, default=0)

    def digest(self) -> str:
        """Hash what training continues from: the variables, the recipe and the state of callbacks."""
        content = hashlib.sha256(self.recipe.encode())
        if self.callbacks is not None:
            content.update(self.callbacks.encode())
        for variable in map(np.asarray, (*self.variables, *self.callback_arrays)):
            content.update(f"{variable.shape} {variable.dtype.itemsize} ".encode())
            content.update(np.ascontiguousarray(variable).reshape(-1).view(np.uint8).data)
        return content.hexdigest()


class DamagedCheckpointError(KerasSearchError):
    """Raised if nothing can continue from a checkpoint."""


class ChangedEngineError(KerasSearchError):
    """Raised if the engine that has trained a run so far cannot continue it."""


class StorageError(KerasSearchError):
    """Raised if the study's folder cannot be written to, which is not the fault of any trial."""

    @classmethod
    def of(cls, path: Path, error: OSError) -> Self:
        """Make the error from the system's reason, with advice."""
        reason = error.strerror or str(error)
        return cls(f"{path} could not be written: {reason}. Fix that and continue with keras-search resume.")


class Checkpoints:
    """The checkpoints of one study below `folder`, by run and epoch."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, run: str, epoch: int) -> Path:
        """Return the path of the state of `run` after `epoch`."""
        check_run_name(run)
        return self._folder / run / f"epoch-{epoch:05d}.npz"

    def latest(self, run: str) -> int:
        """Return the last epoch of `run` with a stored state; 0 if there is none."""
        return max(self._epochs(run), default=0)

    def save(self, run: str, checkpoint: Checkpoint) -> str:
        """Write a checkpoint, which is completely on the disk when this returns, and return its hash."""
        path, digest = self.path(run, checkpoint.epoch), checkpoint.digest()
        arrays = {f"{index:04d}": np.asarray(array) for index, array in enumerate(checkpoint.variables)}
        arrays |= {f"{CALLBACK}{index:04d}": array for index, array in enumerate(checkpoint.callback_arrays)}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as partial:
                told = {name: json.dumps(getattr(checkpoint, name)) for name in TOLD}
                told |= {"recipe": checkpoint.recipe, "result": json.dumps(checkpoint.result)}
                told |= {"engine": checkpoint.engine, PROCESSOR: checkpoint.processor}
                if checkpoint.callbacks is not None or checkpoint.stopped:
                    told[CALLBACKS] = json.dumps([checkpoint.callbacks, checkpoint.stopped])
                seal = _seal(digest, told)
                texts = {name: np.array(text) for name, text in {**told, "seal": seal}.items()}
                np.savez(partial, allow_pickle=False, **texts, **arrays)
                faults.point("checkpoint partial")
            faults.point("checkpoint renamed")
        except OSError as error:
            raise StorageError.of(path, error) from error
        return digest

    def load(self, run: str, epoch: int, digest: str | None = None) -> Checkpoint:
        """Read a checkpoint, whose hash is known if it was committed.

        Raises:
            DamagedCheckpointError: it is missing, cannot be read or has changed; a damaged file is moved aside.
        """
        path = self.path(run, epoch)
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                names = sorted(set(arrays.files) - {*TEXTS, *SOMETIMES, "seal"})
                variables = [arrays[name] for name in names if not name.startswith(CALLBACK)]
                of_callbacks = [arrays[name] for name in names if name.startswith(CALLBACK)]
                texts = {name: str(arrays[name]) for name in _texts_among(arrays.files)}
                seal = str(arrays["seal"])
            told = {name: {int(k): v for k, v in json.loads(texts[name]).items()} for name in TOLD}
            ended = json.loads(texts["result"])
            result = None if ended is None else (int(ended[0]), float(ended[1]))
            callbacks, stopped = json.loads(texts.get(CALLBACKS, "[null, false]"))
            checkpoint = Checkpoint(
                variables, **told, recipe=texts["recipe"], result=result, engine=texts["engine"],
                callbacks=callbacks, callback_arrays=of_callbacks, stopped=bool(stopped),
                processor=texts.get(PROCESSOR, ""),
            )  # fmt: skip
        except FileNotFoundError:
            raise DamagedCheckpointError(f"The checkpoint {path} is missing.") from None
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise self.rejected(run, epoch, f"is damaged ({error})") from None
        found = checkpoint.digest()
        if seal != _seal(found, texts) or digest not in (None, found):
            raise self.rejected(run, epoch, "has changed since it was written")
        return checkpoint

    def rejected(self, run: str, epoch: int, reason: str) -> DamagedCheckpointError:
        """Move a checkpoint aside from which nothing can continue, and return the error."""
        path = self.path(run, epoch)
        aside = path.with_suffix(".damaged")
        path.replace(aside)
        return DamagedCheckpointError(f"The checkpoint {path} {reason}; moved to {aside.name}.")

    def keep_only(self, run: str, epochs: Iterable[int]) -> None:
        """Delete the checkpoints of a run before the last of `epochs`, but those of `epochs`.

        Later ones stay: the run's worker writes them before it reports them to the search process.
        """
        kept = set(epochs)
        for epoch in self._epochs(run):
            if epoch not in kept and epoch < max(kept):
                self.path(run, epoch).unlink(missing_ok=True)

    def forget(self, runs: Iterable[str]) -> None:
        """Delete every checkpoint of `runs`, so that new runs of these names begin from scratch."""
        for run in runs:
            for epoch in self._epochs(run):
                self.path(run, epoch).unlink(missing_ok=True)

    def keep_runs(self, needed: Iterable[str]) -> None:
        """Delete the checkpoints of all runs except those needed, and nothing else."""
        kept = set(needed)
        for folder in self._folder.glob("*"):
            if folder.name not in kept and not folder.is_symlink():
                for path in folder.glob("*"):
                    if _OURS.fullmatch(path.name):
                        path.unlink(missing_ok=True)
                with suppress(OSError):
                    folder.rmdir()

    def _epochs(self, run: str) -> list[int]:
        check_run_name(run)
        names = [
            re.fullmatch(r"epoch-(\d+)\.npz", path.name) for path in self._folder.joinpath(run).glob("epoch-*.npz")
        ]
        return [int(name[1]) for name in names if name]


def _seal(digest: str, texts: Mapping[str, str]) -> str:
    """Hash the whole content of a checkpoint; `digest` is that of its variables."""
    return hashlib.sha256(json.dumps([digest, *(texts[name] for name in _texts_among(texts))]).encode()).hexdigest()


def _texts_among(names: Container[str]) -> list[str]:
    """List the texts of a checkpoint that has these names."""
    return [*TEXTS, *(name for name in SOMETIMES if name in names)]
