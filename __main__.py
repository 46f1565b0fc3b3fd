"""The command `keras-search`, also as `python -m keras_search`: first of all, workers begin with their imports."""

import os
import sys
from contextlib import suppress

from keras_search.errors import UsageError
from keras_search.tuner.system import processes

TRAINS = ("start", "resume")
"""The commands that train: the imports of their workers take longer than their own."""


def main() -> None:
    """Run the command line; a command that trains begins with the imports of its workers, before its own."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if sys.argv[1:2] and sys.argv[1] in TRAINS and "--help" not in sys.argv:
        with suppress(OSError, UsageError):  # the command itself says what is wrong
            processes.warm_up(kernels="--no-kernels" not in sys.argv)
    from keras_search import cli
    from keras_search.tuner.console import exit_codes

    try:
        cli.main()
    except SystemExit as end:
        exit_codes.leave(end)


if __name__ == "__main__":
    main()
