"""What a failure on a node means for the search."""

from ray.exceptions import ActorDiedError, ActorUnavailableError, RayTaskError

from keras_search.tuner.workers.on_ray.remote_worker import _failure_of

WITHOUT = """The actor died because of an error raised in its creation task, ray::Slot.__init__() (pid=7, ip=10.0.0.3)
RuntimeError: The actor with name Slot failed to import on the worker.

ray::Slot.__init__() (pid=7, ip=10.0.0.3)
ModuleNotFoundError: No module named 'keras_search'"""


def test_a_node_without_the_package_is_named_with_what_to_do() -> None:
    assert str(_failure_of(ActorDiedError(RayTaskError("__init__", WITHOUT, RuntimeError("import"))))).startswith(
        "The node 10.0.0.3 has no keras-search: install keras-search=="
    )


def test_a_full_disk_of_a_node_is_not_taken_for_that_of_this_machine() -> None:
    cause = OSError(28, "No space left on device")
    task = RayTaskError("begin", "Traceback: ray::Slot.begin() (pid=7, ip=10.0.0.3)", cause)
    error = task.as_instanceof_cause()
    assert isinstance(error, OSError)
    said = str(_failure_of(error))
    assert said == "The node 10.0.0.3 cannot run a worker: OSError: [Errno 28] No space left on device"


def test_a_lost_node_is_no_failure_of_the_search() -> None:
    assert _failure_of(ActorDiedError()) is None
    assert _failure_of(ActorUnavailableError("unreachable", b"0" * 16)) is None
