"""Rebuild the model of a trial, with the weights of its best epoch."""

import keras
from keras_tuner import HyperModel

from keras_search.errors import KerasSearchError, UsageError
from keras_search.tuner.api.tuners.oracle import best_runs, values_in
from keras_search.tuner.study.folder import WEIGHTS_ONLY, StudyFolder
from keras_search.tuner.study.integrity import check_model
from keras_search.tuner.study.records import Run
from keras_search.tuner.study.store import MODEL, Store
from keras_search.tuner.system.seeds import derive_seed
from keras_search.tuner.system.user_errors import one_line
from keras_search.tuner.training.model_files import load_weights
from keras_search.tuner.training.scripts.carried import Overrides
from keras_search.tuner.training.scripts.networks import with_overrides


def best_models(folder: StudyFolder, hypermodel: HyperModel, overrides: Overrides, count: int) -> list[keras.Model]:
    """Return the models of the best trials, the best first.

    Raises:
        UsageError: no trial was completed, or the weights of one were not saved.
        KerasSearchError: a file of weights is gone or has changed.
    """
    with Store.read(folder.root) as store:
        runs = best_runs(store)[:count]
        if not runs:
            raise UsageError("No trial was completed, so there is no best model: see results_summary().")
        return [_model(store, folder, run, hypermodel, overrides) for run in runs]


def _model(store: Store, folder: StudyFolder, run: Run, hypermodel: HyperModel, overrides: Overrides) -> keras.Model:
    holder = _holder(store, run)
    if holder is None:
        raise UsageError(
            f"The weights of trial {run.name} were not saved: its hypermodel's fit did not train the model that it "
            "was given. Rebuild it: tuner.hypermodel.build(tuner.get_best_hyperparameters()[0])."
        )
    check_model(store, folder, holder.name)
    keras.utils.set_random_seed(derive_seed(run.seed, "weights") % 2**32)
    model = hypermodel.build(values_in(store, run.hyperparameters))
    with_overrides(model, overrides)
    try:
        load_weights(model, folder.model(holder.name).with_suffix(WEIGHTS_ONLY))
    except ValueError as error:
        raise KerasSearchError(
            f"The hypermodel does not build the model of trial {run.name} again ({one_line(error)}): bring back the "
            "code that the search was made with."
        ) from error
    return model


def _holder(store: Store, run: Run) -> Run | None:
    """Find the run that trained the best epoch of a run: itself, or one that it was promoted from."""
    while not store.file(run.name, MODEL):
        if run.parent is None:
            return None
        run = store.runs[run.parent]
    return run
