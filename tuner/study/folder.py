"""The places of a study's files: one folder per study, to be copied, moved and deleted as a whole."""

import os
import re
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from keras_search.errors import KerasSearchError, UsageError, did_you_mean
from keras_search.tuner.system.ownership import (
    MARK,
    Mark,
    check_ours,
    files_below,
    is_bare,
    is_ours,
    read_mark,
    write_mark,
)

KIND = "study"
STUDIES = Path("studies")
"""The default of `--studies-dir`."""
WEIGHTS_ONLY = ".npz"
"""The ending of a file with only the weights of a model, in their order."""
RUN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
WORKER_LOG = re.compile(r"(survey|helper|worker-\d+)\.log")
"""The logs that belong to no run."""
_PARTS = ("study.db", "lock", "data", "checkpoints", "logs", "models")
_OURS = re.compile(
    rf"{re.escape(MARK)}(\.partial)?|lock|study\.db(-wal|-shm|-journal)?|\.study\.partial\.db(-journal)?|\.data\.lock"
    rf"|(data|\.data\.partial|\.data\.old)/({re.escape(MARK)}(\.partial)?|splits\.json|[\w.]+(-\d+)?\.npy)"
    r"|checkpoints/[\w.-]+/\.?epoch-\d+(\.partial)?\.(npz|damaged)"
    r"|logs/[\w.-]+\.log|models/\.?[\w.-]+\.(keras|npz)"
)
"""Every file of a study, by its path inside the study's folder."""


class UnknownStudyError(UsageError):
    """Raised if there is no study of a name."""


@dataclass(frozen=True)
class StudyFolder:
    """The places inside `root`, which is `studies/<name>`."""

    root: Path

    @property
    def name(self) -> str:
        """The study's name."""
        return self.root.name

    @property
    def database(self) -> Path:
        """The store's database."""
        return self.root / "study.db"

    @property
    def data(self) -> Path:
        """The prepared splits."""
        return self.root / "data"

    @property
    def checkpoints(self) -> Path:
        """The checkpoints that running and promotable trials continue from."""
        return self.root / "checkpoints"

    @property
    def logs(self) -> Path:
        """The output of the workers."""
        return self.root / "logs"

    def model(self, run: str) -> Path:
        """The retrained model of a run.

        Raises:
            KerasSearchError: the run's name is not a valid file name.
        """
        check_run_name(run)
        return self.root / "models" / f"{run}.keras"

    def kept_model(self, run: str) -> Path:
        """The file of a run's retrained model: only its weights if Keras cannot save it."""
        path = self.model(run)
        weights = path.with_suffix(WEIGHTS_ONLY)
        return weights if weights.exists() and not path.exists() else path

    def command(self, verb: str) -> str:
        """Format the command for this study, such as `resume`."""
        parent = self.root.parent
        return f"keras-search {verb} {self.name}" + ("" if parent == STUDIES else f" --studies-dir {parent}")

    @property
    def staged(self) -> "StudyFolder":
        """Where a new study is created before it is moved to its place."""
        return StudyFolder(self.root.with_name(f".{self.name}.starting"))

    def make(self, name: str = "") -> None:
        """Create the folder, marked as ours and as the study `name`, and those inside it.

        Raises:
            KerasSearchError: it cannot be written to, or something in it is a link.
        """
        self.check_links()
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            if is_bare(self.root):
                write_mark(self.root, Mark(KIND, name or self.name))
            for folder in (self.checkpoints, self.logs, self.root / "models"):
                folder.mkdir(exist_ok=True)
        except OSError as error:
            raise KerasSearchError(
                f"The study's folder {self.root} cannot be made: {error.strerror}. Choose another --studies-dir."
            ) from None

    def finish_start(self) -> None:
        """Move a complete new study to its place, if that is free, after a start that was killed just before."""
        staged = self.staged
        if staged.database.is_file() and not os.path.lexists(self.root) and is_ours(staged.root, KIND, self.name):
            with suppress(OSError):
                staged.root.replace(self.root)

    def check_links(self) -> None:
        """Make sure that everything we write stays inside the folder.

        Raises:
            KerasSearchError: a part of the study is a link to elsewhere.
        """
        parts = [self.root / name for name in _PARTS]
        runs = self.checkpoints.iterdir() if self.checkpoints.is_dir() and not self.checkpoints.is_symlink() else ()
        link = next((path for path in (*parts, *runs) if path.is_symlink()), None)
        if link is not None:
            raise KerasSearchError(
                f"{link} is a link to {link.readlink()}: a study keeps its files in its own folder. "
                "Put what it links to in its place."
            )

    def check_replaceable(self, otherwise: str = "choose another name or --studies-dir.") -> None:
        """Make sure that the folder is a study and contains nothing else, before it is replaced or moved.

        A study whose folder was renamed or copied is still recognised by its mark; one from before folders were
        marked, by its database. `otherwise` ends the message.

        Raises:
            UsageError: it is another folder, or foreign files are in it.
        """
        if self.root.is_symlink():
            raise UsageError(f"{self.root} is a link to {self.root.readlink()}: {otherwise}")
        mark = read_mark(self.root)
        ours = mark.kind == KIND if mark else _holds_tables(self.database)
        if not ours:
            check_ours(self.root, KIND, self.name, otherwise)
        if self.foreign():
            raise UsageError(
                f"{self.root} holds {self.foreign()[0]!r}, which keras-search did not write: "
                f"move it away, or {otherwise}"
            )

    def foreign(self) -> list[str]:
        """List the files in the folder that do not belong to a study."""
        return [name for name in files_below(self.root) if not _OURS.fullmatch(name)] if self.root.is_dir() else []


