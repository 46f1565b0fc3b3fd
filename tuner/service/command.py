"""The arguments of `keras-search serve`, checked."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from keras_search.errors import UsageError
from keras_search.tuner.service.context import Address, Limits, Places
from keras_search.tuner.service.serving import Certificate

_UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_ROOT = re.compile(r"(/[A-Za-z0-9._~-]+)*")


def make_places(studies: Path, reports: Path, exports: Path, data: Path, models: Path) -> Places:
    """Return the places as absolute paths."""
    folders = (studies, reports, exports, data, models)
    return Places(Path.cwd(), *(Path(os.path.normpath(folder.absolute())) for folder in folders))


def make_limits(jobs: int, workers: str, max_upload: str) -> Limits:
    """Check the limits.

    Raises:
        UsageError: one is malformed.
    """
    if workers != "auto" and not (workers.isdigit() and int(workers) >= 1):
        raise UsageError(f"--workers must be auto or a number of at least 1, received {workers!r}.")
    return Limits(jobs, workers, parse_size(max_upload))


def make_address(
    host: str, port: int, root_path: str, hosts: Sequence[str], behind_proxy: bool, tls: bool = False
) -> Address:
    """Check the address.

    Raises:
        UsageError: the root path is malformed.
    """
    root = root_path.rstrip("/")
    if not _ROOT.fullmatch(root):
        raise UsageError(f"--root-path must be / or a path such as /search, received {root_path!r}.")
    return Address(host, port, tls, root, hosts=tuple(hosts), behind_proxy=behind_proxy)


def certified(certificate: Path | None, key: Path | None) -> Certificate | None:
    """Return the files of TLS, None without TLS.

    Raises:
        UsageError: only one of the two was given, or one does not exist.
    """
    if (certificate is None) != (key is None):
        raise UsageError("--tls-cert and --tls-key go together: expected both or neither.")
    if certificate is None or key is None:
        return None
    for option, file in (("--tls-cert", certificate), ("--tls-key", key)):
        if not file.is_file():
            raise UsageError(f"{option} {file} is not a file: expected one in PEM.")
    return Certificate(certificate, key)


def parse_size(text: str) -> int:
    """Return a size in bytes.

    >>> parse_size("2GB"), parse_size("1.5 MB"), parse_size("500")
    (2000000000, 1500000, 500)

    Raises:
        UsageError: it is none.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?B)?", text.strip().upper())
    size = int(float(found[1]) * _UNITS[found[2] or "B"]) if found else 0
    if size < 1:
        raise UsageError(f"--max-upload must be a size such as 500MB or 2GB, received {text!r}.")
    return size
