"""Kill a script in the middle of its search, run it again unchanged, and compare it with the uninterrupted one."""

import json
import os
import re
import signal
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from beside import ScriptError, command, place_script, run_script

from keras_search.tuner.api.study import Study
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.script import STREAM
from keras_search.tuner.study.store import Store

OWN_FILES = ("*.csv",)
"""What the callbacks of the scripts write for each trial; the other files hold times."""
WITHOUT_RESULTS = {
    "trials": lambda name: name not in ("score", "val_loss", "best_epoch"),
    "history": lambda name: name in ("kind", "name", "seed", "epoch"),
}
"""The columns that do not follow from a stream's order, which is the script's own."""


@dataclass(frozen=True)
class Killed:
    """What came of a kill: the epochs that were committed before it and in all, and what differs at the end."""

    name: str
    before: int
    epochs: int
    stream: bool
    differences: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        promised = "trials, epochs and what was committed" if self.stream else "every byte"
        outcome = f"{promised} the same" if not self.differences else "; ".join(self.differences)
        return f"{self.name}: killed after {self.before} of {self.epochs} epochs; {outcome}"


def killed(name: str, seed: int = 0) -> Killed:
    """Run a script without a kill, then with one after half its epochs, and compare the two searches.

    Raises:
        ScriptError: the script failed, or the kill did not end it in the middle.
    """
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        whole = run_script(name, True, seed, Path(one))
        reference = study_in(Path(one))
        epochs = len(reference.history())
        before = _kill_after(name, seed, Path(other), max(1, epochs // 2))
        again = run_script(name, True, seed, Path(other))
        stream = _is_stream(reference)
        differences = [] if stream or whole.best == again.best else [f"best {again.best} instead of {whole.best}"]
        differences += compared_trials(reference, study_in(Path(other)), before, stream)
        differences += _other_files(Path(one), Path(other))
        return Killed(name, len(before), epochs, stream, differences)


def study_in(folder: Path) -> Study:
    """Open the one study below a folder."""
    inside = {path.relative_to(folder): path for path in folder.rglob("study.db")}
    (database,) = [path for place, path in inside.items() if not any(part.startswith(".") for part in place.parts)]
    return Study(StudyFolder(database.parent))


def compared_trials(reference: Study, study: Study, before: pd.DataFrame, stream: bool) -> list[str]:
    """List what differs from the uninterrupted search, of what is promised."""
    tables = ((reference.trials(), study.trials(), "trials"), (reference.history(), study.history(), "history"))
    different = []
    for expected, found, name in tables:
        if stream:  # what is trained, and for how long; not what came of it
            expected, found = (frame[list(filter(WITHOUT_RESULTS[name], frame))] for frame in (expected, found))
        if expected.to_csv() != found.to_csv():
            different.append(f"{name} differ")
    history = study.history().set_index(["name", "epoch"])
    earlier = before.set_index(["name", "epoch"])
    if history.loc[earlier.index].to_csv() != earlier.to_csv():
        different.append("epochs that were committed before the kill have changed")
    return different


def _kill_after(name: str, seed: int, folder: Path, epochs: int) -> pd.DataFrame:
    """Kill a script's whole process group with SIGKILL once so many epochs are committed; return what is committed."""
    place_script(name, True, folder)
    process = subprocess.Popen(
        command(name, seed),
        cwd=folder,
        env={**os.environ, "KERAS_SEARCH_FAULT": f"epoch committed:{epochs}:group"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    said, errors = process.communicate()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    if process.returncode != -signal.SIGKILL or re.search("^RESULT", said, re.MULTILINE):
        raise ScriptError(f"{name} was not killed in the middle: {process.returncode}\n{errors[-3000:]}")
    study = study_in(folder)
    history = study.history()
    if len(history) < epochs or _has_ended(study):
        raise ScriptError(f"{name} was not killed in the middle: {json.dumps(history.shape)}")
    return history


def _is_stream(study: Study) -> bool:
    with Store.read(Path(study.path)) as store:
        return bool(store.fact("settings")["dataset"] == STREAM)


def _has_ended(study: Study) -> bool:
    with Store.read(Path(study.path)) as store:
        return store.fact("search_ended") is not None


def _other_files(one: Path, other: Path) -> list[str]:
    """List the files of callbacks that differ."""
    files = sorted({path.name for folder in (one, other) for pattern in OWN_FILES for path in folder.glob(pattern)})
    return [name for name in files if _content(one / name) != _content(other / name)]


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
