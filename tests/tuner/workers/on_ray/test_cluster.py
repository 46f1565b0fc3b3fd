"""The room that a cluster has for workers, and what is said where there is none."""

import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from keras_search.errors import KerasSearchError, UsageError
from keras_search.tuner.workers.on_ray import cluster
from keras_search.tuner.workers.on_ray.cluster import Demand, Node, demand_of, room

LAPTOPS = [Node(8, 0), Node(4, 0), Node(0, 0)]
GPUS = [Node(16, 4), Node(8, 0)]


@pytest.mark.parametrize(
    ("workers", "threads", "nodes", "demand", "rooms"),
    [
        (None, 1, LAPTOPS, Demand(1), 12),
        (None, 3, LAPTOPS, Demand(3), 3),
        (40, 1, LAPTOPS, Demand(1), 12),
        (None, 2, GPUS, Demand(2, 1.0), 4),
        (4, 1, GPUS, Demand(1, 1.0), 4),
        (6, 1, GPUS, Demand(1, 0.5), 8),
        (12, 1, GPUS, Demand(1, 1 / 3), 12),
        (None, 1, [], Demand(1), 0),
    ],
)
def test_workers_take_cores_and_shares_of_gpus(
    workers: int | None, threads: int, nodes: list[Node], demand: Demand, rooms: int
) -> None:
    assert demand_of(workers, threads, nodes) == demand
    assert room(demand, nodes) == rooms


def test_a_worker_larger_than_every_node_is_refused() -> None:
    with pytest.raises(KerasSearchError) as caught:
        demand_of(None, 16, LAPTOPS)
    assert str(caught.value) == (
        "No node has room for a worker of 16 cores: the largest has 8. Use --threads 8 or fewer, or add a larger node."
    )


def test_no_cluster_at_an_address_is_one_line_with_what_to_do() -> None:
    with pytest.raises(KerasSearchError) as caught:
        cluster.connect("127.0.0.1:1", 1)
    assert str(caught.value) == (
        "No Ray cluster answers at 127.0.0.1:1 ([Errno 111] Connection refused). Start one with `ray start --head`, "
        "join other machines with `ray start --address=HOST:6379`, and run this on one of them; without --ray-address, "
        "Ray starts here."
    )


def test_the_address_of_a_dashboard_is_told_apart_from_that_of_a_cluster() -> None:
    """Ray itself would try to connect for minutes."""
    with ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            with pytest.raises(KerasSearchError) as caught:
                cluster.connect(f"127.0.0.1:{server.server_port}", 1)
        finally:
            server.shutdown()
    assert str(caught.value) == (
        f"What answers at 127.0.0.1:{server.server_port} is no Ray cluster: the address of Ray's dashboard, perhaps. "
        "`ray start --head` prints the one to give, whose port is 6379 unless another was chosen."
    )


def test_a_port_that_is_none_is_no_cluster() -> None:
    with pytest.raises(KerasSearchError, match=r"^No Ray cluster answers at 127\.0\.0\.1:99999 "):
        cluster.connect("127.0.0.1:99999", 1)


def test_another_version_is_named() -> None:
    said = cluster._refused("auto", RuntimeError("Version mismatch: The cluster was started with:\n    Ray: 2.9.0"))
    assert str(said).startswith("The cluster at auto has another version of Ray or Python than this machine, which")
    assert str(said).endswith("Version mismatch: The cluster was started with: Ray: 2.9.0")


def test_ray_that_does_not_start_here_says_where_to_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_TMPDIR", "/fast")
    assert str(cluster._refused("local", RuntimeError("Timed out\nwaiting for a file."))) == (
        "Ray could not be started on this machine: Timed out waiting for a file. Is there room on the disk of "
        "/fast/ray, and is a port free? Its logs are in session_latest/logs there."
    )


def test_ray_client_is_refused() -> None:
    with pytest.raises(UsageError, match="run keras-search on a node of the cluster"):
        cluster.connect("ray://head:10001", 1)
