"""Read from model.json what it takes to use an exported model."""

import json
from dataclasses import dataclass
from pathlib import Path

from keras_search.tuner.errors import KerasSearchError
from keras_search.tuner.images import Framing

FILE = "model.json"


@dataclass(frozen=True)
class Description:
    """What it takes to use a model: class names, the shape of one input, and how its drawings are framed."""

    class_names: tuple[str, ...]
    input_shape: tuple[int, ...]
    framing: Framing | None


def read_description(folder: Path, file: str | None) -> Description | None:
    """Read what model.json in `folder` says, None where there is none, or none of the model `file`.

    Raises:
        KerasSearchError: it is broken.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if file is not None and file not in {certificate["file"] for certificate in found["certificates"]}:
            return None
        framing = found["input"]["framing"]
        return Description(
            class_names=tuple(str(name) for name in found["class_names"]),
            input_shape=tuple(int(size) for size in found["input"]["shape"]),
            framing=None if framing is None else Framing(**framing),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KerasSearchError(
            f"{path} does not describe a model ({type(error).__name__}: {error}): export the model again."
        ) from error
