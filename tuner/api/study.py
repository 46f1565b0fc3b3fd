"""Read a study from Python: its tables as DataFrames, its plots as figures, its verdict in a notebook."""

import html
from collections.abc import Callable, Sequence
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from keras_search.errors import UsageError, did_you_mean
from keras_search.tuner.api import using
from keras_search.tuner.api.spelling import as_flag, as_path, spells_as_python
from keras_search.tuner.api.verdict import Verdict
from keras_search.tuner.console import summary
from keras_search.tuner.report import frames
from keras_search.tuner.report.contents import ReportData
from keras_search.tuner.study.folder import StudyFolder, check_report_place, find_study
from keras_search.tuner.study.integrity import settings_of
from keras_search.tuner.study.ranking import best_trial, kept_loss
from keras_search.tuner.study.records import Kind
from keras_search.tuner.study.snapshot import Snapshot
from keras_search.tuner.study.store import Store

if TYPE_CHECKING:
    import keras
    from matplotlib.figure import Figure

    from keras_search.tuner.exporting.export import Exported


class Study:
    """One study as it is now; a running one can be watched, because it is read again when it has changed.

    Example:
        >>> study = keras_search.load("studies/digits")
        >>> study.trials().sort_values("score")
        >>> study.plot.search_history()
    """

    def __init__(self, folder: StudyFolder) -> None:
        self._folder = folder
        self._snapshot = Snapshot(folder.database)
        self.plot = Plots(self._report_data)

    @property
    def name(self) -> str:
        """The study's name."""
        return self._folder.name

    @property
    def path(self) -> Path:
        """The study's folder."""
        return self._folder.root

    @property
    def settings(self) -> dict[str, Any]:
        """Everything that decides the study's result."""
        settings: dict[str, Any] = deepcopy(self._snapshot.get("settings", lambda: summary.settings(self._folder)))
        return settings

    @property
    def verdict(self) -> Verdict | None:
        """The content of `verdict.json`, by attribute and by key; None before the test."""
        found: dict[str, Any] | None = self.summary()["verdict"]
        return None if found is None else Verdict(found)

    def best_hyperparameters(self) -> dict[str, Any]:
        """Return the hyperparameters of the best trial.

        Example:
            >>> keras_search.load("studies/digits").best_hyperparameters()
            {'layers': 2, 'units_1': 256, 'learning_rate': 0.0013}

        Raises:
            KerasSearchError: no trial is completed yet.
        """
        with Store.read(self._folder.root) as store:
            trials = store.of_kind(Kind.TRIAL)
            return dict(best_trial(trials, settings_of(store), kept_loss(store)).hyperparameters)

    def best_model(self, trust: bool = False) -> "keras.Model":
        """Return the measured model: the best trial retrained on the first fresh seed, which takes raw data.

        It is compiled as the hypermodel did, so that `evaluate` works, with classes as numbers from 0 on; not so a
        model with several outputs, or a loss or metrics of your own.

        With `trust`, the hypermodel's own file is run if Keras alone cannot load the model.

        Example:
            >>> keras_search.load("studies/digits").best_model().summary()

        Raises:
            KerasSearchError: the study is not finished, or its model's file is gone or has changed.
        """
        return using.measured_model(self._folder, trust)

    def predict(self, x: Any, trust: bool = False) -> Any:
        """Predict examples with the measured model: arrays, a dict of them, or a DataFrame, as the study got them.

        Returns probabilities `(n, classes)` for classes, else values `(n, width)`; for several outputs a dict.

        Example:
            >>> keras_search.load("studies/digits").predict(images).argmax(axis=1)
            array([4, 0, 9])

        Raises:
            UsageError: a column is missing, or a table is passed to a study without one.
            KerasSearchError: as `best_model` does.
        """
        return using.predictions(self._folder, x, trust)

    @spells_as_python
    def export(
        self,
        output: str | Path | None = None,
        formats: Sequence[str] | None = ("keras",),
        overwrite: bool = False,
        trust: bool = False,
    ) -> "Exported":
        """Export the measured model to a folder, `exports/NAME` by default, and certify that its files agree with it.

        `formats` are some of keras, saved-model, onnx and litert; None is every one that can hold it.

        Example:
            >>> keras_search.load("studies/digits").export("model", formats=["keras", "onnx"]).certificates

        Raises:
            UsageError: a format is unknown, or `output` exists.
            KerasSearchError: a file differs from what was measured; nothing is left behind.
        """
        return using.exported(self._folder, output, formats, as_flag("overwrite", overwrite), trust)

    def report(self, reports_dir: str | Path = "reports") -> Path:
        """Write the report, with plots and a page, to `reports_dir/NAME`, and return its path.

        Example:
            >>> keras_search.load("studies/digits").report()
            PosixPath('reports/digits')
        """
        from keras_search.tuner.report import write  # imports the drawing libraries

        place = as_path("reports_dir", reports_dir)
        check_report_place(place, self._folder)
        write.write(self._folder, place, print)
        return place / self.name

    def summary(self) -> dict[str, Any]:
        """Return settings, stage, best trial, comparison and verdict, as `keras-search show --json` does."""
        details: dict[str, Any] = deepcopy(self._snapshot.get("summary", lambda: summary.full(self._folder)))
        return details

    def trials(self) -> pd.DataFrame:
        """List the trials: state, score, epochs trained, and one column per hyperparameter.

        Numbers are numbers also where some trials lack the hyperparameter: `Int64`, or floats with NaN.
        """
        return self._frame(frames.typed_trials)

    def history(self) -> pd.DataFrame:
        """List every epoch of every trial and retraining, one column per metric."""
        return self._frame(frames.history)

    def brackets(self) -> pd.DataFrame:
        """List each trial's place in Hyperband's schedule; empty for other tuners."""
        return self._frame(frames.brackets)

    def comparison(self) -> pd.DataFrame:
        """Compare the tuned model and the baselines, one row per model."""
        return self._frame(frames.comparison)

    def retrains(self) -> pd.DataFrame:
        """List the retrained models, one row per model and seed."""
        return self._frame(frames.retrains)

    def timings(self) -> pd.DataFrame:
        """List when each run ran and for how long, in seconds since the study's first start."""
        return self._frame(frames.timings)

    def predictions(self) -> pd.DataFrame:
        """List every prediction on the test split, one row per example and retrained model."""
        return self._frame(frames.predictions)

    def report_data(self) -> ReportData:
        """Return all contents of the report."""
        return deepcopy(self._report_data())

    def __repr__(self) -> str:
        return summary.short_text(summary.brief(self._folder))

    def __str__(self) -> str:
        return summary.full_text(self.summary())

    def _repr_html_(self) -> str:
        """Show settings, trials, comparison and verdict in a notebook."""
        details = self.summary()
        head, *rest = summary.full_text({**details, "comparison": [], "verdict": None}).split("\n\n")
        parts = [f"<p>{html.escape(head)}</p>", *(f"<pre>{html.escape(part)}</pre>" for part in rest)]
        if details["comparison"]:
            parts.append(pd.DataFrame(details["comparison"]).to_html(index=False, float_format="{:.4f}".format))
        if details["verdict"]:
            parts.append(Verdict(details["verdict"])._repr_html_())
        return "\n".join(parts)

    def _frame(self, read: Callable[[Store], pd.DataFrame]) -> pd.DataFrame:
        frame: pd.DataFrame = self._snapshot.get(read, lambda: self._read(read))
        return frame.copy()

    def _report_data(self) -> ReportData:
        """Return all contents of the report, for callers that change nothing in it."""
        from keras_search.tuner.report.write import gather

        data: ReportData = self._snapshot.get("report", lambda: self._read(lambda store: gather(store, self.name)))
        return data

    def _read(self, read: Callable[[Store], Any]) -> Any:
        with Store.read(self._folder.root) as store:
            return read(store)


