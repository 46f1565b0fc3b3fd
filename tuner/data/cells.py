"""Hold the cells of a table's file, in columns of their types, before it is known what the columns mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from keras_search.tuner.data.tree import Array

SOME = 2000
"""The number of texts that show the decimal mark of a column."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Hold every row of a file in `frame`; of a text file, cells are numbers or the texts as they are written.

    `separator` is that of a text file's columns; `firsts` holds the first texts of its columns of numbers, `(n,)` each.
    """

    frame: pd.DataFrame
    separator: str | None = None
    firsts: Mapping[str, Array] = field(default_factory=dict)

    def followed_by(self, further: "Cells") -> "Cells":
        """Return these rows and those of another file below, which has these columns, and the same ones of numbers."""
        names = self.frame.columns
        return Cells(
            pd.concat([self.frame, further.frame[names]], ignore_index=True),
            self.separator if self.separator == further.separator else None,
            {name: np.concatenate([first, further.firsts[name]]) for name, first in self.firsts.items()},
        )

    def shown_texts(self) -> list[Array]:
        """Return some texts `(n,)` of each column that was written as text, enough to recognise its decimal mark."""
        texts = [name for name in self.frame.columns if self.frame[name].dtype in (object, "str")]
        return [*self.firsts.values(), *(_some(self.frame[name]) for name in texts)]


def _some(values: pd.Series) -> Array:
    """Return texts from all over a column."""
    some = values.iloc[:: -(-len(values) // SOME) or 1]
    return np.array([value.strip() for value in some if isinstance(value, str)], dtype=np.str_)
