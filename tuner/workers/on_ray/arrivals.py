"""What the nodes of a cluster are like, as their workers arrive."""

from collections.abc import Callable

from keras_search.errors import KerasSearchError
from keras_search.tuner.system.versions import versions
from keras_search.tuner.workers.on_ray.parcels import Arrived

MIXED = (
    "The cluster's processors are of several kinds ({}): "
    "the last bits of a run's result depend on where it was trained."
)
_NOT_COMPARED = ("python", "machine")
"""Ray compares Python itself; machines of other kinds are allowed, and noted."""


class Arrivals:
    """The nodes from which workers have come: the bytes that each `fetched`, and a sentence if they are `mixed`."""

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note, self._here = note, versions()
        self._kinds = set[str]()
        self.fetched: dict[str, int] = {}
        self.mixed = ""

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
        self._kinds.add(arrived.versions["machine"])
        mixed = MIXED.format("; ".join(sorted(self._kinds))) if len(self._kinds) > 1 else ""
        if mixed != self.mixed:
            self.mixed = mixed
            self._note(mixed)
