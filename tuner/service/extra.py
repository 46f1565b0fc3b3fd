"""Whether the packages of the extra `service` are installed."""

from importlib.util import find_spec

from keras_search.errors import KerasSearchError

PACKAGES = ("fastapi", "uvicorn", "python_multipart", "httpx", "plotly", "sse_starlette")


def check_installed() -> None:
    """Make sure that the service can run.

    Raises:
        KerasSearchError: a package is missing.
    """
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        raise KerasSearchError(
            f"keras-search serve needs {', '.join(missing)}, not installed here: pip install 'keras-search[service]'"
        )
