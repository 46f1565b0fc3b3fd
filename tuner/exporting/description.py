"""Read from model.json what it takes to use an exported model."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from keras_search.errors import KerasSearchError
from keras_search.tuner.data.encoding import TableEncoding
from keras_search.tuner.data.framing import Framing
from keras_search.tuner.data.image_file import ImageReader
from keras_search.tuner.exporting.runtime import digest

FILE = "model.json"


@dataclass(frozen=True)
class Description:
    """What it takes to use a model.

    Of one array, `shape` and `dtype` are those of an example, and `reader` makes it of an image file where the examples
    are images; of a table, `encoding` knows the columns; of several arrays, nothing is there. `class_names` are those
    of the compared output, none if it gives no probabilities; it is called `output` where there are several, and
    predicts `predicts`.
    """

    class_names: tuple[str, ...]
    shape: tuple[int, ...] | None = None
    dtype: str = "float32"
    reader: ImageReader | None = None
    encoding: TableEncoding | None = None
    output: str = ""
    predicts: str = ""


def read_description(folder: Path, file: str | None) -> Description | None:
    """Read what model.json in `folder` says, None if there is none, or none of the model `file`.

    Raises:
        KerasSearchError: it is broken, or the file is another than it describes.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if file is not None:
            digests = {certificate["file"]: certificate["sha256"] for certificate in found["certificates"]}
            if file not in digests:
                return None
            _check_same(folder / file, digests[file])
        return description_of(found["input"], found["outputs"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KerasSearchError(
            f"{path} does not describe a model ({type(error).__name__}: {error}): export the model again."
        ) from error


def _check_same(file: Path, sha256: str) -> None:
    """Make sure that what model.json says is said of this file: of another, labels may be in another order."""
    if digest(file) != sha256:
        raise KerasSearchError(
            f"{file} is not the file that {FILE} beside it describes, it has changed since it was exported: "
            "export the model again, or bring the file back."
        )


def description_of(given: Mapping[str, Any], outputs: Sequence[Mapping[str, Any]]) -> Description:
    """Keep of what model.json says of input and outputs what it takes to use the model."""
    first = outputs[0]
    said = Description(
        class_names=tuple(str(name) for name in first["class_names"]),
        output=str(first["name"]) if len(outputs) > 1 else "",
        predicts=str(first["predicts"]),
    )
    match given["kind"]:
        case "table":
            return replace(said, encoding=TableEncoding.from_json(given))
        case "array":
            shape = tuple(int(size) for size in given["shape"])
            return replace(said, shape=shape, dtype=str(given["dtype"]), reader=_reader(given, shape))
        case "several":
            return said
    raise ValueError(f"unknown kind of input {given['kind']!r}")


def _reader(given: Mapping[str, Any], shape: tuple[int, ...]) -> ImageReader | None:
    """Return what reads image files as a model takes them, None if it takes no images."""
    pixels = given.get("pixels")
    if pixels is None:
        return None
    framing = Framing(**given["framing"]) if given.get("framing") else None
    return ImageReader(shape, float(pixels["white"]), framing, float(pixels["black"]))
