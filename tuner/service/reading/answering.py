"""The process that `helper` asks: it imports pandas and SciPy, reads a request a line, and answers each with a line."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from keras_search.errors import KerasSearchError, UsageError
from keras_search.tuner.console import summary
from keras_search.tuner.report import frames
from keras_search.tuner.report.comparing import compare
from keras_search.tuner.report.contents import hyperparameters
from keras_search.tuner.report.csv_text import csv_text
from keras_search.tuner.report.importance import importance
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.integrity import reading, settings_of
from keras_search.tuner.study.store import Store
from keras_search.tuner.system.plain import plain
from keras_search.tuner.system.text import storable
from keras_search.tuner.system.user_errors import one_line

POLITENESS = 10
"""How far the process stands back for a search on the same cores."""
FRAMES: dict[str, Callable[[Store], pd.DataFrame]] = {
    "trials": frames.trials,
    "history": frames.history,
    "brackets": frames.brackets,
    "comparison": frames.comparison,
    "retrains": frames.retrains,
    "timings": frames.timings,
    "predictions": frames.predictions,
    "ablation": frames.ablation,
    "importance": lambda store: _importance(store),
}


def answer(request: dict[str, Any]) -> Any:
    """Answer one request: `want` names what, `study` is the path of the study's folder.

    Raises:
        KerasSearchError: it cannot be answered.
    """
    if request["want"] == "comparison":
        return compare([StudyFolder(Path(path)) for path in request["studies"]]).as_dict()
    folder = StudyFolder(Path(request["study"]))
    if request["want"] == "summary":
        return plain(summary.full(folder))
    frame = _frame(folder, request["frame"])
    if "output" not in request:
        return _as_json(frame)
    text = csv_text(frame) if request["format"] == "csv" else json.dumps(_as_json(frame))
    Path(request["output"]).write_text(text, encoding="utf-8", newline="\n")
    return None


def main() -> None:
    """Answer requests from stdin until it is closed."""
    os.nice(POLITENESS)
    lines = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever prints does not answer
    for line in sys.stdin:
        try:
            found = {"answer": answer(json.loads(line))}
            text = json.dumps(found)
        except KerasSearchError as error:
            text = json.dumps({"error": str(error), "usage": isinstance(error, UsageError)})
        except Exception as error:  # the process that asks must hear of every failure
            text = json.dumps({"error": f"It could not be computed: {one_line(error)}", "usage": False})
        lines.write(f"{text}\n")
        lines.flush()


def _frame(folder: StudyFolder, name: str) -> pd.DataFrame:
    read = FRAMES[name]
    with reading(folder) as store:
        return read(store)


def _importance(store: Store) -> pd.DataFrame:
    trials, settings = frames.trials(store), settings_of(store)
    return importance(trials, hyperparameters(trials), settings.direction, settings.seed)


def _as_json(frame: pd.DataFrame) -> dict[str, Any]:
    """Return the columns and rows of a frame as plain values."""
    columns = [storable(str(column)) for column in frame.columns]
    return {"columns": columns, "rows": [_texts(plain(list(row))) for row in frame.itertuples(index=False, name=None)]}


def _texts(row: list[Any]) -> list[Any]:
    return [None if value is pd.NA or str(value) == "<NA>" else storable(value) if isinstance(value, str) else value
            for value in row]  # fmt: skip


if __name__ == "__main__":
    main()
