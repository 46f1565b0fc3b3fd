"""An error in the user's own code as the user sees it: its first line, and the frames of their own files."""

import os
import re
import sys
import traceback
from pathlib import Path

from keras_search.tuner.system.text import visible

OWN_PLACES = tuple(Path(__file__).resolve().parents[2] / name for name in ("tuner", "models", "cli.py"))

_GRAPH_ERROR = "Graph execution error:"
_PLACE = re.compile(r"\{\{function_node [^}]*\}\}\s*|\s*\[Op:[^]]*\]")
"""Where in TensorFlow's graph an error arose, with a number that depends on what the process did before."""


def one_line(error: BaseException) -> str:
    """Return the type and the first line of an error; of one in TensorFlow's graph, the line that says the cause."""
    lines = [stripped for line in str(error).splitlines() if (stripped := _PLACE.sub("", line).strip())]
    if lines and lines[0] == _GRAPH_ERROR:
        ends = [number for number, line in enumerate(lines) if line.startswith("[[{{node")]
        lines = lines[ends[0] - 1 if ends else -1 :]
    return visible(f"{type(error).__name__}: {lines[0] if lines else 'no message'}", lines=False)


def user_frames(error: BaseException) -> str:
    """Format the traceback of `error` with the frames of the user's own files only; empty if there are none."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_users(frame.filename)]
    return "".join(traceback.format_list(frames))


def _is_users(filename: str) -> bool:
    path = Path(filename).resolve()
    libraries = (
        *OWN_PLACES,
        *(Path(place).resolve() for place in sys.path if "site-packages" in place),
        Path(os.__file__).parent,
    )
    return path.is_file() and not any(path.is_relative_to(place) for place in libraries)
