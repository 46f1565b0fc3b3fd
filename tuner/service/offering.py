"""What a search can be started with: data, hypermodels, settings; and on what machine."""

import ast
import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Literal

from keras_search.models import HYPERMODELS
from keras_search.tuner.data.pixels import ENDINGS
from keras_search.tuner.data.tablenames import TABLE_ENDINGS, ending_of
from keras_search.tuner.service.context import Places
from keras_search.tuner.service.reading.offers import DataChoice, DataChoices, HypermodelChoice, Machine, SettingForm
from keras_search.tuner.service.uploads.folder import all_kept
from keras_search.tuner.study.fields import DATASETS, SETTINGS
from keras_search.tuner.study.setting import Setting
from keras_search.tuner.system.text import storable

MOST_FILES = 500
MOST_DEPTH = 5
LONGEST_FILE = 1_000_000
"""Bytes of a Python file that is looked into."""
LIMITS = ("ge", "gt", "le", "lt")
DOING = "Return the build function that "
"""How the help of each built-in hypermodel begins."""


def data_choices(places: Places) -> DataChoices:
    """List the data that come with keras-search, those below the folder of data, and the uploads."""
    built_in = [DataChoice(dataset=name, path="", origin="built in", kind="arrays", size=None) for name in DATASETS]
    uploads = [
        DataChoice(dataset=str(each.data), path=each.name, origin="upload", kind=each.kind, size=each.size)
        for each in all_kept(places.uploads)
    ]
    found: list[DataChoice] = []
    truncated = False
    for path, kind in _data_below(places.data, places.own):
        if len(found) == MOST_FILES:
            truncated = True
            break
        inside = path.relative_to(places.data).as_posix()
        found.append(DataChoice(dataset=_from_home(path, places), path=inside, origin="data", kind=kind,
                                size=path.stat().st_size if path.is_file() else None))  # fmt: skip
    return DataChoices(items=(*built_in, *found, *uploads), truncated=truncated)


def hypermodel_choices(places: Places) -> tuple[HypermodelChoice, ...]:
    """List the built-in hypermodels, and the functions and classes in the folder of models that look like one.

    The files are parsed and never run.
    """
    built_in = [
        HypermodelChoice(hypermodel=name, origin="built in", help=_built_in_help(build))
        for name, build in HYPERMODELS.items()
    ]
    found: list[HypermodelChoice] = []
    for path in _files_below(places.models, places.own):
        if path.suffix == ".py" and len(found) < MOST_FILES:
            for name, text in _hypermodels_in(path):
                spec = f"{_from_home(path, places)}:{name}"
                found.append(HypermodelChoice(hypermodel=spec, origin="file", help=text))
    return (*built_in, *found)


def setting_forms() -> tuple[SettingForm, ...]:
    """Describe every setting for a form."""
    return tuple(map(_form, SETTINGS.values()))


def machine(places: Places) -> Machine:
    """Return what the machine has, and how busy it is."""
    from keras_search.tuner.system.versions import versions  # loads LLVM, which the start of the service does without

    memory = _memory()
    disk = shutil.disk_usage(places.studies)
    return Machine(
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        load=os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        memory=memory.get("MemTotal"),
        memory_free=memory.get("MemAvailable"),
        disk=disk.total,
        disk_free=disk.free,
        python=platform.python_version(),
        versions=dict(versions()),
        accelerators=_accelerators(),
    )


def _data_below(root: Path, own: Path) -> Iterator[tuple[Path, Literal["arrays", "table", "images"]]]:
    for path in _files_below(root, own):
        if path.is_dir():
            yield path, "images"
        elif path.suffix.lower() == ".npz":
            yield path, "arrays"
        elif ending_of(path) in TABLE_ENDINGS and path.suffix.lower() not in (".txt", ".zip"):
            yield path, "table"


def _files_below(root: Path, own: Path, depth: int = 0) -> Iterator[Path]:
    """List files, and folders of images as one, by name; no links, nothing hidden, no folder of our own."""
    with suppress(OSError):
        for path in sorted(root.iterdir()):
            if path.name.startswith(".") or path.is_symlink() or path == own or storable(path.name) != path.name:
                continue
            if path.is_file():
                yield path
            elif path.is_dir() and not _is_ours(path) and depth < MOST_DEPTH:
                if _holds_classes(path):
                    yield path
                else:
                    yield from _files_below(path, own, depth + 1)


