"""What the shell offers after TAB: existing names, found without importing anything heavy."""

from collections.abc import Callable, Sequence
from pathlib import Path

import typer

from keras_search.tuner.study.folder import StudyFolder, existing_studies
from keras_search.tuner.system.trash import TRASH


def studies(context: typer.Context, incomplete: str) -> list[str]:
    """Offer the studies below `--studies-dir`."""
    return _beginning(existing_studies(_studies_dir(context)), incomplete)


def trashed(context: typer.Context, incomplete: str) -> list[str]:
    """Offer the studies in the trash of `--studies-dir`."""
    places = (_studies_dir(context) / TRASH).glob("*")
    return _beginning(sorted(place.name for place in places if place.is_dir()), incomplete)


def logs(context: typer.Context, incomplete: str) -> list[str]:
    """Offer the runs with a log in the study that is named before them."""
    name = context.params.get("name")
    folder = StudyFolder(_studies_dir(context) / name) if name else None
    return _beginning(sorted(log.stem for log in folder.logs.glob("*.log")), incomplete) if folder else []


def of(names: Sequence[str]) -> Callable[[str], list[str]] | None:
    """Make a completion of these names; None if there are none, so that the shell offers files."""
    return (lambda incomplete: _beginning(names, incomplete)) if names else None


def _beginning(names: Sequence[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]


def _studies_dir(context: typer.Context) -> Path:
    return Path(context.params.get("studies_dir") or "studies")
