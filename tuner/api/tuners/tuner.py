"""The tuner of a script: KerasTuner's methods on one of our studies."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
from keras_tuner import HyperModel, HyperParameters, Objective

from keras_search.errors import UsageError
from keras_search.tuner.api.running import refuse_in_worker
from keras_search.tuner.api.study import Study
from keras_search.tuner.api.tuners.comparing import splits_for
from keras_search.tuner.api.tuners.constructing import Construction
from keras_search.tuner.api.tuners.describing import described_callback
from keras_search.tuner.api.tuners.models import best_models
from keras_search.tuner.api.tuners.oracle import StudyOracle
from keras_search.tuner.api.tuners.searching import Given, carried_of, code_of, given_of, has_own_fit, name_of
from keras_search.tuner.api.tuners.summaries import print_results, print_space
from keras_search.tuner.api.tuners.wording import script_words
from keras_search.tuner.api.verdict import Verdict
from keras_search.tuner.console.notebook import watcher
from keras_search.tuner.data.passed import arrays_in
from keras_search.tuner.session import scripted
from keras_search.tuner.session.options import Options
from keras_search.tuner.session.stopping import InterruptedStudyError
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.store import Store
from keras_search.tuner.training.scripts.arguments import named
from keras_search.tuner.workers.loop import Watcher

if TYPE_CHECKING:
    import pandas as pd

    from keras_search.tuner.exporting.export import Exported

HOOKS = (
    "run_trial", "load_model", "save_model", "on_batch_begin", "on_batch_end", "on_epoch_begin", "on_epoch_end",
    "on_search_begin", "on_search_end", "on_trial_begin", "on_trial_end", "pre_create_trial", "get_state", "set_state",
    "save", "get_trial_dir",
)  # fmt: skip
"""Methods of KerasTuner's tuners that a subclass overrides or that belong to its own files."""


