"""A process that keeps one exported model open: it reads a request a line, and answers each with a line.

A request is `{"files": [PATH, ...], "seen": true}`; `seen` asks for the first image as the model saw it.
"""

import base64
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from keras_search.errors import KerasSearchError, UsageError
from keras_search.tuner.predicting.contact_sheet import seen_levels
from keras_search.tuner.predicting.images import image_model
from keras_search.tuner.predicting.model_file import ModelFile, open_model
from keras_search.tuner.predicting.predict import predict_with
from keras_search.tuner.predicting.prediction import as_dict
from keras_search.tuner.system.plain import plain
from keras_search.tuner.system.user_errors import one_line

SHOWN = 224
"""Pixels to which a small image is enlarged, by whole numbers."""


def answer(model: ModelFile, request: dict[str, Any]) -> dict[str, Any]:
    """Predict the files of a request.

    Raises:
        KerasSearchError: it cannot be done.
    """
    files = [Path(path) for path in request["files"]]
    found = predict_with(model, files)
    predictions = [as_dict(each) for each in found.predictions]
    for each in predictions:
        del each["file"]
    seen = seen_image(model, files[0]) if request.get("seen") else None
    return {"predictions": predictions, "notes": _named(found.notes, files), "unusable": found.unusable, "seen": seen}


def seen_image(model: ModelFile, file: Path) -> str:
    """Return an image as the model sees it, as a data URI."""
    levels = np.asarray(seen_levels(image_model(model).reader, file) * 255).round().astype(np.uint8)
    picture = Image.fromarray(levels)
    factor = max(1, SHOWN // max(picture.size))
    picture = picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)
    content = io.BytesIO()
    picture.save(content, format="PNG")
    return f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode('ascii')}"


def main() -> None:
    """Answer requests from stdin until it is closed; the model is the argument."""
    lines = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever prints does not answer
    model: ModelFile | None = None
    for line in sys.stdin:
        try:
            model = model or open_model(Path(sys.argv[1]))
            text = json.dumps({"answer": plain(answer(model, json.loads(line)))})
        except KerasSearchError as error:
            text = json.dumps({"error": str(error), "usage": isinstance(error, UsageError)})
        except Exception as error:  # the process that asks must hear of every failure
            text = json.dumps({"error": f"It could not be predicted: {one_line(error)}", "usage": False})
        lines.write(f"{text}\n")
        lines.flush()


def _named(notes: tuple[str, ...], files: list[Path]) -> list[str]:
    """Return notes without the places of files that were written for the request."""
    for file in files:
        notes = tuple(note.replace(str(file), "what was given") for note in notes)
    return list(notes)


if __name__ == "__main__":
    main()
