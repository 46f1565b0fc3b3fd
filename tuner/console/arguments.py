"""The arguments of how a command runs; those of what a study is are in `setting_options`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from keras_search.tuner.console import completion
from keras_search.tuner.console.checked import folder, one_of, whole


class FormatName(StrEnum):
    """The formats of an exported model."""

    KERAS = "keras"
    SAVED_MODEL = "saved-model"
    ONNX = "onnx"
    LITERT = "litert"


StudiesDir = Annotated[
    Path, typer.Option(help="The folder of the studies.", parser=folder("--studies-dir"), metavar="<dir>")
]
ReportsDir = Annotated[
    Path, typer.Option(help="The folder of the reports.", parser=folder("--reports-dir"), metavar="<dir>")
]
Workers = Annotated[str, typer.Option(help="Worker processes: a number, or auto for one per core.")]
Threads = Annotated[int, typer.Option(help="Cores for each worker.", parser=whole("--threads", 1), metavar="<int>")]
EngineName = Annotated[
    str, typer.Option("--engine", help="Where the workers are: local, or ray for a Ray cluster.", metavar="local|ray")
]
RayAddress = Annotated[
    str | None,
    typer.Option(help="With --engine ray: the cluster, auto or HOST:PORT; without it Ray starts on this machine."),
]
SearchOnly = Annotated[bool, typer.Option("--search-only", help="Stop after the search, without retraining.")]


class ProgressKind(StrEnum):
    """How progress is shown."""

    AUTO = "auto"
    JSONL = "jsonl"


Verbose = Annotated[bool, typer.Option("--verbose", help="Also say how busy the workers were.")]
ProgressAs = Annotated[
    ProgressKind,
    typer.Option(
        "--progress",
        help="auto: a table or lines; jsonl: on stdout, one JSON object an event.",
        parser=one_of("--progress", ProgressKind),
        metavar=f"<{'|'.join(ProgressKind)}>",
        autocompletion=completion.of(tuple(ProgressKind)),
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only the result.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
StudyName = Annotated[
    str | None,
    typer.Argument(help="The study; optional if there is only one.", autocompletion=completion.studies),
]
NewName = Annotated[str | None, typer.Argument(help="A name for the study; by default that of the data set.")]
Config = Annotated[Path | None, typer.Option(help="Read the settings from a file written by init.")]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace a study of the same name; the old one goes to the trash.")
]
DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="Start nothing: measure a few trials, and estimate the time and the disk space."),
]
