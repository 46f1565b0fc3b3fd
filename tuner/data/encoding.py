"""How the rows of a table become numbers for a network."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from keras_search.tuner.data.dataset import Columns
from keras_search.tuner.data.tree import Array, Tree


@dataclass(frozen=True)
class TableEncoding:
    """Hold what the columns of a table were fitted to."""

    kind: ClassVar[str] = "table"

    def apply(self, x: Tree) -> Array:
        """Encode raw rows as float32 `(n, d)`."""
        raise NotImplementedError

    def to_json(self) -> dict[str, Any]:
        """Give plain values."""
        return {"kind": self.kind}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave."""
        return cls()


def fit_encoding(x_fit: Tree, columns: Columns) -> TableEncoding:
    """Fit an encoding to the rows that are trained on."""
    raise NotImplementedError
