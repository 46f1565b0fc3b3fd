"""The command lines of jobs: what follows `keras-search`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from keras_search.tuner.service.context import Places
from keras_search.tuner.study.command_line import setting_options


def start(places: Places, name: str, settings: Mapping[str, Any], options: Sequence[str]) -> tuple[str, ...]:
    """Return the command that starts a study."""
    return ("start", name, *setting_options(settings), *options, *folders(places))


def resume(places: Places, name: str, settings: Mapping[str, Any], options: Sequence[str]) -> tuple[str, ...]:
    """Return the command that continues a study."""
    return ("resume", name, *setting_options(settings), *options, *folders(places))


def report(places: Places, name: str) -> tuple[str, ...]:
    """Return the command that writes a report."""
    return ("report", name, *folders(places))


def export(places: Places, name: str, formats: Sequence[str] | None, trust: bool) -> tuple[str, ...]:
    """Return the command that exports a study's model, in all formats if none are given."""
    chosen = ["--all"] if formats is None else [part for each in formats for part in ("--format", each)]
    output = _inside(places.exports, places.home) / name
    options = ["--output", str(output), "--overwrite", *(["--trust"] if trust else [])]
    return ("export", name, *chosen, *options, *folders(places)[:2])


def folders(places: Places) -> tuple[str, ...]:
    """Return the options of the folders that are not where a command would look for them by itself."""
    chosen = (("--studies-dir", places.studies, "studies"), ("--reports-dir", places.reports, "reports"))
    given = [
        part
        for option, folder, usual in chosen
        if folder != places.home / usual
        for part in (option, str(_inside(folder, places.home)))
    ]
    return tuple(given)


def _inside(folder: Path, home: Path) -> Path:
    return folder.relative_to(home) if home in folder.parents else folder
