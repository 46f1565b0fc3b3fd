"""Write values as JSON that every reader takes."""

import json
import math
from collections.abc import Mapping
from typing import Any


def plain(value: Any) -> Any:
    """Return a value as JSON knows it: numpy's numbers as numbers, None for what is not a finite number."""
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, (str, int)) else str(value)


def json_text(value: Any) -> str:
    """Write JSON of ASCII characters, two spaces a level, without the `NaN` and `Infinity` that are no JSON."""
    return json.dumps(plain(value), indent=2, allow_nan=False)
