"""The files of a study's export."""

import json
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from keras_search.tuner.service.names import known_file
from keras_search.tuner.service.problems import UnknownName
from keras_search.tuner.service.reading.answers import ExportFile
from keras_search.tuner.service.reading.library import clean
from keras_search.tuner.system.ownership import is_ours, listed_files


def export_files(exports: Path, study: str) -> tuple[ExportFile, ...]:
    """List the files of a study's export, a folder as one, with their certificates; none without an export."""
    folder = exports / study
    names = sorted({name.partition("/")[0] for name in _listed(folder)})
    certificates = _certificates(folder)
    return tuple(
        ExportFile(
            file=clean(name),
            format=str(certificates.get(name, {}).get("format", "")),
            size=sum((folder / each).stat().st_size for each in _listed(folder) if _is_in(each, name)),
            certificate=certificates.get(name),
        )
        for name in names
    )


def export_paths(exports: Path, study: str, name: str) -> dict[str, Path]:
    """Return the files of an export with a name, those in it if it is a folder, by their path in the export.

    Raises:
        UnknownName: there is none of that name.
    """
    found = [each for each in _listed(exports / study) if not name or _is_in(each, name)]
    if not found:
        raise UnknownName(f"No file named {name[:100]!r} in the export of {study}.")
    return {each: known_file(exports, f"{study}/{each}") for each in found}


def write_zip(files: dict[str, Path], target: Path, folder: str) -> None:
    """Pack files into a zip, below a folder."""
    with zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED) as archive:
        for name, path in files.items():
            archive.write(path, f"{folder}/{name}")


def _listed(folder: Path) -> list[str]:
    """List the files that an export wrote and that are there."""
    if folder.is_symlink() or not is_ours(folder, "export", folder.name):
        return []
    return [name for name in listed_files(folder) if _is_plain(name) and (folder / name).is_file()]


def _is_plain(name: str) -> bool:
    """Return whether a name that a mark lists leads to a file of the folder."""
    return bool(name) and not any(part in ("", ".", "..") or part.startswith(".") for part in name.split("/"))


def _is_in(file: str, name: str) -> bool:
    return file == name or file.startswith(f"{name}/")


def _certificates(folder: Path) -> dict[str, dict[str, Any]]:
    with suppress(OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        found = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        return dict(_named(found["certificates"]))
    return {}


def _named(certificates: list[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for certificate in certificates:
        if isinstance(certificate, dict):
            yield str(certificate["file"]), clean(certificate)
