"""Read from model.json what is needed to use an exported model."""

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
    """What is needed to use a model.

    For one array, `shape` and `dtype` are those of an example, and `reader` makes it from an image file if the examples
    are images; for a table, `encoding` knows the columns; for several arrays, all are empty. `class_names` are those of
    the compared output, none if it has no probabilities; its name is `output` if there are several, and it predicts
    `predicts`.
    """

    class_names: tuple[str, ...]
    shape: tuple[int, ...] | None = None
    dtype: str = "float32"
    reader: ImageReader | None = None
    encoding: TableEncoding | None = None
    output: str = ""
    predicts: str = ""


def read_description(folder: Path, file: str | None) -> Description | None:
    """Read model.json in `folder`, None if there is none, or none for the model `file`.

    Raises:
        KerasSearchError: it is broken, or describes another file.
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
    """Make sure that model.json describes this file: in another, labels may have another order."""
    if digest(file) != sha256:
        raise KerasSearchError(
            f"{file} is not the file that {FILE} beside it describes, it has changed since it was exported: "
            "export the model again, or restore the file."
        )


def description_of(given: Mapping[str, Any], outputs: Sequence[Mapping[str, Any]]) -> Description:
    """Extract from model.json's inputs and outputs what is needed to use the model."""
    first = outputs[0]
    described = Description(
        class_names=tuple(str(name) for name in first["class_names"]),
        output=str(first["name"]) if len(outputs) > 1 else "",
        predicts=str(first["predicts"]),
    )
    match given["kind"]:
        case "table":
            return replace(described, encoding=TableEncoding.from_json(given))
        case "array":
            shape = tuple(int(size) for size in given["shape"])
            return replace(described, shape=shape, dtype=str(given["dtype"]), reader=_reader(given, shape))
        case "several":
            return described
    raise ValueError(f"unknown kind of input {given['kind']!r}")


def _reader(given: Mapping[str, Any], shape: tuple[int, ...]) -> ImageReader | None:
    """Return the reader of image files for a model, None if it takes no images."""
    pixels = given.get("pixels")
    if pixels is None:
        return None
    framing = Framing(**given["framing"]) if given.get("framing") else None
    return ImageReader(shape, float(pixels["white"]), framing, float(pixels["black"]))
