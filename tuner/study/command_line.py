"""The options of `keras-search start` for the settings of a study."""

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from keras_search.errors import UsageError
from keras_search.tuner.data import frames
from keras_search.tuner.data.arrays import ARRAYS
from keras_search.tuner.study.fields import SETTINGS
from keras_search.tuner.study.objective import infer_direction
from keras_search.tuner.study.settings import StudySettings

IN_MEMORY = (ARRAYS, frames.NAME)
"""The names of data that a command line cannot name."""


def setting_options(settings: Mapping[str, Any]) -> Iterator[str]:
    """Yield the options of settings; a value that looks like an option itself stands behind `=`."""
    for name, value in settings.items():
        option = SETTINGS[name].option
        if isinstance(value, bool):
            yield option if value else option.replace("--", "--no-", 1)
            continue
        for each in value if isinstance(value, list | tuple) else (value,):
            text = str(each)
            yield from (f"{option}={text}",) if text.startswith("-") or not text else (option, text)


def start_command(name: str, settings: Mapping[str, Any]) -> str:
    """Return the command that starts a study with these settings, without those that are the default for its tuner.

    A study of arrays or of a script has none: "". Paths from the root are cut to the name of the file.
    """
    if settings["dataset"] in IN_MEMORY or settings.get("script"):
        return ""
    usual = StudySettings.create(tuner=settings["tuner"]).model_dump(mode="json")
    own = {key: value for key, value in settings.items() if key in SETTINGS and value != usual.get(key)}
    if _implied(settings):
        own.pop("direction", None)
    if settings["tuner"] != StudySettings.create().tuner:
        own["tuner"] = settings["tuner"]
    return shlex.join(["keras-search", "start", name, *setting_options({k: _nearby(v) for k, v in own.items()})])


def _nearby(value: Any) -> Any:
    """Cut a path from the root to the name of its file: a command is shown to others."""
    return Path(value).name if isinstance(value, str) and Path(value).is_absolute() else value


def _implied(settings: Mapping[str, Any]) -> bool:
    """Return whether the name of the objective says the direction."""
    try:
        return bool(infer_direction(str(settings["objective"])) == settings["direction"])
    except UsageError:
        return False
