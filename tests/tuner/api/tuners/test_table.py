"""The table of arguments in `docs/from-keras-tuner.md`, made of KerasTuner's own signatures.

`python tests/tuner/api/tuners/test_table.py` writes it again.
"""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import pytest

from keras_search import kt
from keras_search.tuner.api.tuners.constructing import DEFAULTS, REFUSED
from keras_search.tuner.api.tuners.tuner import HOOKS

PAGE = Path(__file__).resolve().parents[4] / "docs" / "from-keras-tuner.md"
CLASSES = ("Hyperband", "RandomSearch", "BayesianOptimization", "GridSearch")
SAME = "same"

ARGUMENTS = {
    "hypermodel": "better: functions of a notebook, lambdas and closures as well, sent to the workers by value",
    "objective": "better: the direction of names such as `val_auc` is known",
    "max_trials": "better: may be raised afterwards; `None` is for `GridSearch` alone",
    "max_epochs": SAME,
    "factor": SAME,
    "hyperband_iterations": "better: may be raised afterwards",
    "num_initial_points": "same; where it is left out, 3 a hyperparameter and at most 10",
    "alpha": SAME,
    "beta": SAME,
    "seed": "better: covers weights, shuffling and dropout; left out, it is 0, so that a script gives the same again",
    "hyperparameters": SAME,
    "tune_new_entries": SAME,
    "allow_new_entries": "same; refused before the first trial",
    "max_retries_per_trial": "better: a retry has another seed, on which it can succeed",
    "max_consecutive_failed_trials": "better: models that are too large do not count; mended code goes on",
    "max_model_size": SAME,
    "optimizer": SAME,
    "loss": SAME,
    "metrics": SAME,
    "distribution_strategy": "refused: `workers=` trials are trained at once, each by one worker",
    "directory": "same; the study's folder is `directory/project_name`",
    "project_name": SAME,
    "overwrite": "better: the old study is moved to `.trash`",
    "executions_per_trial": "better: executions are trained side by side, and each continues where it was left",
    "logger": "refused: KerasTuner itself takes none any more",
    "tuner_id": "refused: there is no chief and no worker to start by hand",
}
METHODS = {
    "search": "better: goes on after anything that happened to it; changed arguments are refused by name",
    "get_best_hyperparameters": "better: no failed trials, no `tuner/` keys, full budgets before short rungs",
    "get_best_models": SAME,
    "results_summary": "better: says why trials failed",
    "search_space_summary": SAME,
    "reload": "same; every method reads the study anew",
    "remaining_trials": SAME,
    "project_dir": SAME,
    "run_trial": "refused: what it does goes into `HyperModel.fit`",
    **dict.fromkeys(
        ["load_model", "save_model", "get_trial_dir", "save", "get_state", "set_state"],
        "refused: the study's folder is written by the search alone; see `get_best_models`",
    ),
    **dict.fromkeys(
        ["on_batch_begin", "on_batch_end", "on_epoch_begin", "on_epoch_end"], "refused: use a callback of Keras"
    ),
    **dict.fromkeys(
        ["on_search_begin", "on_search_end", "on_trial_begin", "on_trial_end", "pre_create_trial"],
        "refused: write it before or after `search`, or in `HyperModel.fit`",
    ),
}
FITTED = {
    "x": "same; arrays, dicts, lists, tensors, DataFrames, `tf.data`, `PyDataset` and generators",
    "y": SAME,
    "batch_size": SAME,
    "epochs": "same; `Hyperband` goes by `max_epochs` and says so",
    "verbose": "same for 0; else a line a trial",
    "callbacks": "better: run between compiled epochs, and go on where a trial was left",
    "validation_split": SAME,
    "validation_data": SAME,
    "shuffle": "better: each epoch's order is drawn from the seed; Keras 3.15 gives all epochs the same one after "
    "`set_random_seed`",
    "class_weight": SAME,
    "sample_weight": SAME,
    "initial_epoch": "refused unless 0: a trial begins with its first epoch",
    **dict.fromkeys(
        ["steps_per_epoch", "validation_steps", "validation_batch_size", "validation_freq"],
        "same; trained by `model.fit`, not in compiled epochs",
    ),
}


