"""Find the code that a model's file would run, beyond the mathematics of a network, without loading it."""

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
    r".*(Read|Write|Matching)Files?.*|.*MatchingFilesDataset|.*PyFunc.*|ImmutableConst|.*Print(V2)?|.*Debug.*|Abort"
    r"|Write.*Summary|.*Summary(File|Db)?Writer.*|DumpTensor|CalibrationStatisticsSaver|.*Reader(V2)?|RecordInput"
    r"|.*TFRecord.*|.*(TextLine|FixedLengthRecord|C[Ss][Vv]|Sql|LMDB|Snapshot|SnapshotChunk|SnapshotReader|Cache|Save|Load)"
    r"Dataset.*|ListSnapshotChunks.*|Save|SaveSlices|DistributedSave|(Save|Restore)V2|Restore|RestoreSlice|DTensorRestore.*"
    r"|MergeV2Checkpoints|InitializeTableFromTextFile(V2)?|LoadAndRemapMatrix|GenerateVocabRemapping|Skipgram"
    r"|FixedUnigramCandidateSampler|(De|En)codeProto.*|FileSystemSetConfiguration|.*DataService.*|RegisterDataset.*|.*Rpc.*"
    r"|RemoteCall|_?(Send|Recv|HostSend|HostRecv)|.*RemoteFused.*|.*Distributed.*"
)
"""TensorFlow operations that access files, the network or Python, which no exported network needs."""
CODE_IN_KERAS = {"__lambda__": "code of its own (a lambda)", "TFSMLayer": "a program of TensorFlow's (a TFSMLayer)"}
"""What Keras's safe mode refuses to load, by class name."""
SAVER = re.compile(r"__inference__?traced_(save|restore).*")
"""The functions of every SavedModel that write and read its variables; no prediction calls them."""
PROGRAM = "saved_model.pb"
PROGRAM_AS_TEXT = "saved_model.pbtxt"
"""The file that TensorFlow reads if there is no `saved_model.pb`."""
LARGEST_CONFIG = 2**27
"""Bytes; no network's description is larger."""


class UntrustedModelError(KerasSearchError):
    """Raised if a model would run code without its user's permission."""


def check_trusted(format_name: str, path: Path, trust: bool) -> None:
    """Make sure that loading and running a model's file runs no code that its user does not trust.

    Raises:
        UntrustedModelError: it would.
    """
    found = "" if trust else code_in(format_name, path)
    if found:
        raise UntrustedModelError(
            f"{path} contains {found}, which this would run: if you trust who made it, add --trust."
        )


def code_in(format_name: str, path: Path) -> str:
    """Describe the code in a model's file; "" if there is none, or if it is broken, which its runtime reports."""
    match format_name:
        case "keras":
            return _code_in_keras(path)
        case "saved-model":
            return _code_in_saved_model(path)
        case "onnx" | "litert":  # they hold no Python, and no operation that touches files
            return ""
    raise ValueError(f"What code a file of the format {format_name!r} may hold is not known.")


def check_own_code(hypermodel: str, study: Path, trust: bool) -> None:
    """Make sure that the code that rebuilds a model is trusted by the user, and not part of the study.

    Raises:
        UntrustedModelError: it is not.
    """
    source = parse_source(hypermodel)
    place = source.path if source.is_file else Path.cwd()
    if place.resolve().is_relative_to(study.resolve()):
        raise UntrustedModelError(
            f"The measured model needs code of its own, and {hypermodel} is in the study's folder, from which "
            "nothing is run: put your own copy of it elsewhere and start the study from that."
        )
    if not trust:
        raise UntrustedModelError(
            f"The measured model needs code of its own, and rebuilding it would run {hypermodel}: "
            "if you trust that code, add --trust."
        )


def _code_in_keras(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo("config.json").file_size > LARGEST_CONFIG:
                return f"a configuration of more than {LARGEST_CONFIG >> 20} MiB"
            config = json.loads(archive.read("config.json"))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, NotImplementedError, RuntimeError):
        return ""
    names = set(named_in(config, "class_name"))
    return next((code for name, code in CODE_IN_KERAS.items() if name in names), "")


def named_in(config: Any, key: str) -> Iterator[str]:
    """Yield what a model's configuration has under `key`, such as `class_name`, at any depth; without recursion."""
    left = [config]
    while left:
        entry = left.pop()
        if isinstance(entry, dict):
            if entry.get(key):
                yield str(entry[key])
            left.extend(entry.values())
        elif isinstance(entry, list):
            left.extend(entry)


def _code_in_saved_model(path: Path) -> str:
    with quiet():
        from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    if not (path / PROGRAM).exists():
        return f"a program as text ({PROGRAM_AS_TEXT})" if (path / PROGRAM_AS_TEXT).exists() else ""
    model = SavedModel()
    try:
        model.ParseFromString((path / PROGRAM).read_bytes())
    except Exception as error:
        return f"what cannot be read ({one_line(error)})" if (path / PROGRAM).is_file() else ""
    found = sorted({name for name in _operations(model) if FILE_OPERATIONS.fullmatch(name)})
    return f"operations on files or Python ({', '.join(found)})" if found else ""


def _operations(model: Any) -> Iterator[str]:
    for graph in model.meta_graphs:
        savers = _savers(graph)
        yield from (node.op for node in graph.graph_def.node)
        for function in graph.graph_def.library.function:
            if function.signature.name not in savers:
                yield from (node.op for node in function.node_def)


def _savers(graph: Any) -> set[str]:
    """List the functions that only write and read variables: those with such names that no other function can call.

    A loaded model runs its objects' functions, and these the ones that they name; without objects, the graph is run.
    """
    functions = {function.signature.name: function for function in graph.graph_def.library.function}
    named = {name for name in functions if SAVER.fullmatch(name)}
    others = [function.SerializeToString() for name, function in functions.items() if name not in named]
    others += [gradient.SerializeToString() for gradient in graph.graph_def.library.gradient]
    others += [(graph if not graph.object_graph_def.nodes else graph.object_graph_def).SerializeToString()]
    return {name for name in named if not any(name.encode() in content for content in others)}
