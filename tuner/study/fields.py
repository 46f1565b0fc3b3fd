"""Every setting of a study: its type, its limits and what it means, in the order in which settings are shown."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from keras_search.models import BASELINE_NAMES, DEFAULT_BASELINE, DEFAULTS, HYPERMODEL_NAMES
from keras_search.tuner.study.objective import AUTO
from keras_search.tuner.study.setting import COMPARISON, DATA, SEARCH, TRAINING, Setting, Tuner, setting

DATASETS = ("digits", "mnist", "fashion-mnist")
ALL = "all"
"""Stands for every baseline."""


class Fields(BaseModel):
    """The fields of `StudySettings`; those that a tuner or a kind of data does not have are None.

    A new setting is one field here: its option, its line in the settings file and its place in a form are made of it.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        defer_build=True,
        field_title_generator=lambda name, _: name.replace("_", " ").capitalize(),
    )

    dataset: str = setting(
        "digits",
        f"{', '.join(DATASETS)}, an .npz, a table (.csv, .tsv, .jsonl, .xlsx, .parquet), a folder of images, or "
        "FILE.py:FUNCTION",
        DATA,
        known=DATASETS,
    )
    target: str | None = setting(None, "The column to predict, in a table", DATA, example="species")
    drop: tuple[str, ...] = setting((), "Columns of a table to leave out", DATA, example="id")
    task: Literal["classification", "regression"] | None = setting(
        None, "What to predict, where the data do not tell classes from values", DATA, example="regression"
    )
    test_split: float | None = setting(
        None,
        "Share of the examples to test on, where the data have no test split; 0.2 by default",
        DATA,
        example=0.2,
        gt=0,
        lt=1,
    )
    image_size: int | None = setting(None, "Pixels a side to resize the images of a folder to", DATA, example=32, ge=1)
    read_as: tuple[str, ...] = setting(
        (),
        "COLUMN=KIND, how a column of a table is read, where it does not tell: text, number, decimal-comma, "
        "decimal-point, day-first, month-first or year-first",
        DATA,
        example="when=day-first",
    )
    validation: str | None = setting(
        None,
        "A file to validate on: a table with the same columns, or an .npz with x_val and y_val",
        DATA,
        example="validation.csv",
    )
    group: str | None = setting(
        None, "A column of a table; its rows of one value stay on one side of every split", DATA, example="patient"
    )
    time: str | None = setting(
        None,
        "A column of a table: the latest rows are tested on, the latest before validated on; or order, where the "
        "examples are in the order of time",
        DATA,
        example="date",
    )
    keep: tuple[str, ...] = setting((), "Columns of group or time to learn from as well", DATA, example="date")
    class_weight: tuple[str, ...] = setting(
        (),
        "balanced, or CLASS=WEIGHT for each class: how much the examples trained on weigh",
        TRAINING,
        example="balanced",
    )
    prepare: bool = setting(
        False, "Give a hypermodel of your own scaled and standardised inputs, not what the data hold", TRAINING
    )
    kernels: bool = setting(
        True,
        "Train plain dense networks by compiled kernels of our own on one core; without, by TensorFlow, which takes "
        "longer and rounds otherwise",
        TRAINING,
    )
    hypermodel: str = setting(
        "mlp",
        f"{', '.join(HYPERMODEL_NAMES)}, or FILE.py:FUNCTION or package.module:CLASS of your own",
        TRAINING,
        known=HYPERMODEL_NAMES,
    )
    tuner: Tuner = setting("hyperband", "The search algorithm", SEARCH)
    objective: str = setting(
        AUTO,
        "The metric to optimise; auto: the accuracy of classes, the mean absolute error or the loss of values",
        SEARCH,
        known=(AUTO, "val_accuracy", "val_loss"),
    )
    direction: Literal["auto", "max", "min"] = setting(
        AUTO, "Whether more or less of the objective is better; auto: its name tells", SEARCH
    )
    max_epochs: int = setting(
        ...,
        "Epochs of a fully trained trial; baselines keep theirs",
        SEARCH,
        by_tuner={"hyperband": 27, "random": 10, "bayesian": 10, "grid": 10},
        ge=1,
    )
    factor: int | None = setting(None, "Keep one in so many trials a rung", SEARCH, by_tuner={"hyperband": 3}, ge=2)
    iterations: int | None = setting(
        None, "How many times to run all brackets", SEARCH, by_tuner={"hyperband": 1}, resumable=True, ge=1
    )
    max_trials: int | None = setting(
        None, "How many trials", SEARCH, by_tuner={"random": 20, "bayesian": 20, "grid": None}, resumable=True, ge=1
    )
    batch_trials: int | None = setting(
        None, "Propose so many trials before learning from their results", SEARCH, by_tuner={"bayesian": 4}, ge=1
    )
    max_minutes: float | None = setting(
        None, "End the search after so many minutes", SEARCH, example=30.0, resumable=True, gt=0, allow_inf_nan=False
    )
    patience: int | None = setting(
        None, "End a trial after so many epochs without a better one", SEARCH, example=3, ge=1
    )
    plateau: int | None = setting(
        None,
        "End the search after so many trials without a better one",
        SEARCH,
        example=10,
        by_tuner={"random": None, "bayesian": None},
        ge=1,
    )
    max_parameters: int | None = setting(
        None, "Do not train models with more parameters", TRAINING, example=1_000_000, ge=1
    )
    epoch_minutes: float = setting(
        60.0, "End a worker that is silent for so many minutes", TRAINING, gt=0, allow_inf_nan=False
    )
    validation_split: float | None = setting(
        None,
        "Share of the training data to validate on, where they bring no validation set; 0.2 by default",
        TRAINING,
        example=0.2,
        gt=0,
        lt=1,
    )
    baselines: tuple[str, ...] = setting(
        (DEFAULT_BASELINE,),
        f"What to compare with: {', '.join(BASELINE_NAMES)}, {DEFAULTS} (the hypermodel's default values), or all",
        COMPARISON,
        known=(*BASELINE_NAMES, DEFAULTS, ALL),
        option="--baseline",
    )
    compare_seeds: int = setting(5, "Fresh seeds to retrain every model on", COMPARISON, resumable=True, ge=1)
    fair_epochs: bool = setting(
        False,
        "Train the baselines a second time, each for as many epochs as the tuned model",
        COMPARISON,
        resumable=True,
    )
    ablation: bool = setting(
        False,
        "Measure what each setting of the best trial is worth, after the comparison",
        COMPARISON,
        resumable=True,
    )
    seed: int = setting(0, "The seed that everything is derived from", SEARCH, ge=0)


SETTINGS = {name: Setting(name, info) for name, info in Fields.model_fields.items()}
EXTENDABLE = tuple(name for name, each in SETTINGS.items() if each.resumable)
"""The settings that `resume` may raise: they say how long to search and compare, not what a trial is."""


def option(field: str) -> str:
    """Return the command line's name of a field, such as `--max-epochs`."""
    return SETTINGS[field].option


def of_group(group: str) -> tuple[str, ...]:
    """Name the settings that stand under a heading."""
    return tuple(name for name, each in SETTINGS.items() if each.group == group)
