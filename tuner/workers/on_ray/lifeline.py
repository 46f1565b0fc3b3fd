"""Notice in time that this machine has lost the cluster: Ray would end the process without a word a while later."""

import socket
import time

import ray

from keras_search.errors import KerasSearchError

CONNECT_SECONDS = 1.0
HEAD_SECONDS = 20.0
"""How long a head may be away, as when it starts again; after 60 seconds Ray ends the process."""
_GO_ON = "Start it again and continue with keras-search resume. All committed work is safe."


class Lifeline:
    """The addresses of Ray's process on this machine and of the cluster's head."""

    def __init__(self, here: tuple[str, int], head: tuple[str, int]) -> None:
        self._here, self._head = here, head
        self._head_seen = time.monotonic()

    def check(self) -> None:
        """Make sure that both are there.

        Raises:
            KerasSearchError: one is not.
        """
        if not _listens(self._here, gone=ConnectionRefusedError):
            raise KerasSearchError(f"Ray has ended on this machine, and the search with it. {_GO_ON}")
        if _listens(self._head, gone=OSError):
            self._head_seen = time.monotonic()
        elif time.monotonic() - self._head_seen > HEAD_SECONDS:
            address = ":".join(map(str, self._head))
            raise KerasSearchError(f"The cluster's head at {address} is gone, and the search with it. {_GO_ON}")


def lifeline() -> Lifeline | None:
    """Return what this process hangs on, None if Ray does not say."""
    context = ray.get_runtime_context()
    own = [node for node in ray.nodes() if node["NodeID"] == context.get_node_id()]
    host, _, port = context.gcs_address.rpartition(":")
    if not own or not port.isdigit():
        return None
    return Lifeline((own[0]["NodeManagerAddress"], own[0]["NodeManagerPort"]), (host.strip("[]"), int(port)))


def _listens(address: tuple[str, int], gone: type[OSError]) -> bool:
    """Return whether a server listens; an error that is not of the kind `gone` says nothing about it."""
    try:
        socket.create_connection(address, CONNECT_SECONDS).close()
    except gone:
        return False
    except OSError:
        return True
    return True
