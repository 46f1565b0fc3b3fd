"""Refuse another backend of Keras than TensorFlow before anything is imported."""

import json
import os
from contextlib import suppress
from pathlib import Path

from keras_search.errors import UsageError

OURS = "tensorflow"


def check_backend() -> None:
    """Check that Keras will use TensorFlow: `KERAS_BACKEND` says so, else `keras.json` in `KERAS_HOME` or ~/.keras.

    Raises:
        UsageError: it will use another backend.
    """
    if named := os.environ.get("KERAS_BACKEND"):
        if named != OURS:
            raise UsageError(f"keras-search trains with TensorFlow, but KERAS_BACKEND is {named}: unset it.")
        return
    file = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "keras.json"
    if (named := _named_in(file)) != OURS:
        raise UsageError(
            f"keras-search trains with TensorFlow, but {file} has the backend {named}: set KERAS_BACKEND={OURS}."
        )


def _named_in(file: Path) -> str:
    with suppress(OSError, ValueError, AttributeError):  # Keras, too, goes on with what it has by default
        return str(json.loads(file.read_text(encoding="utf-8")).get("backend", OURS))
    return OURS
