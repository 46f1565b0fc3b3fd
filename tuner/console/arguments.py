"""The command line's arguments: choices, and the options that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from keras_search.tuner.console import completion

if TYPE_CHECKING:
    from keras_search.tuner.data import Source


class TunerName(StrEnum):
    """The search algorithms."""

    HYPERBAND = "hyperband"
    RANDOM = "random"
    BAYESIAN = "bayesian"
    GRID = "grid"


class Direction(StrEnum):
    """Whether more or less of the objective is better."""

    MAX = "max"
    MIN = "min"


class FormatName(StrEnum):
    """The formats of an exported model."""

    KERAS = "keras"
    SAVED_MODEL = "saved-model"
    ONNX = "onnx"
    LITERT = "litert"


class TaskName(StrEnum):
    """What there is to predict."""

    CLASSIFICATION = "classification"
    REGRESSION = "regression"


DATASET_HELP = (
    "digits, mnist, fashion-mnist, an .npz, a table (.csv, .tsv, .jsonl, .xlsx, .parquet), a folder of images, or "
    "FILE.py:FUNCTION."
)
StudiesDir = Annotated[Path, typer.Option(help="Where the studies are.", file_okay=False)]
ReportsDir = Annotated[Path, typer.Option(help="Where the reports go.", file_okay=False)]
Workers = Annotated[str, typer.Option(help="Worker processes: a number, or auto for one a core.")]
Threads = Annotated[int, typer.Option(min=1, help="Cores that one worker uses.")]
MaxTrials = Annotated[int | None, typer.Option(help="How many trials (random, bayesian, grid).")]
Iterations = Annotated[int | None, typer.Option(help="How many times to run all brackets (hyperband).")]
MaxMinutes = Annotated[float | None, typer.Option(help="End the search after so many minutes.")]
Ablation = Annotated[
    bool, typer.Option("--ablation", help="Measure what each setting is worth, from the baseline's to the best.")
]
FairEpochs = Annotated[
    bool, typer.Option("--fair-epochs", help="Train the baselines for as many epochs as the tuned model, too.")
]
SearchOnly = Annotated[bool, typer.Option("--search-only", help="Stop after the search, without retraining.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print the result only.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
StudyName = Annotated[
    str | None,
    typer.Argument(help="The study; may be left out where there is only one.", autocompletion=completion.studies),
]
DatasetName = Annotated[str, typer.Option(help=DATASET_HELP, autocompletion=completion.datasets)]
Target = Annotated[str | None, typer.Option(help="The column to predict, in a table.")]
Drop = Annotated[list[str] | None, typer.Option(help="A column of a table to leave out, once or several times.")]
Task = Annotated[TaskName | None, typer.Option(help="Where the data do not tell classes from values.")]
TestSplit = Annotated[
    float | None, typer.Option(help="Share to test on, where the data have no test split; 0.2 by default.")
]
ImageSize = Annotated[int | None, typer.Option(help="Pixels a side to resize the images of a folder to.")]
ReadAs = Annotated[
    list[str] | None,
    typer.Option(
        help="COLUMN=KIND, how a column of a table is read, where it does not tell: text, number, decimal-comma, "
        "decimal-point, day-first, month-first or year-first."
    ),
]
Validation = Annotated[
    str | None,
    typer.Option(help="A file to validate on: a table with the same columns, or an .npz with x_val and y_val."),
]
GroupOption = Annotated[
    str | None, typer.Option("--group", help="A column of a table; its rows of one value stay on one side of a split.")
]
TimeOption = Annotated[
    str | None,
    typer.Option(
        "--time",
        help="A column of a table: the latest rows are tested on, the latest before validated on; or order, where the "
        "examples are in the order of time.",
    ),
]
Keep = Annotated[list[str] | None, typer.Option(help="Learn from the column of --group or --time as well.")]
ClassWeightOption = Annotated[
    list[str] | None, typer.Option("--class-weight", help="balanced, or CLASS=WEIGHT, once or several times.")
]
Prepare = Annotated[
    bool, typer.Option("--prepare", help="Give a hypermodel of your own scaled inputs, not what the data hold.")
]
HYPERMODEL_HELP = "mlp, lr-batch, cnn, or FILE.py:FUNCTION of your own."


def source_of(**given: Any) -> "Source":
    """Give where the data come from, checked; the names are those of the settings.

    Raises:
        UsageError: an option is out of range.
    """
    from keras_search.tuner.study.settings import StudySettings

    return StudySettings.create(**given).source