class Plots:
    """The report's plots of one study as figures: `study.plot.search_history()`; `dir(study.plot)` lists them."""

    def __init__(self, data: Callable[[], ReportData]) -> None:
        self._data = data

    def __dir__(self) -> list[str]:
        from keras_search.tuner.report.plots import catalogue

        return sorted(plot.name.replace("-", "_") for plot in catalogue(self._data()))

    def __getattr__(self, name: str) -> "Callable[[], Figure]":
        if name.startswith("_"):
            raise AttributeError(name)
        from keras_search.tuner.report.plots import catalogue

        data = self._data()
        known = {plot.name.replace("-", "_"): plot for plot in catalogue(data)}
        if name not in known:
            raise AttributeError(
                f"This study has no plot {name!r}.{did_you_mean(name, known)} It has: {', '.join(sorted(known))}."
            )
        return lambda: known[name].draw(data)


def load(path: str | Path, *, studies_dir: str | Path = "studies") -> Study:
    """Open a study by its name, such as `digits`, or by its folder, such as `elsewhere/studies/digits`.

    Raises:
        UsageError: there is none.
    """
    folder = StudyFolder(as_path("path", path).expanduser())
    if not folder.database.is_file():
        if isinstance(path, str) and Path(path).name == path:
            return Study(find_study(as_path("studies_dir", studies_dir), path))
        raise UsageError(f"{path} is not a study: expected a folder made by keras-search start.")
    return Study(folder)
