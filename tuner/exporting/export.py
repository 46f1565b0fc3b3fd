"""Export the model that was measured, and certify every file: what was measured is what is exported."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from keras_search.errors import KerasSearchError, UsageError, did_you_mean
from keras_search.tuner.console import terminal
from keras_search.tuner.data.tree import take
from keras_search.tuner.exporting import whole_way
from keras_search.tuner.exporting.card import card, certificate_table
from keras_search.tuner.exporting.certificate import Certificate, Evidence, certify
from keras_search.tuner.exporting.description import description_of
from keras_search.tuner.exporting.details import describe, interface, write_details
from keras_search.tuner.exporting.folder import whole_folder
from keras_search.tuner.exporting.formats import FORMATS
from keras_search.tuner.exporting.measured import find_measured
from keras_search.tuner.exporting.network import load_network
from keras_search.tuner.exporting.runtime import BrokenModelError, Format, Runtime, UnfitFormatError, one_line
from keras_search.tuner.exporting.subject import Subject
from keras_search.tuner.study.folder import StudyFolder

CARD = "README.md"
LEAVE_OUT = ("batch 128", "ms per example, batch 1", "runtime", "size", "largest difference", "from files")
"""The columns that a narrow terminal does without; the card has them."""


@dataclass(frozen=True)
class Exported:
    """The result of an export: a certificate for each file, and the reason for each format that was left out."""

    certificates: tuple[Certificate, ...]
    left_out: dict[str, str]


def export(
    folder: StudyFolder,
    output: Path,
    formats: Sequence[str] | None = None,
    overwrite: bool = False,
    trust: bool = False,
) -> Exported:
    """Export a finished study's model in `formats` to the folder `output`, with model.json and a model card.

    Without `formats`, it is exported in every format that can hold it. With `trust`, the hypermodel's own file is run
    if Keras alone cannot load the model.

    Raises:
        UsageError: an unknown format, or `output` exists.
        KerasSearchError: the study is not finished, a runtime is not installed, a chosen format cannot hold the
            model, or an export differs from the model that was measured; nothing is left behind.
    """
    chosen = [_known(name) for name in dict.fromkeys(FORMATS if formats is None else formats)]
    for format_ in chosen:
        format_.check_writable()
    if output.resolve().is_relative_to(folder.root.resolve()):
        raise UsageError(f"The export {output} would be inside the study's folder: choose another --output.")
    measured = find_measured(folder)
    with whole_folder(output, overwrite) as partial:
        network = load_network(measured, trust)
        evidence = measured.evidence(network)
        subject = measured.subject(network, evidence)
        described = interface(measured, evidence)
        known = description_of(described["input"], described["outputs"])
        evidence = replace(evidence, whole_way=whole_way.go(known, evidence.x, measured.test_files, measured.test_rows))
        done: list[tuple[Certificate, Runtime]] = []
        left_out: dict[str, str] = {}
        for format_ in chosen:
            try:
                done.append(_export_one(subject, evidence, format_, partial))
            except UnfitFormatError as error:
                if formats is not None or len(left_out) + 1 == len(chosen):
                    raise
                left_out[format_.name] = str(error)
                _remove(partial / format_.file)
        certificates = tuple(certificate for certificate, _ in done)
        details = describe(measured, described, evidence, certificates, left_out)
        write_details(details, partial)
        examples = {certificate.format: runtime.example for certificate, runtime in done}
        (partial / CARD).write_text(card(details, certificates, examples), encoding="utf-8")
    return Exported(certificates, left_out)


def summary(exported: Exported) -> str:
    """Format certificates as a table for a terminal, and a line for each format that was left out."""
    text = certificate_table(exported.certificates)
    table = terminal.table(*text.head)
    for column, numeric in zip(table.columns, text.numeric, strict=True):
        column.justify, column.no_wrap = "right" if numeric else "left", True
    for row in text.rows:
        terminal.add_row(table, *row)
    left_out = [f"Left out: {reason}" for reason in exported.left_out.values()]
    return "\n".join([terminal.as_text(table, leave_out=LEAVE_OUT), *left_out])


def _export_one(subject: Subject, evidence: Evidence, format_: Format, folder: Path) -> tuple[Certificate, Runtime]:
    """Write a file, load it in its own runtime, and certify it."""
    path = folder / format_.file
    try:
        format_.write(subject, path)
        runtime = format_.load(path)
        runtime.run(take(evidence.x, slice(1)))  # some runtimes notice only now what they lack
    except BrokenModelError as error:
        reason = error.reason.replace(str(path), format_.file)
        raise UnfitFormatError(f"The format {format_.name} cannot hold this model: {reason}") from error
    except (KerasSearchError, OSError):
        raise
    except Exception as error:
        raise UnfitFormatError(f"The format {format_.name} cannot hold this model: {one_line(error)}") from error
    return certify(format_, path, runtime, evidence), runtime


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _known(name: str) -> Format:
    if name not in FORMATS:
        close = did_you_mean(name, FORMATS)
        raise UsageError(f"--format must be one of {', '.join(FORMATS)}, received {name!r}.{close}")
    return FORMATS[name]
