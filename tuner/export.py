"""Export the model that was measured, and certify every file: what was measured is what is exported."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from keras_search.tuner.errors import KerasSearchError, UsageError
from keras_search.tuner.exporting.card import card, certificate_table
from keras_search.tuner.exporting.certificate import Certificate, certify
from keras_search.tuner.exporting.description import FILE
from keras_search.tuner.exporting.details import describe, write_details
from keras_search.tuner.exporting.folder import whole_folder
from keras_search.tuner.exporting.formats import FORMATS
from keras_search.tuner.exporting.keras_file import load_model
from keras_search.tuner.exporting.measured import Measured, find_measured
from keras_search.tuner.exporting.runtime import BrokenModelError, ExportError, Format, Runtime, one_line
from keras_search.tuner.folder import StudyFolder
from keras_search.tuner.terminal import as_text

if TYPE_CHECKING:
    import keras

CARD = "README.md"
OURS = frozenset({CARD, FILE, *(format_.file for format_ in FORMATS.values())})


def export(folder: StudyFolder, output: Path, formats: Sequence[str], overwrite: bool = False) -> list[Certificate]:
    """Export a finished study's model in `formats` to the folder `output`, with model.json and a model card.

    Raises:
        UsageError: an unknown format, or `output` exists.
        KerasSearchError: the study is not finished, a runtime is not installed, or an export gives other results
            than the model that was measured; nothing is left behind.
    """
    chosen = [_known(name) for name in dict.fromkeys(formats)]
    for format_ in chosen:
        format_.check_writable()
    measured = find_measured(folder)
    with whole_folder(output, overwrite, OURS) as partial:
        model = load_model(measured.path)
        done = [_export_one(model, measured, format_, partial) for format_ in chosen]
        certificates = [certificate for certificate, _ in done]
        examples = {certificate.format: runtime.example for certificate, runtime in done}
        details = describe(measured, certificates)
        write_details(details, partial)
        (partial / CARD).write_text(card(details, certificates, examples), encoding="utf-8")
    return certificates


def summary(certificates: Sequence[Certificate]) -> str:
    """Write certificates as a table for a terminal."""
    text = certificate_table(certificates)
    table = Table(box=None, pad_edge=False)
    for heading, numeric in zip(text.head, text.numeric, strict=True):
        table.add_column(heading, justify="right" if numeric else "left", no_wrap=True)
    for row in text.rows:
        table.add_row(*row)
    return as_text(table)


def _export_one(model: "keras.Model", measured: Measured, format_: Format, folder: Path) -> tuple[Certificate, Runtime]:
    """Write a file, load it in its own runtime, and certify it."""
    path = folder / format_.file
    try:
        format_.write(model, path)
        runtime = format_.load(path)
    except BrokenModelError as error:
        reason = error.reason.replace(str(path), format_.file)
        raise ExportError(f"The format {format_.name} cannot hold this model: {reason}") from error
    except (KerasSearchError, OSError):
        raise
    except Exception as error:
        raise ExportError(f"The format {format_.name} cannot hold this model: {one_line(error)}") from error
    splits = measured.splits
    return certify(format_, path, runtime, splits.x_test, splits.y_test, measured.probabilities), runtime


def _known(name: str) -> Format:
    if name not in FORMATS:
        raise UsageError(f"--format must be one of {', '.join(FORMATS)}, received {name!r}.")
    return FORMATS[name]
