"""The measured model of a finished study: its file, and its outputs on the test examples."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from keras_search.errors import KerasSearchError
from keras_search.models import HYPERMODEL_NAMES
from keras_search.models.source import locate
from keras_search.tuner.data import Array, Splits, open_splits
from keras_search.tuner.data.encoding import TableEncoding
from keras_search.tuner.data.tested import files_tested, is_image_folder, rows_tested
from keras_search.tuner.data.tree import Labels, size
from keras_search.tuner.exporting.certificate import Evidence
from keras_search.tuner.exporting.probabilities import named_as_they_are
from keras_search.tuner.exporting.raw_input import UNCHANGED, given_types, raw_test, typed
from keras_search.tuner.exporting.subject import Subject
from keras_search.tuner.report import frames
from keras_search.tuner.report.judging import EXPORTED_SEED, judge
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.integrity import check_data, check_model, reading, settings_of
from keras_search.tuner.study.plan import planned_runs
from keras_search.tuner.study.records import TUNED, Run
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.store import Store

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True, eq=False)
class Measured:
    """Hold the retrained model that is exported, and what the study knows about it.

    `predicted` is its compared output when the test split was opened, probabilities `(n_test, classes)` or values
    `(n_test, width)`, None if these were not measured; `run` is how it was trained and `retrain` its row in the table
    of retrained models; `best` is the trial that it repeats; `hypermodel` is the current place of the code that builds
    it, and `space` its search space.
    """

    study: str
    path: Path
    splits: Splits
    predicted: Array | None
    settings: dict[str, Any]
    best: Run
    run: Run
    hypermodel: str
    space: dict[str, Any]
    retrain: dict[str, Any]
    comparison: pd.DataFrame
    verdict: dict[str, Any]
    data: dict[str, Any]
    versions: dict[str, str]

    @property
    def seen(self) -> Splits:
        """What the network gets: for the user's own model, what the user passed."""
        return self.splits.seen_by(self.settings["hypermodel"] not in HYPERMODEL_NAMES)

    @cached_property
    def test_files(self) -> list[Path]:
        """The image files of the test part, none if the data came from other files, or these are gone."""
        source = StudySettings.model_validate(self.settings).source
        target = self.splits.target
        return files_tested(source, self.splits.compared(self.splits.y_test)) if target.classifies else []

    @cached_property
    def test_rows(self) -> tuple[Path, Labels] | None:
        """The table that the test part was read from, and its row indices; None if it is gone or has changed."""
        source = StudySettings.model_validate(self.settings).source
        places = rows_tested(source, size(self.splits.x_test)) if self.encoding else None
        return None if places is None else (Path(source.dataset).expanduser(), places)

    @property
    def read_from_files(self) -> bool:
        """True if the examples were read from image files."""
        return is_image_folder(self.settings["dataset"]) and not self.data.get("passed")

    @property
    def encoding(self) -> TableEncoding | None:
        """The encoding before the network if the data are a table."""
        return self.seen.preparation if isinstance(self.seen.preparation, TableEncoding) else None

    def evidence(self, network: "keras.Model") -> Evidence:
        """Return what an exported file must repeat; further outputs are computed by the network again."""
        preparation = self.seen.preparation
        examples = typed(preparation, raw_test(self.seen))
        if preparation.kind in UNCHANGED:
            examples = given_types(network, examples)
        predicted = self._predict(network)
        return Evidence(examples, self.splits.y_test, predicted, named_as_they_are(self.splits.targets, predicted))

    def subject(self, network: "keras.Model", evidence: Evidence) -> Subject:
        """Return what is exported of the network at `path`, its outputs named by what they are."""
        return Subject(network, evidence.targets, evidence.x, self.seen.preparation)

    def _predict(self, network: "keras.Model") -> dict[str, Array]:
        splits = self.splits
        kept = {} if self.predicted is None else {splits.target.name: self.predicted}
        if kept and len(splits.targets) == 1:
            return kept
        from keras_search.tuner.training.engine import predict
        from keras_search.tuner.training.outputs import by_target

        return by_target(network, predict(network, self.seen.as_fitted("x_test")), splits.targets) | kept


def find_measured(folder: StudyFolder) -> Measured:
    """Find the measured model of a study.

    Raises:
        KerasSearchError: the study is not finished, or the model's file is gone.
    """
    with reading(folder) as store:
        settings, best = _finished(store, folder)
        retrains = frames.retrains(store)
        mine = (retrains["model"] == TUNED) & (retrains["seed"] == EXPORTED_SEED)
        name = f"{TUNED}-seed{EXPORTED_SEED}"
        check_model(store, folder, name)
        check_data(store, folder)
        return Measured(
            study=folder.name,
            path=folder.kept_model(name),
            splits=open_splits(folder.data, test=True),
            predicted=frames.probabilities(store).get((TUNED, EXPORTED_SEED)),
            settings=settings.model_dump(mode="json"),
            best=best,
            run=store.runs[name],
            hypermodel=locate(settings.hypermodel, store.fact("hypermodel_at")),
            space=store.fact("space"),
            retrain={str(name): value for name, value in retrains[mine].iloc[0].items()},
            comparison=frames.comparison(store),
            verdict=judge(store) or {},
            data=store.fact("data"),
            versions=store.fact("versions"),
        )


def _finished(store: Store, folder: StudyFolder) -> tuple[StudySettings, Run]:
    """Make sure that every model of the comparison was tested since the search ended."""
    settings = settings_of(store)
    best = store.runs.get(store.fact("best") or "")
    planned = [] if best is None else planned_runs(settings, best, store.fact("defaults"))
    if store.fact("search_ended") is None or best is None or not _tested(store, planned):
        raise KerasSearchError(
            f"The study {folder.name!r} is not finished, so there is no measured model yet: {folder.command('resume')}"
        )
    return settings, best


def _tested(store: Store, planned: list[Run]) -> bool:
    """Return whether the runs of the comparison were tested, and not only those before the search was extended."""
    if store.array("sample_indices") is None or not {run.name for run in planned} <= store.evaluated():
        return False
    return all(store.runs[run.name].hyperparameters == run.hyperparameters for run in planned)
