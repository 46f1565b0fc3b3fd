"""Where the data of a study come from, and how they are to be read."""

from dataclasses import dataclass
from typing import Literal

Task = Literal["classification", "regression"]


@dataclass(frozen=True)
class Source:
    """Name a data set and what its reader must be told.

    `dataset` is a name, a path or `FILE.py:FUNCTION`. `target` is the column to predict and `drop` those to leave
    out, in tables, and `read_as` settles what a column holds, `COLUMN=KIND`; `task` says whether numbers to predict
    are classes or values, where that is not plain; `test_split` is the share set aside for testing where there is no
    test split; `image_size` is the height and width, in pixels, that the images of a folder are resized to.
    `validation` is a file of examples to validate on; rows of one `group` stay together and those latest by `time`
    are set aside, two columns that are not learned from unless they are in `keep`.
    """

    dataset: str
    target: str | None = None
    drop: tuple[str, ...] = ()
    task: Task | None = None
    test_split: float | None = None
    image_size: int | None = None
    read_as: tuple[str, ...] = ()
    validation: str | None = None
    group: str | None = None
    time: str | None = None
    keep: tuple[str, ...] = ()
