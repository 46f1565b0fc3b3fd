"""What a search may be started with: data and code from the folders that are meant for it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from keras_search.errors import UsageError
from keras_search.models import HYPERMODEL_NAMES
from keras_search.models.source import check_source, parse_source
from keras_search.tuner.service.context import Places
from keras_search.tuner.study.fields import DATASETS
from keras_search.tuner.study.settings import StudySettings


def checked_settings(places: Places, given: Mapping[str, Any]) -> StudySettings:
    """Check the settings of a new study, and that what they name lies where it may.

    Raises:
        UsageError: they are wrong, or name files from elsewhere.
    """
    settings = StudySettings.create(**given)
    check_data(places, settings.dataset)
    if settings.validation is not None:
        check_data(places, settings.validation)
    if settings.hypermodel not in HYPERMODEL_NAMES:
        _check_code(places, settings.hypermodel, "--hypermodel")
        check_source(settings.hypermodel)
    return settings


def check_data(places: Places, dataset: str) -> None:
    """Make sure that data come with keras-search, or lie in the folder of data or uploads, and no link leads out.

    Raises:
        UsageError: they lie elsewhere.
    """
    if dataset in DATASETS:
        return
    if ".py:" in dataset:
        _check_code(places, dataset, "--dataset")
    elif not any(is_below(places.home / dataset, root) for root in (places.data, places.uploads)):
        raise UsageError(
            f"The service reads data below {places.data} and uploads, received {dataset[:200]!r}: "
            "put them there, or start with another --data-dir."
        )


def _check_code(places: Places, spec: str, option: str) -> None:
    """Make sure that code lies in the folder of hypermodels, which only the machine's owner writes."""
    source = parse_source(spec)
    if not source.is_file or not is_below(places.home / Path(source.place).expanduser(), places.models):
        raise UsageError(
            f"The service runs code from files below {places.models} alone, received {option} {spec[:200]!r}: "
            "put the file there, or start with another --models-dir."
        )


def is_below(path: Path, root: Path) -> bool:
    """Return whether a path leads to something inside a folder, after all links are followed."""
    try:
        return root.resolve() in path.resolve().parents
    except (OSError, ValueError, RuntimeError):
        return False
