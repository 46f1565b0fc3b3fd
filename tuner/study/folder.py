"""Say where a study keeps what: one folder a study, to be copied, moved and deleted as one thing."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from keras_search.errors import KerasSearchError, UsageError

STUDIES = Path("studies")
"""Where studies are, unless `--studies-dir` says otherwise."""
WEIGHTS_ONLY = ".npz"
"""The ending of a file that holds the weights of a model alone, in their order."""


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
        """What the store keeps."""
        return self.root / "study.db"

    @property
    def data(self) -> Path:
        """The prepared splits."""
        return self.root / "data"

    @property
    def checkpoints(self) -> Path:
        """What running and promotable trials continue from."""
        return self.root / "checkpoints"

    @property
    def logs(self) -> Path:
        """What the workers print."""
        return self.root / "logs"

    def model(self, run: str) -> Path:
        """The retrained model of a run."""
        return self.root / "models" / f"{run}.keras"

    def kept_model(self, run: str) -> Path:
        """The file that holds the retrained model of a run: its weights alone where Keras cannot write it down."""
        path = self.model(run)
        weights = path.with_suffix(WEIGHTS_ONLY)
        return weights if weights.exists() and not path.exists() else path

    def command(self, verb: str) -> str:
        """Write the command that does something with this study, such as `resume`."""
        parent = self.root.parent
        return f"keras-search {verb} {self.name}" + ("" if parent == STUDIES else f" --studies-dir {parent}")

    def make(self) -> None:
        """Create the folder and those inside it.

        Raises:
            KerasSearchError: it cannot be written to.
        """
        try:
            for folder in (self.checkpoints, self.logs, self.root / "models"):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise KerasSearchError(
                f"The study's folder {self.root} cannot be made: {error.strerror}. Choose another --studies-dir."
            ) from None

    def give_up(self) -> None:
        """Leave what was here before a new study was begun: the one that was set aside, or nothing."""
        if (self._replaced / self.database.name).exists():
            self.bring_back()
        else:
            shutil.rmtree(self.root, ignore_errors=True)

    def set_aside(self) -> None:
        """Move what is here into `replaced/`, the database first, so that a new study can be made beside it."""
        self._replaced.mkdir()
        for place in self._contents(self.root):
            place.replace(self._replaced / place.name)

    def bring_back(self) -> None:
        """Undo `set_aside`, whether or not it came to its end: a new study's remains go, the old one returns."""
        for place in reversed(self._contents(self._replaced)):
            _delete(self.root / place.name)
            place.replace(self.root / place.name)
        _delete(self._replaced)

    def settle(self) -> None:
        """Finish what a killed start left between two studies: the new one holds if it has a database."""
        if (self._replaced / self.database.name).exists() and not self.database.exists():
            self.bring_back()
        else:
            _delete(self._replaced)

    def holds_only_ours(self) -> bool:
        """Whether nothing in the folder is foreign, so that deleting it loses nobody's work."""
        ours = {"data", "checkpoints", "logs", "models", "lock", "data.partial", "data.old", "replaced"}
        return all(
            path.name in ours or path.name.startswith(("study.db", ".study.partial")) for path in self.root.iterdir()
        )

    @property
    def _replaced(self) -> Path:
        return self.root / "replaced"

    def _contents(self, folder: Path) -> list[Path]:
        """List what makes up a study in `folder`, the database first."""
        return sorted(
            (path for path in folder.glob("*") if path.name not in {"lock", "replaced"}),
            key=lambda path: (not path.name.startswith("study.db"), path.name),
        )


def _delete(path: Path) -> None:
    """Delete a file or a folder, where it is there."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


REPORT_FILES = {".png", ".csv", ".md", ".json", ".html"}


def check_report_place(reports_dir: Path, name: str) -> Path:
    """Give the folder of a study's report, which nothing but an earlier report may fill.

    Raises:
        UsageError: something else is there, which a report would delete.
    """
    place = reports_dir / name
    if place.exists() and not (place.is_dir() and all(_is_of_a_report(path) for path in place.iterdir())):
        raise UsageError(f"{place} holds more than an earlier report: choose another --reports-dir.")
    return place


def _is_of_a_report(path: Path) -> bool:
    return path.is_file() and path.suffix in REPORT_FILES


def existing_studies(studies_dir: Path) -> list[str]:
    """Name the studies below a folder."""
    return sorted(path.parent.name for path in studies_dir.glob("*/study.db"))


def find_study(studies_dir: Path, name: str | None) -> StudyFolder:
    """Find a study by name; the only one where no name is given.

    Raises:
        UsageError: there is none, or no name and several.
    """
    names = existing_studies(studies_dir)
    here = f"Studies here: {', '.join(names)}." if names else f"There are no studies in {studies_dir}."
    if name is None and len(names) == 1:
        name = names[0]
    if name is None:
        raise UsageError(f"Which study? {here}" if names else f"{here} Start one: keras-search start")
    if name not in names:
        raise UsageError(f"No study named {name!r}. {here} Start one: keras-search start {name}")
    return StudyFolder(studies_dir / name)
