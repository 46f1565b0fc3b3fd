"""What the nodes of a cluster are like, as their workers arrive."""

from keras_search.errors import KerasSearchError
from keras_search.tuner.system.versions import versions
from keras_search.tuner.workers.on_ray.parcels import Arrived

_NOT_COMPARED = ("python", "machine")
"""Ray compares Python itself; machines of other kinds are allowed, and each epoch is recorded with its kind."""


class Arrivals:
    """The nodes from which workers have come, and the bytes that each has `fetched`."""

    def __init__(self) -> None:
        self._here = versions()
        self.fetched: dict[str, int] = {}

    def add(self, arrived: Arrived) -> None:
        """Record where a worker is.

        Raises:
            KerasSearchError: other versions there would give other results.
        """
        self.fetched[arrived.node] = self.fetched.get(arrived.node, 0) + arrived.fetched
        for name, here in self._here.items():
            there = arrived.versions.get(name, "none")
            if name not in _NOT_COMPARED and there != here:
                raise KerasSearchError(
                    f"The node {arrived.node} has {name} {there}, this machine has {here}: the results would not be "
                    f"the same. Install {name}=={here} there."
                )
