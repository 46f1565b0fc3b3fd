"""Names and paths from outside: checked against what there is, and kept below their root."""

import os
from pathlib import Path

from keras_search.tuner.service.context import Service
from keras_search.tuner.service.problems import UnknownName
from keras_search.tuner.study.folder import StudyFolder, existing_studies

SHOWN = 100
"""Characters of a wrong name that a message repeats."""


def studies_of(service: Service) -> list[str]:
    """List the studies; those that are links are not ours to show."""
    root = service.places.studies
    return [name for name in existing_studies(root) if not (root / name).is_symlink()]


def known_study(service: Service, name: str) -> StudyFolder:
    """Return the folder of the study with a name.

    Raises:
        UnknownName: there is none.
    """
    if name not in studies_of(service):
        raise UnknownName(f"No study named {name[:SHOWN]!r}.")
    return StudyFolder(service.places.studies / name)


def known_file(root: Path, path: str) -> Path:
    """Return a regular file below a folder, by its path inside, if no link leads out of the folder.

    Raises:
        UnknownName: there is none.
    """
    found = _resolved(root, path)
    if found is None or not os.path.isfile(found):  # noqa: PTH113 - `Path.is_file` raises for a name that is too long
        raise UnknownName(f"No file named {path[:SHOWN]!r}.")
    return found


def known_folder(root: Path, path: str) -> Path:
    """Return a folder below another, by its path inside, if no link leads out.

    Raises:
        UnknownName: there is none.
    """
    found = _resolved(root, path)
    if found is None or not os.path.isdir(found):  # noqa: PTH112
        raise UnknownName(f"No folder named {path[:SHOWN]!r}.")
    return found


def _resolved(root: Path, path: str) -> Path | None:
    """Return where a path leads; None if it is malformed, leads out of `root`, or to a hidden part of it."""
    parts = path.split("/")
    if not path or "\0" in path or "\\" in path or any(part.startswith(".") or not part for part in parts):
        return None
    try:
        found, base = (root / path).resolve(), root.resolve()
    except (OSError, ValueError, RuntimeError):
        return None
    return found if base in found.parents else None
