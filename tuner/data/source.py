"""Where the data of a study come from, and how they are to be read."""

from dataclasses import dataclass
from typing import Literal

from keras_search.errors import UsageError
from keras_search.tuner.data.dividing import ORDER

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

    def refuse_table_options(self) -> None:
        """Make sure that nothing is asked for that only a table has.

        Raises:
            UsageError: something is.
        """
        for option, given in (
            ("--target", self.target), ("--drop", self.drop), ("--read-as", self.read_as),
            ("--group", self.group), ("--keep", self.keep),
        ):  # fmt: skip
            if given:
                raise UsageError(f"{option} is for tables, .csv or .parquet files; {self.dataset} is none.")
        if self.time not in (None, ORDER):
            raise UsageError(
                f"--time names a column of a table; of {self.dataset}, which is none, it can only be --time {ORDER}, "
                "where the examples themselves are in the order of time."
            )