def arguments_of(function: Callable[..., Any]) -> Iterator[str]:
    """Name the arguments of a function that have names of their own."""
    for name, parameter in inspect.signature(function).parameters.items():
        if name != "self" and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            yield name


def known_arguments() -> dict[str, list[str]]:
    """Give each argument of KerasTuner's constructors with the tuners that take it; none where all do."""
    found: dict[str, list[str]] = {}
    for name in CLASSES:
        for argument in arguments_of(getattr(keras_tuner, name).__init__):
            found.setdefault(argument, []).append(name)
    shared = [name for name in arguments_of(keras_tuner.Tuner.__init__) if name not in ("oracle", *found)]
    return {name: [] if len(of) == len(CLASSES) else of for name, of in found.items()} | {n: [] for n in shared}


def known_methods() -> list[str]:
    """Name all that is public of KerasTuner's tuners."""
    return sorted({name for kind in CLASSES for name in dir(getattr(keras_tuner, kind)) if not name.startswith("_")})


def table(head: str, rows: Mapping[str, str], of: Mapping[str, list[str]] | None = None) -> str:
    """Write a table of Markdown."""
    lines = [f"| {head} | here |", "| --- | --- |"]
    for name, status in rows.items():
        tuners = ", ".join((of or {}).get(name, []))
        lines.append(f"| `{name}`{f' ({tuners})' if tuners else ''} | {status} |")
    return "\n".join(lines)


def tables() -> str:
    """Write all three."""
    arguments = known_arguments()
    return "\n\n".join(
        [
            table("argument of a tuner", {name: ARGUMENTS[name] for name in arguments}, arguments),
            table("argument of `search`", {name: FITTED[name] for name in arguments_of(keras.Model.fit)}),
            table("method or attribute", {name: METHODS[name] for name in known_methods()}),
        ]
    )


def with_tables(page: str) -> str:
    """Put the tables where the page has its own."""
    return re.sub(r"(<!-- tables -->\n).*?(\n<!-- end -->)", lambda m: m[1] + tables() + m[2], page, flags=re.DOTALL)


def test_the_page_has_the_tables_of_keras_tuners_signatures() -> None:
    page = PAGE.read_text("utf-8")
    assert "<!-- tables -->" in page
    assert page == with_tables(page), "python tests/tuner/api/tuners/test_table.py writes them again"


def test_nothing_is_said_of_what_keras_tuner_has_not() -> None:
    assert ARGUMENTS.keys() == known_arguments().keys()
    assert METHODS.keys() == set(known_methods())
    assert FITTED.keys() == set(arguments_of(keras.Model.fit))


@pytest.mark.parametrize("name", CLASSES)
def test_the_arguments_have_keras_tuners_names_order_and_defaults(name: str) -> None:
    ours, theirs = (inspect.signature(getattr(of, name).__init__).parameters for of in (kt, keras_tuner))
    assert [(each, ours[each].default) for each in ours] == [(each, theirs[each].default) for each in theirs]


def test_what_is_refused_is_refused_and_the_rest_is_there(tmp_path: Path) -> None:
    refused = {name for name, status in ARGUMENTS.items() if status.startswith("refused")}
    assert refused == set(REFUSED)
    shared = inspect.signature(keras_tuner.Tuner.__init__).parameters
    for name in set(known_arguments()) - refused - set(arguments_of(keras_tuner.Hyperband.__init__)):
        if name in shared:
            assert DEFAULTS[name] == shared[name].default
    tuner = kt.GridSearch(print, "val_loss", directory=tmp_path)
    hooks = {name for name, status in METHODS.items() if status.startswith("refused")}
    assert hooks == set(HOOKS)
    assert all(hasattr(tuner, name) for name in METHODS.keys() - hooks)


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text("utf-8")), "utf-8")
