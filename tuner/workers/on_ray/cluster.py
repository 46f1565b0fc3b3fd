"""Connect to a Ray cluster, or start Ray on this machine, and see what room it has for workers."""

import logging
import os
import platform
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ray

from keras_search.errors import KerasSearchError, UsageError
from keras_search.tuner.system.quiet import silent_stderr
from keras_search.tuner.workers.on_ray.ray_private import keep_quiet

CLIENT = "ray://"
LOCAL = "local"
REACH_SECONDS = 10.0
GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))
"""What a client of HTTP/2, which gRPC uses, sends first: the preface and empty settings (RFC 9113, section 3.4)."""
SETTINGS = 4
"""The type of the frame that such a server sends first, in the fourth byte."""
IN_ENVIRONMENT = "RAY_ADDRESS"
"""The variable by which Ray's own tools, such as `ray job submit`, name the cluster."""


@dataclass(frozen=True)
class Node:
    """What a node has in all: cores and GPUs."""

    cores: float
    gpus: float


@dataclass(frozen=True)
class Demand:
    """What one worker takes of a node: cores, and a share of a GPU."""

    cores: int
    gpus: float = 0.0

    def fit(self, node: Node) -> int:
        """Return how many workers fit on an empty node."""
        by_cores = int(node.cores // self.cores)
        if not self.gpus:
            return by_cores
        per_gpu = int(1 // self.gpus) if self.gpus < 1 else 1
        return min(by_cores, int(node.gpus) * per_gpu)


def connect(address: str | None, cores: int) -> bool:
    """Connect to the cluster at `address`, or the environment's; else start Ray on this machine with so many `cores`.

    Return whether that was done here: a process that is connected already, as a notebook may be, stays so.

    Raises:
        UsageError: it is an address of Ray Client.
        KerasSearchError: there is no cluster, or another version of Ray or Python.
    """
    if ray.is_initialized():
        return False
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    wanted = address or os.environ.get(IN_ENVIRONMENT) or LOCAL
    if wanted.startswith(CLIENT):
        raise UsageError(
            f"--ray-address must be auto or HOST:PORT on a machine of the cluster, received {wanted!r}, which is Ray "
            "Client's: run keras-search on a node of the cluster, such as with: ray job submit -- keras-search start"
        )
    _reach(wanted)
    if wanted != LOCAL:  # where Ray starts, its own processes would log no more either
        os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # what is below is printed to our standard error too
    here: dict[str, Any] = {"num_cpus": cores, "include_dashboard": False} if wanted == LOCAL else {}
    try:
        with silent_stderr():
            ray.init(address=wanted, log_to_driver=False, configure_logging=False, logging_level=logging.ERROR, **here)
    except Exception as error:
        raise _refused(wanted, error) from None
    keep_quiet()
    return True


def _reach(address: str) -> None:
    """Make sure that a server of Ray's kind listens at HOST:PORT, because Ray would try for minutes.

    Raises:
        KerasSearchError: nothing does, or something else, such as Ray's dashboard.
    """
    host, _, port = address.rpartition(":")
    if not (host and port.isdigit()):
        return
    try:
        with socket.create_connection((host.strip("[]"), int(port)), REACH_SECONDS) as connection:
            encrypted = os.environ.get("RAY_USE_TLS", "0") != "0"
            serves = encrypted or _speaks_grpc(connection)
    except (OSError, OverflowError) as error:
        raise _refused(address, error) from None
    if not serves:
        raise KerasSearchError(
            f"What answers at {address} is no Ray cluster: the address of Ray's dashboard, perhaps. `ray start --head` "
            "prints the one to give, whose port is 6379 unless another was chosen."
        )


def _speaks_grpc(connection: socket.socket) -> bool:
    """Return whether a server answers as one of HTTP/2 does."""
    answer = b""
    with suppress(ConnectionError, TimeoutError):
        connection.sendall(GREETING)
        while len(answer) <= 3 and (part := connection.recv(9)):
            answer += part
    return answer[3:4] == bytes((SETTINGS,))


def _refused(address: str, error: Exception) -> KerasSearchError:
    """Say why there is no connection."""
    reason = " ".join(str(error).split())
    if "Version mismatch" in reason:
        return KerasSearchError(
            f"The cluster at {address} has another version of Ray or Python than this machine, which has Ray "
            f"{ray.__version__} and Python {platform.python_version()}: install the same on all. {reason}"
        )
    if "authentication" in reason.lower():
        return KerasSearchError(
            f"The cluster at {address} asks for its token ({reason[:200]}). Copy ~/.ray/auth_token from its head to "
            "this machine, or set RAY_AUTH_TOKEN."
        )
    if address == LOCAL:
        folder = Path(os.environ.get("RAY_TMPDIR", os.environ.get("TMPDIR", "/tmp")), "ray")
        return KerasSearchError(
            f"Ray could not be started on this machine: {reason.rstrip('.')}. Is there room on the disk of {folder}, "
            "and is a port free? Its logs are in session_latest/logs there."
        )
    return KerasSearchError(
        f"No Ray cluster answers at {address} ({reason[:200]}). Start one with `ray start --head`, join other machines "
        "with `ray start --address=HOST:6379`, and run this on one of them; without --ray-address, Ray starts here."
    )


def disconnect() -> None:
    """Leave the cluster; Ray ends if it was started by this process."""
    with suppress(Exception), silent_stderr():
        ray.shutdown()


def nodes() -> list[Node]:
    """List the nodes that are alive."""
    each = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    return [Node(resources.get("CPU", 0.0), resources.get("GPU", 0.0)) for resources in each]


def demand_of(workers: int | None, threads: int, found: Sequence[Node]) -> Demand:
    """Return what each of so many workers takes; None: as many as there is room for.

    With GPUs in the cluster a worker takes one, or the share by which all `workers` find room.

    Raises:
        KerasSearchError: a worker needs more cores than any node has.
    """
    most = max((node.cores for node in found), default=0.0)
    if 0 < most < threads:
        raise KerasSearchError(
            f"No node has room for a worker of {threads} cores: the largest has {most:g}. Use --threads {int(most)} or "
            "fewer, or add a larger node."
        )
    gpus = sum(int(node.gpus) for node in found)
    if not gpus:
        return Demand(threads)
    if workers is None or workers <= gpus:
        return Demand(threads, 1.0)
    return Demand(threads, 1 / -(-workers // gpus))


def room(demand: Demand, found: Sequence[Node]) -> int:
    """Return how many workers fit on empty nodes."""
    return sum(demand.fit(node) for node in found)
