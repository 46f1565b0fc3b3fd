"""The Python files of a user's hypermodel, to bring them to other machines."""

from collections.abc import Iterator
from pathlib import Path

from keras_search.errors import UsageError
from keras_search.models.source import parse_source
from keras_search.tuner.workers.on_ray.parcels import Code

MOST_FILES, MOST_BYTES = 2_000, 50_000_000
_NOT_CODE = {"__pycache__", "site-packages", "node_modules", "build", "dist"}


def code_of(hypermodel: str) -> Code | None:
    """Read the file of a hypermodel with all Python files beside it and below; None if an installed package has it.

    Of a module `package.module:NAME` in the working directory, it is those of this directory.

    Raises:
        UsageError: they are too many, so that their folder can hardly be that of one program.
    """
    source = parse_source(hypermodel)
    first = source.place.split(".")[0]
    if source.is_file:
        root = source.path.parent
    elif (Path.cwd() / first).is_dir() or (Path.cwd() / f"{first}.py").is_file():
        root = Path.cwd()
    else:
        return None
    files, total = dict[str, bytes](), 0
    for path in _python_files(root):
        files[path.relative_to(root).as_posix()] = content = path.read_bytes()
        total += len(content)
        if len(files) > MOST_FILES or total > MOST_BYTES:
            raise UsageError(
                f"--engine ray brings the Python files in {root} to the workers, but there are more than "
                f"{MOST_FILES:,} of them, or {MOST_BYTES // 10**6} MB: put the hypermodel into a folder of its own."
            )
    return Code(str(root), files)


def _python_files(folder: Path) -> Iterator[Path]:
    """Find the Python files below a folder, but not those of environments and hidden folders."""
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink():
            if not (path.name.startswith(".") or path.name in _NOT_CODE or (path / "pyvenv.cfg").exists()):
                yield from _python_files(path)
        elif path.suffix == ".py" and path.is_file():
            yield path
