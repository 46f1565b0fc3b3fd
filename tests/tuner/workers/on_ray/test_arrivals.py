"""Nodes that would give other results are refused, and processors of another kind are allowed."""

import pytest

from keras_search.errors import KerasSearchError
from keras_search.tuner.system.versions import versions
from keras_search.tuner.workers.on_ray.arrivals import Arrivals
from keras_search.tuner.workers.on_ray.parcels import Arrived


def test_bytes_are_counted_by_node() -> None:
    arrivals = Arrivals()
    for node, fetched, machine in (("a", 7, "arm64"), ("a", 0, "arm64"), ("b", 7, "riscv")):
        arrivals.add(Arrived(node, {**versions(), "machine": machine}, fetched))
    assert arrivals.fetched == {"a": 7, "b": 7}


def test_a_node_with_another_version_is_refused_with_what_to_install() -> None:
    here = versions()["keras"]
    with pytest.raises(KerasSearchError) as caught:
        Arrivals().add(Arrived("10.0.0.3 (a1b2c3)", {**versions(), "keras": "3.1.0"}, 0))
    assert str(caught.value) == (
        f"The node 10.0.0.3 (a1b2c3) has keras 3.1.0, this machine has {here}: the results would not be the same. "
        f"Install keras=={here} there."
    )