def check_run_name(run: str) -> None:
    """Make sure that a run's name, which becomes a file name, does not lead elsewhere.

    Raises:
        KerasSearchError: it is a path.
    """
    if not RUN_NAME.fullmatch(run):
        raise KerasSearchError(f"{run!r} is not a valid name of a run: expected letters, digits, '.', '_' and '-'.")


def _holds_tables(database: Path) -> bool:
    """Return whether a file is the database of a study, of whatever version."""
    if database.is_symlink() or not database.is_file():
        return False
    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.Error:
        return False
    return {"facts", "runs", "epochs", "evaluations", "arrays", "events"} <= names


def check_report_place(reports_dir: Path, folder: StudyFolder) -> Path:
    """Return the folder of a study's report, which may contain only an earlier report.

    Raises:
        UsageError: something else is there, or it is in the study itself.
    """
    place = reports_dir / folder.name
    check_ours(place, "report", folder.name, "move it away, or choose another --reports-dir.")
    report, study = place.resolve(), folder.root.resolve()
    if report == study or report in study.parents or study in report.parents:
        raise UsageError(f"The report {place} would be inside the study's folder: choose another --reports-dir.")
    return place


def existing_studies(studies_dir: Path) -> list[str]:
    """List the studies below a folder, including those whose start was killed between its last two steps."""
    for staged in studies_dir.glob(".*.starting"):
        StudyFolder(studies_dir / staged.name[1:].removesuffix(".starting")).finish_start()
    return sorted(path.parent.name for path in studies_dir.glob("*/study.db") if not path.parent.name.startswith("."))


def find_study(studies_dir: Path, name: str | None) -> StudyFolder:
    """Find a study by name, or the only one if no name is given.

    Raises:
        UsageError: there is none, or several and no name is given.
    """
    names = existing_studies(studies_dir)
    here = f"Studies here: {', '.join(names)}." if names else f"There are no studies in {studies_dir}."
    if name is not None and not isinstance(name, str):
        raise UnknownStudyError(f"A study is named by a text, received {type(name).__name__}. {here}")
    if name is None and len(names) == 1:
        name = names[0]
    if name is None:
        raise UnknownStudyError(f"Which study? {here}" if names else f"{here} Start one: keras-search start")
    if name not in names:
        close = did_you_mean(name, names)
        raise UnknownStudyError(f"No study named {name!r}.{close} {here} Start one: keras-search start {name}")
    return StudyFolder(studies_dir / name)
