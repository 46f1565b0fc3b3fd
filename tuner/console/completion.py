"""What the shell offers after TAB: names that exist, found without importing anything heavy."""

from pathlib import Path

import typer

from keras_search.models import BASELINE_NAMES, DEFAULTS, HYPERMODEL_NAMES
from keras_search.tuner.study.folder import existing_studies


def studies(context: typer.Context, incomplete: str) -> list[str]:
    """Offer the studies below `--studies-dir`."""
    return _beginning(existing_studies(Path(context.params.get("studies_dir") or "studies")), incomplete)


def datasets(incomplete: str) -> list[str]:
    """Offer the data sets that have a name."""
    from keras_search.tuner.data import DATASET_NAMES

    return _beginning(DATASET_NAMES, incomplete)


def hypermodels(incomplete: str) -> list[str]:
    """Offer the built-in hypermodels."""
    return _beginning(HYPERMODEL_NAMES, incomplete)


def baselines(incomplete: str) -> list[str]:
    """Offer the baselines, and all of them."""
    return _beginning((*BASELINE_NAMES, DEFAULTS, "all"), incomplete)


def _beginning(names: tuple[str, ...] | list[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]
