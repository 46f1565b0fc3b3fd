"""Nodes that would give other results are refused or noted."""

import pytest

from keras_search.errors import KerasSearchError
from keras_search.tuner.system.versions import versions
from keras_search.tuner.workers.on_ray.arrivals import Arrivals
from keras_search.tuner.workers.on_ray.parcels import Arrived


def test_bytes_are_counted_by_node() -> None:
    arrivals = Arrivals(print)
    for node, fetched in (("a", 7), ("a", 0), ("b", 7)):
        arrivals.add(Arrived(node, versions(), fetched))
    assert arrivals.fetched == {"a": 7, "b": 7}
    assert arrivals.mixed == ""


def test_a_node_with_another_version_is_refused_with_what_to_install() -> None:
    here = versions()["keras"]
    with pytest.raises(KerasSearchError) as caught:
        Arrivals(print).add(Arrived("10.0.0.3 (a1b2c3)", {**versions(), "keras": "3.1.0"}, 0))
    assert str(caught.value) == (
        f"The node 10.0.0.3 (a1b2c3) has keras 3.1.0, this machine has {here}: the results would not be the same. "
        f"Install keras=={here} there."
    )


def test_processors_of_several_kinds_are_noted_once() -> None:
    notes = list[str]()
    arrivals = Arrivals(notes.append)
    for machine in ("x86_64, 16 numbers at a time", "x86_64, 8 numbers at a time", "x86_64, 8 numbers at a time"):
        arrivals.add(Arrived("a", {**versions(), "machine": machine}, 0))
    assert notes == [arrivals.mixed]
    assert arrivals.mixed == (
        "The cluster's processors are of several kinds (x86_64, 16 numbers at a time; x86_64, 8 numbers at a time): "
        "the last bits of a run's result depend on where it was trained."
    )
