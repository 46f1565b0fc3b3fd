"""What the shell offers after TAB: existing names, found without importing anything heavy."""

from collections.abc import Callable, Sequence
from pathlib import Path

import typer

from keras_search.tuner.study.folder import existing_studies


def studies(context: typer.Context, incomplete: str) -> list[str]:
    """Offer the studies below `--studies-dir`."""
    return _beginning(existing_studies(Path(context.params.get("studies_dir") or "studies")), incomplete)


def of(names: Sequence[str]) -> Callable[[str], list[str]] | None:
    """Make a completion of these names; None if there are none, so that the shell offers files."""
    return (lambda incomplete: _beginning(names, incomplete)) if names else None


def _beginning(names: Sequence[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]
