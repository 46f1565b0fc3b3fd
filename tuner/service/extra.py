"""Whether the service can run here: the packages of the extra `service`, and a system with process groups."""

import os
from importlib.util import find_spec

from keras_search.errors import KerasSearchError

PACKAGES = ("fastapi", "uvicorn", "python_multipart", "httpx", "plotly", "sse_starlette")


def check_installed() -> None:
    """Make sure that the service can run.

    Raises:
        KerasSearchError: a package is missing, or this is Windows.
    """
    if os.name != "posix":
        raise KerasSearchError("keras-search serve needs Linux or macOS: on Windows, run it in WSL.")
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        raise KerasSearchError(
            f"keras-search serve needs {', '.join(missing)}, not installed here: pip install 'keras-search[service]'"
        )
