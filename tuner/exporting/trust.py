"""Find what a model's file would run, beyond the mathematics of a network, without loading it."""

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from keras_search.errors import KerasSearchError
from keras_search.models.source import parse_source
from keras_search.tuner.exporting.quiet import quiet
from keras_search.tuner.exporting.runtime import one_line

FILE_OPERATIONS = re.compile(
    r"(Read|Write|Matching)Files?|.*PyFunc.*|ImmutableConst|Save|SaveSlices|Print(V2)?|Debug.*|Write.*Summary"
    r"|.*SummaryWriter.*|.*Reader(V2)?|.*(TFRecord|TextLine|FixedLengthRecord|Csv|Sql|Snapshot|Cache|Save|Load)Dataset.*"
    r"|(Save|Restore)V2|MergeV2Checkpoints|InitializeTableFromTextFile(V2)?|LoadAndRemapMatrix|GenerateVocabRemapping|FileSystemSetConfiguration"
    r"|DataService.*|.*Rpc.*"
)
"""Operations of TensorFlow that touch files, the network or Python, which no exported network needs."""
CODE_IN_KERAS = {"__lambda__": "code of its own (a lambda)", "TFSMLayer": "a program of TensorFlow's (a TFSMLayer)"}
"""What Keras' safe mode refuses to load, by the name of its class."""
SAVER = re.compile(r"__inference__?traced_(save|restore).*")
"""The functions in which every SavedModel keeps how its variables are written and read."""


class UntrustedModelError(KerasSearchError):
    """Say that a model would run code, which it may only if its user says so."""


def check_trusted(format_name: str, path: Path, trust: bool) -> None:
    """Make sure that loading and running a model's file runs no code that its user does not trust.

    Raises:
        UntrustedModelError: it would.
    """
    found = "" if trust else code_in(format_name, path)
    if found:
        raise UntrustedModelError(f"{path} holds {found}, which this would run: if you trust who made it, add --trust.")


def code_in(format_name: str, path: Path) -> str:
    """Say what code a model's file holds; "" where it holds none, or is broken, which its runtime tells."""
    match format_name:
        case "keras":
            return _code_in_keras(path)
        case "saved-model":
            return _code_in_saved_model(path)
    return ""


def check_own_code(hypermodel: str, study: Path, trust: bool) -> None:
    """Make sure that the code which builds a model again is its user's to run, and no part of the study.

    Raises:
        UntrustedModelError: it is not.
    """
    source = parse_source(hypermodel)
    place = source.path if source.is_file else Path.cwd()
    if place.resolve().is_relative_to(study.resolve()):
        raise UntrustedModelError(
            f"The measured model needs code of its own, and {hypermodel} lies in the study's folder, from which "
            "nothing is run: put your own copy of it elsewhere and start the study from that."
        )
    if not trust:
        raise UntrustedModelError(
            f"The measured model needs code of its own, and building it again would run {hypermodel}: "
            "if you trust that code, add --trust."
        )


def _code_in_keras(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            config = json.loads(archive.read("config.json"))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, NotImplementedError, RuntimeError):
        return ""
    names = set(_classes(config))
    return next((code for name, code in CODE_IN_KERAS.items() if name in names), "")


def _classes(config: Any) -> Iterator[str]:
    """Give the name of each class in the configuration of a model; deep ones without recursion."""
    left = [config]
    while left:
        entry = left.pop()
        if isinstance(entry, dict):
            yield str(entry.get("class_name"))
            left.extend(entry.values())
        elif isinstance(entry, list):
            left.extend(entry)


def _code_in_saved_model(path: Path) -> str:
    with quiet():
        from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    model = SavedModel()
    try:
        model.ParseFromString((path / "saved_model.pb").read_bytes())
    except Exception as error:
        return f"what cannot be read ({one_line(error)})" if (path / "saved_model.pb").is_file() else ""
    found = sorted({name for name in _operations(model) if FILE_OPERATIONS.fullmatch(name)})
    return f"operations on files or Python ({', '.join(found)})" if found else ""


def _operations(model: Any) -> Iterator[str]:
    for graph in model.meta_graphs:
        yield from (node.op for node in graph.graph_def.node)
        for function in graph.graph_def.library.function:
            if not SAVER.fullmatch(function.signature.name):
                yield from (node.op for node in function.node_def)
