"""The command line's arguments that say how a command runs; what a study is, `setting_options` takes."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from keras_search.tuner.console import completion


class FormatName(StrEnum):
    """The formats of an exported model."""

    KERAS = "keras"
    SAVED_MODEL = "saved-model"
    ONNX = "onnx"
    LITERT = "litert"


StudiesDir = Annotated[Path, typer.Option(help="Where the studies are.", file_okay=False)]
ReportsDir = Annotated[Path, typer.Option(help="Where the reports go.", file_okay=False)]
Workers = Annotated[str, typer.Option(help="Worker processes: a number, or auto for one a core.")]
Threads = Annotated[int, typer.Option(min=1, help="Cores that one worker uses.")]
SearchOnly = Annotated[bool, typer.Option("--search-only", help="Stop after the search, without retraining.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print the result only.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
StudyName = Annotated[
    str | None,
    typer.Argument(help="The study; may be left out where there is only one.", autocompletion=completion.studies),
]
NewName = Annotated[str | None, typer.Argument(help="A name for the study; the data set's where none is given.")]
Config = Annotated[Path | None, typer.Option(help="Take settings from a file that init wrote.")]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace a study of the same name, which goes to the trash.")
]