def _is_ours(folder: Path) -> bool:
    return (folder / ".keras-search.json").exists() or (folder / "pyvenv.cfg").exists()


def _holds_classes(folder: Path) -> bool:
    """Return whether two or more of a folder's subfolders hold an image, or its `train` does so."""
    inside = [place for place in folder.iterdir() if place.is_dir() and not place.name.startswith(".")]
    train = next((place for place in inside if place.name == "train"), None)
    if train is not None:
        return sum(_holds_image(place) for place in train.iterdir() if place.is_dir()) > 1
    return sum(_holds_image(place) for place in inside[:MOST_FILES]) > 1


def _holds_image(folder: Path) -> bool:
    with suppress(OSError), os.scandir(folder) as entries:
        return any(Path(entry.name).suffix.lower() in ENDINGS for entry, _ in zip(entries, range(50), strict=False))
    return False


def _hypermodels_in(path: Path) -> Iterator[tuple[str, str]]:
    """List the functions of `hp` and the hypermodel classes of a Python file, each with its first line of help."""
    try:
        if path.stat().st_size > LONGEST_FILE:
            return
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in tree.body:
        if (isinstance(node, ast.FunctionDef) and _takes_hp(node)) or (
            isinstance(node, ast.ClassDef) and _is_hypermodel(node)
        ):
            yield node.name, storable((ast.get_docstring(node) or "").partition("\n")[0][:200])


def _built_in_help(build: Any) -> str:
    line = (build.__doc__ or "").partition("\n")[0].removeprefix(DOING)
    return line[:1].upper() + line[1:]


def _takes_hp(node: ast.FunctionDef) -> bool:
    arguments = [*node.args.posonlyargs, *node.args.args]
    return not node.name.startswith("_") and bool(arguments) and arguments[0].arg in ("hp", "hyperparameters")


def _is_hypermodel(node: ast.ClassDef) -> bool:
    names = (base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "") for base in node.bases)
    return not node.name.startswith("_") and any(name.endswith("HyperModel") for name in names)


def _from_home(path: Path, places: Places) -> str:
    """Return a path as a command in the service's working directory would name it."""
    return path.relative_to(places.home).as_posix() if places.home in path.parents else str(path)


def _form(each: Setting) -> SettingForm:
    kind: Literal["text", "whole", "number", "flag", "choice", "list"] = "text"
    if each.choices:
        kind = "choice"
    elif each.kind in (bool, int, float, tuple):
        kinds: dict[Any, Any] = {bool: "flag", int: "whole", float: "number", tuple: "list"}
        kind = kinds[each.kind]
    default = None if each.info.is_required() else each.info.get_default()
    example = each.example
    limits = [(name, limit) for limit in each.info.metadata for name in LIMITS if hasattr(limit, name)]
    return SettingForm(
        name=each.name,
        title=each.name.replace("_", " ").capitalize(),
        help=each.text,
        group=each.group,
        option=each.option,
        type=kind,
        default=list(default) if isinstance(default, tuple) else default,
        default_text=each.default,
        choices=each.choices,
        known=each.known,
        example=next(iter(example), None) if isinstance(example, list) else example,
        limits={name: float(getattr(limit, name)) for name, limit in limits},
        by_tuner=each.by_tuner,
        resumable=each.resumable,
    )


def _memory() -> dict[str, int]:
    """Return the amounts of memory that Linux tells, in bytes."""
    with suppress(OSError, ValueError):
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return {line.partition(":")[0]: int(line.split()[1]) * 1024 for line in lines if line.endswith("kB")}
    return {}


@cache
def _accelerators() -> tuple[str, ...]:
    """Return the names of the GPUs, asked for once."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return ()
    with suppress(OSError, subprocess.SubprocessError):
        command = [program, "--query-gpu=name", "--format=csv,noheader"]
        told = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout
        return tuple(line.strip() for line in told.splitlines() if line.strip())
    return ()
