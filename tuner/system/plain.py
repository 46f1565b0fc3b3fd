"""Write values as JSON that every parser accepts."""

import json
import math
from collections.abc import Mapping
from typing import Any


def plain(value: Any) -> Any:
    """Return a value as plain JSON types: numpy's numbers as numbers, None for numbers that are not finite."""
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
    """Write JSON of ASCII characters, two spaces a level, without `NaN` and `Infinity`, which are not JSON."""
    return json.dumps(plain(value), indent=2, allow_nan=False)
