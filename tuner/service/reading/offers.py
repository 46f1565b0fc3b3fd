"""The answers about what a search can be started with, and on what machine: as JSON, sizes in bytes."""

from typing import Any, Literal

from keras_search.tuner.service.reading.answers import Answer, Plain


class DataChoice(Answer):
    """Data that a search can be started with; `dataset` is the value of that setting.

    `path` is relative to the folder of data or uploads, "" for what comes with keras-search.
    """

    dataset: str
    path: str
    origin: Literal["built in", "data", "upload"]
    kind: Literal["arrays", "table", "images"]
    size: int | None


class DataChoices(Answer):
    """All data here; `truncated`: there are more files than are listed."""

    items: tuple[DataChoice, ...]
    truncated: bool


class Upload(Answer):
    """An uploaded file, or the folder of images that an archive was unpacked to; `path` goes into `dataset`.

    `left_out` counts the files of an archive that are no images.
    """

    name: str
    path: str
    size: int
    kind: Literal["arrays", "table", "images"]
    left_out: int = 0


class Inspection(Answer):
    """A data set as `keras-search data --json` describes it, oddities included; `sheet` has examples of each class.

    `problem` says why no search can be started with it, "" if one can.
    """

    overview: dict[str, Any]
    problem: str
    sheet: str | None


class HypermodelChoice(Answer):
    """A hypermodel that a search can be started with; `hypermodel` is the value of that setting."""

    hypermodel: str
    origin: Literal["built in", "file"]
    help: str


class SettingForm(Answer):
    """A setting as a form shows it.

    `limits` may hold `ge`, `gt`, `le` and `lt`. `by_tuner` holds the default of each tuner that has the setting; empty
    if all have it, with the default `default`. `known` are values to offer, `choices` the only ones.
    """

    name: str
    title: str
    help: str
    group: str
    option: str
    type: Literal["text", "whole", "number", "flag", "choice", "list"]
    default: Any
    default_text: str
    choices: tuple[str, ...]
    known: tuple[str, ...]
    example: Plain
    limits: dict[str, float]
    by_tuner: dict[str, Any]
    resumable: bool


class Machine(Answer):
    """The machine: `load` is the mean number of busy processes in the last minute; memory and disk in bytes."""

    cores: int
    load: float | None
    memory: int | None
    memory_free: int | None
    disk: int | None
    disk_free: int | None
    python: str
    versions: dict[str, str]
    accelerators: tuple[str, ...]


class Predicted(Answer):
    """What an exported model says: one entry a row or image, as `keras-search predict --json` prints it.

    `notes` explain what makes predictions doubtful, `unusable` why an image could not be used; `seen` is a data URI of
    the image as the model saw it.
    """

    predictions: tuple[dict[str, Any], ...]
    notes: tuple[str, ...]
    unusable: tuple[str, ...]
    seen: str | None = None


class ModelInput(Answer):
    """What a study's exported model takes: `image`, with its height, width and channels, or the `columns` of a row.

    `problem` says why it cannot be tried, "" if it can.
    """

    takes: Literal["image", "row", "other"]
    shape: tuple[int, ...]
    columns: tuple[dict[str, Any], ...]
    problem: str
