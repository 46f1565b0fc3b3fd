"""Every setting of a study: its type, limits and meaning, in the order in which settings are shown."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from keras_search.models import BASELINE_NAMES, DEFAULT_BASELINE, DEFAULTS, HYPERMODEL_NAMES
from keras_search.tuner.study.objective import AUTO
from keras_search.tuner.study.setting import COMPARISON, DATA, SEARCH, TRAINING, Setting, Tuner, setting

DATASETS = ("digits", "mnist", "fashion-mnist")
ALL = "all"
"""Stands for every baseline."""


class Fields(BaseModel):
    """The fields of `StudySettings`; those that do not apply to a tuner or a kind of data are None.

    A new setting is one field here: its option, its line in the settings file and its form field are generated from it.
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
        None, "The task, if the data leave it open", DATA, example="regression"
    )
    test_split: float | None = setting(
        None,
        "Share of the examples to hold out for testing, if the data have no test split; 0.2 by default",
        DATA,
        example=0.2,
        gt=0,
        lt=1,
    )
    image_size: int | None = setting(
        None, "Height and width, in pixels, to resize the images of a folder to", DATA, example=32, ge=1
    )
    read_as: tuple[str, ...] = setting(
        (),
        "COLUMN=KIND, how to read a column of a table that is ambiguous: text, number, decimal-comma, decimal-point, "
        "day-first, month-first or year-first",
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
        None,
        "A column of a table; rows with the same value stay on the same side of every split",
        DATA,
        example="patient",
    )
    time: str | None = setting(
        None,
        "A column of a table: test on its latest rows, validate on the latest before them; or order, if the examples "
        "are in chronological order",
        DATA,
        example="date",
    )
    keep: tuple[str, ...] = setting((), "Learn from the column of group or time as well", DATA, example="date")
    class_weight: tuple[str, ...] = setting(
        (),
        "balanced, or CLASS=WEIGHT for each class: the weights of the training examples",
        TRAINING,
        example="balanced",
    )
    prepare: bool = setting(
        False,
        "Scale and standardise the inputs of your own hypermodel, which otherwise gets the data unchanged",
        TRAINING,
    )
    kernels: bool = setting(
        True,
        "Train plain networks (dense, convolutional, recurrent) with keras-search's own compiled kernels, on one core; "
        "without them TensorFlow trains, which takes longer and rounds differently",
        TRAINING,
    )
    hypermodel: str = setting(
        "mlp",
        f"{', '.join(HYPERMODEL_NAMES)}, or your own FILE.py:FUNCTION or package.module:CLASS",
        TRAINING,
        known=HYPERMODEL_NAMES,
    )
    tuner: Tuner = setting("hyperband", "The search algorithm", SEARCH)
    objective: str = setting(
        AUTO,
        "The metric to optimise; auto: accuracy for classes, mean absolute error or loss for values",
        SEARCH,
        known=(AUTO, "val_accuracy", "val_loss"),
    )
    direction: Literal["auto", "max", "min"] = setting(
        AUTO, "Whether a higher or a lower objective is better; auto: inferred from its name", SEARCH
    )
    max_epochs: int = setting(
        ...,
        "Epochs of a fully trained trial; baselines have their own number",
        SEARCH,
        by_tuner={"hyperband": 27, "random": 10, "bayesian": 10, "grid": 10},
        ge=1,
        le=1_000_000,
    )
    factor: int | None = setting(
        None, "Keep one in this many trials at each rung", SEARCH, by_tuner={"hyperband": 3}, ge=2
    )
    iterations: int | None = setting(
        None, "How many times to run all brackets", SEARCH, by_tuner={"hyperband": 1}, resumable=True, ge=1, le=1_000
    )
    max_trials: int | None = setting(
        None,
        "How many trials to run",
        SEARCH,
        by_tuner={"random": 20, "bayesian": 20, "grid": None},
        resumable=True,
        ge=1,
    )
    batch_trials: int | None = setting(
        None, "How many trials to propose before learning from their results", SEARCH, by_tuner={"bayesian": 4}, ge=1
    )
    max_minutes: float | None = setting(
        None, "End the search after this many minutes", SEARCH, example=30.0, resumable=True, gt=0, allow_inf_nan=False
    )
    patience: int | None = setting(
        None, "End a trial after this many epochs without improvement", SEARCH, example=3, ge=1
    )
    plateau: int | None = setting(
        None,
        "End the search after this many trials without improvement",
        SEARCH,
        example=10,
        by_tuner={"random": None, "bayesian": None},
        ge=1,
    )
    max_parameters: int | None = setting(
        None, "Skip models with more parameters than this", TRAINING, example=1_000_000, ge=1
    )
    epoch_minutes: float = setting(
        60.0, "End a worker that reports nothing for this many minutes", TRAINING, gt=0, allow_inf_nan=False
    )
    validation_split: float | None = setting(
        None,
        "Share of the training data to validate on, if there is no validation set; 0.2 by default",
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
    compare_seeds: int = setting(
        5, "How many fresh seeds to retrain every model on", COMPARISON, resumable=True, ge=1, le=1_000
    )
    fair_epochs: bool = setting(
        False,
        "Also train each baseline for as many epochs as the tuned model",
        COMPARISON,
        resumable=True,
    )
    ablation: bool = setting(
        False,
        "Measure what each setting of the best trial contributes, after the comparison",
        COMPARISON,
        resumable=True,
    )
    seed: int = setting(0, "The seed that all randomness is derived from", SEARCH, ge=0)


SETTINGS = {name: Setting(name, info) for name, info in Fields.model_fields.items()}
EXTENDABLE = tuple(name for name, each in SETTINGS.items() if each.resumable)
"""The settings that `resume` may raise: how long to search and compare, not what a trial is."""


def option(field: str) -> str:
    """Return the command-line name of a field, such as `--max-epochs`."""
    return SETTINGS[field].option


def of_group(group: str) -> tuple[str, ...]:
    """Return the names of the settings under a heading."""
    return tuple(name for name, each in SETTINGS.items() if each.group == group)
