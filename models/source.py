"""The place of a user's own hypermodel, `FILE.py:NAME` or `package.module:NAME`, and its check without running it."""

import ast
import hashlib
from dataclasses import dataclass
from pathlib import Path

from keras_search.errors import UsageError, did_you_mean
from keras_search.models import HYPERMODEL_NAMES


@dataclass(frozen=True)
class CodeReference:
    """The two halves of `place:name`; `place` is the path of a file or a dotted module."""

    place: str
    name: str

    @property
    def is_file(self) -> bool:
        """True if `place` is the path of a file."""
        return self.place.endswith(".py")

    @property
    def path(self) -> Path:
        """The file, without `~` and relative parts."""
        return Path(self.place).expanduser().resolve()

    def __str__(self) -> str:
        return f"{self.place}:{self.name}"


def parse_source(spec: str) -> CodeReference:
    """Split `place:name`.

    Raises:
        UsageError: `spec` is neither a built-in hypermodel nor of that form.
    """
    place, colon, name = spec.rpartition(":")
    if not colon and spec.endswith(".py"):
        raise UsageError(f"--hypermodel {spec} names no function: add one as {spec}:FUNCTION. {_offer(Path(spec))}")
    if not place or not name.isidentifier():
        known = ", ".join(HYPERMODEL_NAMES)
        raise UsageError(
            f"--hypermodel must be one of {known}, or FILE.py:FUNCTION or package.module:CLASS, received {spec!r}."
            + did_you_mean(spec, HYPERMODEL_NAMES)
        )
    return CodeReference(place, name)


def check_source(spec: str) -> str:
    """Return a built-in name, or that of a user's own hypermodel after reading its file without running it.

    Raises:
        UsageError: the file does not exist, is not Python, or does not define the name.
    """
    if spec in HYPERMODEL_NAMES:
        return spec
    source = parse_source(spec)
    if source.is_file:
        tree = _read(source)
        names = _defined(tree)
        if names is not None and source.name not in names:
            raise UsageError(missing_message(source, _makers(tree)))
    return spec


def locate(spec: str, before: str | None) -> str:
    """Return the place to load the hypermodel from: the place as given, else where it was at the start.

    `before` is the resolved spec that the study stores, so that it can be resumed from another folder.
    """
    if spec in HYPERMODEL_NAMES:
        return spec
    source = parse_source(spec)
    return before if before and source.is_file and not source.path.is_file() else resolved(spec)


def resolved(spec: str) -> str:
    """Return a spec with the absolute path of its file; others unchanged."""
    if spec in HYPERMODEL_NAMES:
        return spec
    source = parse_source(spec)
    return f"{source.path}:{source.name}" if source.is_file else spec


def content_digest(files: list[Path]) -> str:
    """Hash the names and bytes of files (SHA-256, hex), in order of their names."""
    content = hashlib.sha256()
    for path in sorted(files):
        content.update(f"{path.name} {path.stat().st_size} ".encode())
        content.update(path.read_bytes())
    return content.hexdigest()


def missing_message(source: CodeReference, found: list[str]) -> str:
    """Return the message for a name that does not exist, with those that do."""
    there = f"It defines {', '.join(found)}." if found else "It defines no function and no class."
    return f"{source.place} has no {source.name!r}.{did_you_mean(source.name, found)} {there}"


def _read(source: CodeReference) -> ast.Module:
    try:
        return ast.parse(source.path.read_bytes(), filename=source.place)
    except SyntaxError as error:
        raise UsageError(f"{source.place}, line {error.lineno}: {error.msg}. Correct it and start again.") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"--hypermodel {source.place} could not be read: {reason}.") from None


def _defined(tree: ast.Module) -> set[str] | None:
    """List the names that the top level of a file defines; None if that cannot be known without running it."""
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(names=aliases) if any(alias.name == "*" for alias in aliases):
                return None
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names |= {alias.asname or alias.name for alias in aliases}
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
    return names


def _makers(tree: ast.Module) -> list[str]:
    """List the public functions and classes of a file."""
    makers = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    return [name for name in makers if not name.startswith("_")]


def _offer(path: Path) -> str:
    """List what a file defines, if it can be read."""
    found = _makers(_read(CodeReference(str(path), "")))
    return f"It defines: {', '.join(found)}." if found else ""
