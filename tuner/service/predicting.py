"""Try the exported models of studies: each is kept open in a process of its own, until it has been idle."""

import json
import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from keras_search.errors import KerasSearchError, UsageError
from keras_search.tuner.service.problems import Conflict
from keras_search.tuner.service.reading.answers import Plain
from keras_search.tuner.service.reading.helper import Helper
from keras_search.tuner.service.reading.library import clean
from keras_search.tuner.service.reading.offers import ModelInput, Predicted
from keras_search.tuner.system.ownership import is_ours
from keras_search.tuner.system.text import storable

MODULE = "keras_search.tuner.predicting.standing_by"
IDLE_SECONDS = 300.0
SECONDS = 180.0
"""The longest that a prediction may take, with the start of its process, which may import TensorFlow."""
MOST = 2
"""Models that are kept open."""
IMAGES = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "image/bmp": ".bmp",
    "image/tiff": ".tiff",
}
"""The endings of images by their media types."""


class Models:
    """The open models, by the export that they are from."""

    def __init__(self) -> None:
        self._open: OrderedDict[tuple[str, int], Helper] = OrderedDict()
        self._lock = threading.Lock()

    def predict(self, export: Path, content: bytes, ending: str, work: Path) -> Predicted:
        """Predict an image, or the rows of a table, with an exported model; `work` is a folder for a moment's files.

        Raises:
            UsageError: the model does not take it.
            Conflict: there is no model, or it cannot be run.
        """
        model = self._of(export)
        file = work / f"{secrets.token_hex(8)}{ending}"
        try:
            file.write_bytes(content)
            found = model.ask(files=[str(file)], seen=ending in IMAGES.values())
        except UsageError as error:
            raise UsageError(_of_what_was_given(error, file)) from None
        except KerasSearchError as error:
            raise Conflict(_of_what_was_given(error, file)) from None
        finally:
            file.unlink(missing_ok=True)
        return Predicted(**clean(found))

    def close(self) -> None:
        """End all processes."""
        with self._lock:
            while self._open:
                self._open.popitem()[1].close()

    def _of(self, export: Path) -> Helper:
        """Return the process of an export's model; an export that was replaced has another."""
        described = check_exported(export)
        key = str(export), described.stat().st_mtime_ns
        with self._lock:
            helper = self._open.setdefault(key, Helper(MODULE, str(export), seconds=SECONDS, idle=IDLE_SECONDS))
            self._open.move_to_end(key)
            while len(self._open) > MOST:
                self._open.popitem(last=False)[1].close()
        return helper


def _of_what_was_given(error: KerasSearchError, file: Path) -> str:
    """Return the text of an error without the file, which nobody knows of."""
    return str(error).replace(str(file), "what was given").replace(file.name, "what was given")


def check_exported(export: Path) -> Path:
    """Return the description of an exported model.

    Raises:
        Conflict: there is none.
    """
    described = export / "model.json"
    if export.is_symlink() or not is_ours(export, "export", export.name) or not described.is_file():
        raise Conflict(f"{export.name} has no exported model: export it first.")
    return described


def rows_content(rows: Sequence[Mapping[str, Plain]]) -> bytes:
    """Return the rows of a table as the content of a `.jsonl` file."""
    return "".join(json.dumps({storable(k): clean(v) for k, v in row.items()}) + "\n" for row in rows).encode()


def model_input(export: Path) -> ModelInput:
    """Return what an exported model takes, as its description says.

    Raises:
        Conflict: there is no model, or its description makes no sense.
    """
    try:
        described = clean(json.loads(check_exported(export).read_text(encoding="utf-8")))
        given = described["input"]
        if given["kind"] == "table":
            return ModelInput(takes="row", shape=(), columns=_columns(given), problem="")
        if given["kind"] == "array" and given.get("pixels"):
            return ModelInput(takes="image", shape=given["shape"], columns=(), problem="")
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise Conflict(f"The description of {export.name}'s model makes no sense: export it again.") from error
    problem = "The model takes neither images nor the rows of a table: run it from Python, as its card shows."
    return ModelInput(takes="other", shape=(), columns=(), problem=problem)


def _columns(given: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    """List the columns of a table that a model takes: numbers with their mean, dates, texts with their categories."""
    dates = {each["column"]: each for each in given.get("readings", []) if each.get("kind") == "date"}
    turns = [(name, part) for name, each in dates.items() for part in each["parts"]]
    made = {f"{name} ({part}, {wave})" for name, part in turns for wave in ("sine", "cosine")}
    numbers = (
        {"name": each["name"], "kind": "date", "layout": dates[each["name"]]["layout"]}
        if each["name"] in dates
        else {**each, "kind": "number"}
        for each in given["numbers"]
        if each["name"] not in made
    )
    texts = ({**each, "kind": "text"} for each in given.get("texts", []))
    return (*numbers, *texts)
