"""The folder of a benchmark's data, trial lists and studies."""

from pathlib import Path

from keras_search.benchmarks import datasets, hypermodels
from keras_search.benchmarks.cases import Search
from keras_search.benchmarks.process import BenchmarkError
from keras_search.benchmarks.trials import TrialList
from keras_search.tuner.data import open_splits


class Workplace:
    """The folder of a benchmark; `data` is the whole MNIST as an `.npz`."""

    def __init__(self, data: Path, folder: Path) -> None:
        self.data, self.root = data.resolve(), folder.resolve()

    def dataset(self, images: int) -> tuple[Path, Path]:
        """Return the `.npz` with `images` images to fit, and the folder of its splits."""
        return datasets.prepare(self.data, images, self.root / "data")

    def folder(self, search: Search) -> Path:
        """Make the folder of one search and give it."""
        folder = self.root / "searches" / search.name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def hypermodel(self, search: Search) -> Path:
        """Write the hypermodel of a search and give its file."""
        examples = len(open_splits(self.dataset(search.images)[1]).x_fit)
        path = self.folder(search) / "hypermodel.py"
        hypermodels.write(path, examples, search.epochs, search.batch_size)
        return path

    def log(self, name: str) -> Path:
        """Return the file that a process prints to."""
        return self.root / "logs" / f"{name.replace('/', '-').replace(' ', '-')}.log"

    def trials_file(self, search: Search) -> Path:
        """Return the file of the list of trials that our search made.

        Raises:
            BenchmarkError: our search was not measured yet.
        """
        path = self.folder(search) / "trials.json"
        if not path.is_file():
            raise BenchmarkError(f"The trials of {search.name} are not known yet: measure our search first.")
        return path

    def keep_trials(self, search: Search, made: TrialList) -> None:
        """Store the list of the first repetition, and check that the others have the same.

        Raises:
            BenchmarkError: this repetition made other trials.
        """
        path = self.folder(search) / "trials.json"
        if not path.is_file():
            made.save(path)
        elif TrialList.load(path) != made:
            raise BenchmarkError(f"Our search made other trials than in {path}: the code differs; use another --work.")