class ScriptTuner:
    """A search with KerasTuner's methods, whose study is the folder `directory/project_name`.

    A search that was interrupted, or whose process was killed, continues when the script is run again.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = next((name for name in HOOKS if name in vars(cls)), None)
        if own is not None:
            raise UsageError(
                f"{cls.__name__} has its own {own}, which is not called here. Move the code of run_trial to a "
                "hypermodel: class Mine(kt.HyperModel) with build(self, hp) and fit(self, hp, model, *args, **kwargs), "
                "which returns the History, a number or a dict of metrics; that of other methods to a "
                "callback. Then pass Mine() to the tuner itself."
            )

    def __getattr__(self, name: str) -> Any:
        if name in HOOKS:
            raise AttributeError(
                f"{name} is not here: only the search writes to the study's folder. Move the code of run_trial to "
                "HyperModel.fit, that of other methods to a callback."
            )
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __init__(self, made: Construction, **settings: Any) -> None:
        self._made, self._settings = made, settings
        self._folder = StudyFolder(made.place)
        self._before = self._identity()
        """The earlier study, which is to be overwritten."""
        self._space: HyperParameters | None = None
        self._last: tuple[Given, scripted.Script] | None = None
        """The arguments of the last call of `search`."""
        limit = settings.get("max_trials")
        objective = Objective(made.goal.name, made.goal.direction)
        self.oracle = StudyOracle(self._opened, self._known_space, objective, limit)
        if self._is_begun():
            self.reload()

    @property
    def hypermodel(self) -> HyperModel:
        """The hypermodel as passed, or as a `HyperModel` of the function that was passed."""
        return self._made.hypermodel

    @property
    def project_dir(self) -> str:
        """The study's folder."""
        return str(self._folder.root)

    @property
    def directory(self) -> str:
        """The folder that the study's folder is in."""
        return str(self._folder.root.parent)

    @property
    def project_name(self) -> str:
        """The name of the study's folder."""
        return self._folder.name

    @property
    def remaining_trials(self) -> int | None:
        """The trials that are left of `max_trials`; None if there is no limit."""
        return self.oracle.remaining_trials()

    @property
    def study(self) -> Study:
        """The study: tables, plots, verdict."""
        self._check_begun()
        return Study(self._folder)

    def search(self, *fit_args: Any, **fit_kwargs: Any) -> None:
        """Search for the best hyperparameters; the arguments are those of `model.fit`.

        Called again with the same arguments, it continues where it was left, and returns at once if it has ended.

        Raises:
            UsageError: an argument cannot be honoured, or differs from that of the study's start.
            KerasSearchError: the search could not be finished; what was committed stays.
            KeyboardInterrupt: it was stopped; nothing is lost.
        """
        refuse_in_worker()
        with script_words():
            given = given_of(self.hypermodel, fit_args, fit_kwargs)
            script = self._script(given)
            self._last = given, script
            self._run(
                given.quiet,
                lambda shown: scripted.search(self._folder, script, self._options(), shown),
                given.notes,
            )

    def resume(self, *fit_args: Any, **fit_kwargs: Any) -> None:
        """Continue an interrupted search; the arguments are those of `search`.

        Raises:
            UsageError: there is none to continue.
        """
        self._check_begun()
        self.search(*fit_args, **fit_kwargs)

    def compare(
        self, x_test: Any = None, y_test: Any = None, *, baseline: str = "defaults", compare_seeds: int = 5
    ) -> Verdict:
        """Retrain the best trial and a baseline on the same fresh seeds, test each once, and return the verdict.

        `x_test` and `y_test` must have had no part in the search; a data set of batches `(x, y)` as `x_test` holds
        both. The baseline is `defaults`, the hypermodel's default values.

        Example:
            >>> tuner.compare(x_test, y_test).verdict
            'tuning helped'

        Raises:
            UsageError: no search has ended in this process, there is no test set, or another baseline is named.
            KerasSearchError: something could not be trained or tested.
        """
        refuse_in_worker()
        with script_words():
            if baseline != "defaults":
                raise UsageError(
                    f"baseline= can only be 'defaults', the hypermodel's default values, received {baseline!r}: the "
                    "built-in baselines are for keras_search.start(x_train=..., hypermodel=...)."
                )
            if self._last is None:
                raise UsageError("Call search with its arguments first: if it has ended, it returns at once.")
            given, script = self._last
            best = self.get_best_hyperparameters()
            if not best:
                raise UsageError("No trial was completed, so there is nothing to compare: see results_summary().")
            passed = named(arrays_in(given.arguments, given.arrays))
            splits = splits_for(passed, x_test, y_test, self.hypermodel.build(best[0]))
            self._run(given.quiet, lambda shown: scripted.compare(
                self._folder, script, splits, compare_seeds, self._options(), shown
            ))  # fmt: skip
        verdict = self.verdict
        assert verdict is not None
        return verdict

    def reload(self) -> None:
        """Read the study again, which every method does on each call.

        Raises:
            UsageError: there is none.
        """
        self._check_begun()
        Study(self._folder).summary()

    def get_best_hyperparameters(self, num_trials: int = 1) -> list[HyperParameters]:
        """Return the hyperparameters of the best trials, the best first."""
        return [trial.hyperparameters for trial in self.oracle.get_best_trials(num_trials)]

    def get_best_models(self, num_models: int = 1) -> list[keras.Model]:
        """Return the models of the best trials, each with the weights of its best epoch, the best first.

        Raises:
            UsageError: no trial was completed, or the weights of one were not saved.
        """
        self._check_begun()
        return best_models(self._folder, self.hypermodel, self._made.overrides, num_models)

    def search_space_summary(self, extended: bool = False) -> None:  # noqa: ARG002 - KerasTuner's has it, unused too
        """Print the search space."""
        print_space(self.oracle.get_space())

    def results_summary(self, num_trials: int = 10) -> None:
        """Print the best trials with their hyperparameters and scores, and why others failed."""
        print_results(self.oracle, self.project_dir, num_trials)

    def trials(self) -> "pd.DataFrame":
        """List the trials: state, score, epochs trained, and one column per hyperparameter."""
        return self.study.trials()

    def history(self) -> "pd.DataFrame":
        """List every epoch of every trial, one column per metric."""
        return self.study.history()

    @property
    def verdict(self) -> Verdict | None:
        """True if tuning was worth it, once `compare` has been called; None before."""
        return self.study.verdict

    def report(self, reports_dir: str | Path = "reports") -> Path:
        """Write the study's report, with plots and a page, to `reports_dir/project_name`, and return its path."""
        return self.study.report(reports_dir)

    def export(
        self,
        output: str | Path | None = None,
        formats: Sequence[str] | None = ("keras",),
        overwrite: bool = False,
    ) -> "Exported":
        """Export the model that `compare` has measured, and certify its files, as `Study.export` does.

        Raises:
            UsageError: there is no measured model.
            KerasSearchError: a file differs from what was measured; nothing is left behind.
        """
        if self.verdict is None:
            raise UsageError("There is no measured model yet: call compare first.")
        with script_words():
            return self.study.export(output, formats, overwrite)

    def _options(self) -> Options:
        return Options(
            studies_dir=self._folder.root.parent,
            workers=self._made.workers,
            threads=self._made.threads,
            search_only=True,
            overwrite=self._made.overwrite and not self._is_begun(),
        )

    def _run(self, quiet: bool, work: Callable[[Watcher], None], notes: Sequence[str] = ()) -> None:
        """Run some work with its progress shown; a stop is reported with the note that nothing is lost."""
        with watcher(quiet) as shown:
            for note in notes:
                shown.on_note(note)
            try:
                work(shown)
            except InterruptedStudyError:
                raise KeyboardInterrupt("Stopped; nothing is lost. Run the same again to continue.") from None

    def _script(self, given: Given) -> scripted.Script:
        made = self._made
        carried, pickled, reason = carried_of(made, given)
        epochs = {} if "max_epochs" in self._settings else {"max_epochs": given.epochs or 1}
        settings = StudySettings.create(
            dataset=given.dataset,
            hypermodel=name_of(made.hypermodel),
            objective=made.goal.name,
            direction=made.goal.direction,
            baselines=("defaults",),
            seed=made.seed,
            compare_seeds=1,
            epoch_minutes=24 * 60.0,
            script=made.script.model_copy(
                update={"fit": given.fit, "callbacks": tuple(described_callback(each) for each in given.callbacks)}
            ),
            **self._settings,
            **epochs,
        )
        if "max_epochs" in self._settings and given.epochs is not None and not has_own_fit(made.hypermodel):
            given.notes.append(
                f"Hyperband decides how many epochs a trial has, up to max_epochs={settings.max_epochs}; "
                f"epochs={given.epochs} is not used, as in KerasTuner."
            )
        code = code_of(made.hypermodel)
        return scripted.Script(settings, given.arrays, carried, pickled, reason, code, given.others, given.places)

    def _known_space(self) -> HyperParameters:
        """Return the search space as one build shows it, for use before the search."""
        if self._space is None:
            entries = self._made.script.entries
            space = HyperParameters() if entries is None else HyperParameters.from_config(entries)
            probe = space.copy()
            self.hypermodel.declare_hyperparameters(probe)
            self.hypermodel.build(probe)
            self._space = probe if self._made.script.tune_new_entries else space
        return self._space.copy()

    def _opened(self) -> Store | None:
        return Store.read(self._folder.root) if self._is_begun() else None

    def _is_begun(self) -> bool:
        """Return whether there is a study other than one to be overwritten."""
        found = self._identity()
        return found is not None and not (self._made.overwrite and found == self._before)

    def _identity(self) -> int | None:
        """Return what distinguishes this study from another in the same place."""
        try:
            return self._folder.database.stat().st_ino
        except OSError:
            return None

    def _check_begun(self) -> None:
        if not self._is_begun():
            raise UsageError(f"There is no search in {self.project_dir} yet: call search first.")
