"""Write and read the settings of a study as a TOML file, `study.toml`."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from keras_search.errors import UsageError
from keras_search.models import BASELINE_NAMES, DEFAULTS, HYPERMODEL_NAMES
from keras_search.models.source import check_source
from keras_search.tuner.data import DATASET_NAMES
from keras_search.tuner.data.loading import KINDS
from keras_search.tuner.study.settings import (
    APPLIES_TO,
    DEFAULT_EPOCHS,
    DEFAULT_TRIALS,
    TUNERS,
    StudySettings,
    known_baselines,
)

FILE_NAME = "study.toml"

_COMMENTS = {
    "dataset": f"{', '.join(DATASET_NAMES)}, {KINDS}",
    "target": "the column to predict, in a table",
    "drop": "columns of a table to leave out",
    "task": "classification or regression, where the data do not tell",
    "test_split": "share of the examples to test on, where the data have no test split; 0.2 by default",
    "image_size": "pixels a side to resize the images of a folder to",
    "read_as": "how columns of a table are read, as COLUMN=KIND, where they do not tell",
    "validation": "a file of examples to validate on: a table with the same columns, or an .npz with x_val and y_val",
    "group": "a column of a table whose rows of one value stay on one side of every split",
    "time": "a column of a table by which the latest rows are tested on; order: the examples are in the order of time",
    "keep": "learn from the column of group or time as well",
    "class_weight": "balanced, or CLASS=WEIGHT for each class: how much the examples trained on weigh",
    "prepare": "give a hypermodel of your own scaled and standardised inputs, not what the data hold",
    "hypermodel": f"{', '.join(HYPERMODEL_NAMES)}, or FILE.py:FUNCTION or package.module:CLASS of your own",
    "tuner": f"the search algorithm: {', '.join(TUNERS)}",
    "objective": "the metric to optimise; auto: the accuracy of classes, the mean absolute error or the loss of values",
    "direction": "max or min; inferred from the objective's name where that tells",
    "max_epochs": "epochs of a fully trained trial",
    "factor": "keep one in so many trials a rung",
    "iterations": "how many times to run all brackets",
    "max_trials": "how many trials",
    "batch_trials": "how many trials are proposed before their results are learnt from",
    "max_minutes": "end the search after so many minutes",
    "patience": "end a trial after so many epochs without a better one",
    "plateau": "end the search after so many trials without a better one",
    "max_parameters": "do not train models with more parameters",
    "epoch_minutes": "end a worker that is silent for longer",
    "validation_split": "share of the training data to validate on, where they bring no validation set; 0.2 by default",
    "baselines": f"what to compare with: {', '.join(BASELINE_NAMES)}, or {DEFAULTS}, the hypermodel's default values",
    "compare_seeds": "fresh seeds to retrain every model on",
    "fair_epochs": "train the baselines a second time, each for as many epochs as the tuned model",
    "ablation": "measure what each setting of the best trial is worth, after the comparison",
    "seed": "the seed that everything is derived from",
}
"""What each setting means, in the order of `StudySettings`."""

_EXAMPLES = {
    "target": "species",
    "drop": ["id"],
    "task": "regression",
    "test_split": 0.2,
    "validation_split": 0.2,
    "image_size": 32,
    "read_as": ["when=day-first"],
    "validation": "validation.csv",
    "group": "patient",
    "time": "date",
    "keep": ["date"],
    "max_epochs": DEFAULT_EPOCHS["hyperband"],
    "factor": 3,
    "iterations": 1,
    "max_trials": DEFAULT_TRIALS["random"],
    "batch_trials": 4,
    "max_minutes": 30.0,
    "patience": 3,
    "plateau": 10,
    "max_parameters": 1_000_000,
}


def to_toml(settings: Mapping[str, Any], title: str) -> str:
    """Write settings with a comment each; those that are not set are there as comments."""
    lines = [f"# {title}", ""]
    for name in StudySettings.model_fields:
        value = settings.get(name)
        tuners = f" (tuner {' or '.join(APPLIES_TO[name])})" if name in APPLIES_TO else ""
        lines.append(f"# {_COMMENTS.get(name, name.replace('_', ' '))}{tuners}")
        lines += [f"# {name} = {_literal(_EXAMPLES.get(name, 0))}" if value is None else f"{name} = {_literal(value)}"]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def default_toml() -> str:
    """Write the settings of `keras-search start` without options; what depends on the tuner stays a comment."""
    title = f"A study: keras-search start --config {FILE_NAME}. Options on the command line win."
    settings = StudySettings.create().model_dump(mode="json", exclude={*APPLIES_TO, "max_epochs"})
    return to_toml(settings, title)


def read_toml(path: Path) -> dict[str, Any]:
    """Read the settings of a file, those that it has.

    Raises:
        UsageError: it cannot be read, it is not TOML, or it has a setting that there is not.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"--config {path} could not be read: {error.strerror}. Write one: keras-search init") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"--config {path} is not TOML: {error}.") from None
    unknown = [name for name in found if name not in StudySettings.model_fields]
    if unknown:
        known = ", ".join(StudySettings.model_fields)
        raise UsageError(f"--config {path} has no such setting: {', '.join(unknown)}. Settings: {known}.")
    return found


def write_default(path: Path) -> None:
    """Write a new file with the default settings.

    Raises:
        UsageError: the file is there, or it cannot be written.
    """
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(default_toml())
    except FileExistsError:
        raise UsageError(f"{path} exists: name another file, or delete it.") from None
    except OSError as error:
        raise UsageError(f"{path} could not be written: {error.strerror}.") from None


def chosen_settings(config: Path | None, typed: set[str], **given: Any) -> StudySettings:
    """Complete and check the settings of the command line, with those of a file below them.

    `given` are all options with their defaults, `typed` names those that the user has written.

    Raises:
        UsageError: a setting is wrong, or the file is not what it must be.
    """
    chosen = given if config is None else _with_file(read_toml(config), typed, given)
    check_source(str(chosen["hypermodel"]))
    names = chosen["baselines"]
    baselines = known_baselines([names] if isinstance(names, str) else names, str(chosen["hypermodel"]))
    return StudySettings.create(**{**chosen, "baselines": baselines})


def _with_file(found: dict[str, Any], typed: set[str], given: Mapping[str, Any]) -> dict[str, Any]:
    """Put what the user has written over what a file says; another tuner or objective leaves some of that."""
    if "tuner" in typed and "tuner" in found and given["tuner"] != found["tuner"]:
        found = {name: value for name, value in found.items() if given["tuner"] in APPLIES_TO.get(name, TUNERS)}
    if "objective" in typed:
        found = {name: value for name, value in found.items() if name != "direction"}
    return {**given, **found, **{name: value for name, value in given.items() if name in typed}}


def _literal(value: Any) -> str:
    """Write a value as TOML does; for text, numbers and lists of text, JSON writes the same."""
    return json.dumps(value, ensure_ascii=False)
