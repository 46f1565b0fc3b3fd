"""The source of a study's data, and the options for reading it."""

from dataclasses import dataclass
from typing import Literal

from keras_search.errors import UsageError
from keras_search.tuner.data.dividing import ORDER

Task = Literal["classification", "regression"]


@dataclass(frozen=True)
class Source:
    """A data set and the options of its reader.

    `dataset` is a name, a path or `FILE.py:FUNCTION`. `target` is the column to predict and `drop` those to leave
    out, in tables, and `read_as` decides what a column holds, `COLUMN=KIND`; `task` says whether numbers to predict
    are classes or values, if that is not clear; `test_split` is the share set aside for testing if there is no
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

    def refuse_table_options(self) -> None:
        """Make sure that no option is used that only applies to tables.

        Raises:
            UsageError: one is.
        """
        for option, given in (
            ("--target", self.target), ("--drop", self.drop), ("--read-as", self.read_as),
            ("--group", self.group), ("--keep", self.keep),
        ):  # fmt: skip
            if given:
                raise UsageError(f"{option} is for tables, such as .csv files; {self.dataset} is not one.")
        if self.time not in (None, ORDER):
            raise UsageError(
                f"--time names a column of a table; for {self.dataset}, not a table, only --time {ORDER} is possible, "
                "if the examples themselves are in chronological order."
            )
