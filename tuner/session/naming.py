"""Name a new study."""

import shlex
from pathlib import Path

from keras_search.errors import UsageError
from keras_search.tuner.data.tablenames import is_data, name_of
from keras_search.tuner.study.fields import DATASETS
from keras_search.tuner.study.settings import StudySettings, check_study_name


def new_name(name: str | None, settings: StudySettings) -> str:
    """Return the name of a new study, by default that of its data.

    Raises:
        UsageError: it is not a name, or it is that of a file of data while the study's are built in, as without
            `--dataset`.
    """
    if name is None:
        return check_study_name(name_of(Path(settings.dataset)))
    if isinstance(name, str) and is_data(Path(name)) and settings.dataset in DATASETS:
        raise UsageError(
            f"{name!r} is the name of a file of data, not of a study: name the data with --dataset {shlex.quote(name)}."
        )
    return check_study_name(name)
