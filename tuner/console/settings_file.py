"""Write and read the settings of a study as a TOML file, `study.toml`."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from keras_search.errors import UsageError, did_you_mean
from keras_search.models.source import check_source
from keras_search.tuner.study.fields import SETTINGS
from keras_search.tuner.study.setting import TUNERS, Setting
from keras_search.tuner.study.settings import StudySettings

FILE_NAME = "study.toml"


def to_toml(settings: Mapping[str, Any], title: str) -> str:
    """Format settings as TOML with a comment each; those that are not set are commented out."""
    return "\n\n".join([f"# {title}", *(_entry(each, settings.get(each.name)) for each in SETTINGS.values())]) + "\n"


def _entry(each: Setting, value: Any) -> str:
    is_set = value is not None
    line = f"{each.name} = {_literal(value if is_set else each.example)}"
    return f"# {each.text}.\n{line if is_set else f'# {line}'}"


def default_toml() -> str:
    """Format the default settings of `keras-search start`; those that depend on the tuner are commented out."""
    title = f"A study: keras-search start --config {FILE_NAME}. Options on the command line take precedence."
    dependent = {name for name, each in SETTINGS.items() if each.by_tuner}
    return to_toml(StudySettings.create().model_dump(mode="json", exclude=dependent), title)


def read_toml(path: Path) -> dict[str, Any]:
    """Read the settings that a file has.

    Raises:
        UsageError: it cannot be read, it is not TOML, or it has an unknown setting.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"--config {path} could not be read: {error.strerror}. Write one: keras-search init") from None
    except UnicodeDecodeError:
        raise UsageError(f"--config {path} is not TOML: it is not a text in UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"--config {path} is not TOML: {error}.") from None
    unknown = [name for name in found if name not in SETTINGS]
    if unknown:
        known = ", ".join(SETTINGS)
        raise UsageError(
            f"--config {path} has unknown settings: {', '.join(unknown)}.{did_you_mean(unknown[0], SETTINGS)} "
            f"Known: {known}."
        )
    return found


def write_default(path: Path) -> None:
    """Write a new file with the default settings.

    Raises:
        UsageError: the file exists, or it cannot be written.
    """
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(default_toml())
    except FileExistsError:
        raise UsageError(f"{path} exists: name another file, or delete it.") from None
    except OSError as error:
        raise UsageError(f"{path} could not be written: {error.strerror}.") from None


def chosen_settings(config: Path | None, given: Mapping[str, Any]) -> StudySettings:
    """Complete and check the settings `given` on the command line, which override those of a file.

    Raises:
        UsageError: a setting is wrong, or the file is.
    """
    found = {} if config is None else _left_of(read_toml(config), given)
    settings = StudySettings.create(**{**found, **given})
    check_source(settings.hypermodel)
    return settings


def _left_of(found: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Drop the settings of a file that are for another tuner or objective than the given one."""
    tuner = given.get("tuner")
    if tuner in TUNERS and tuner != found.get("tuner", TUNERS[0]):
        found = {name: value for name, value in found.items() if tuner in (SETTINGS[name].by_tuner or TUNERS)}
    return {name: value for name, value in found.items() if name != "direction" or "objective" not in given}


def _literal(value: Any) -> str:
    """Format a value as TOML, which for text, numbers and lists of text is the same as JSON."""
    return json.dumps(value, ensure_ascii=False)
