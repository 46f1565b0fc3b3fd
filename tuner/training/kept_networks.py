"""Keep the networks that a process has trained for the comparison, to test them without building them again."""

from collections.abc import Callable

from keras_search.tuner.study.records import Run, Values
from keras_search.tuner.training.networks import Network

MOST_PARAMETERS = 2_000_000
"""How many parameters the kept networks may have together, a few dozen megabytes with their optimizers' state."""


class KeptNetworks:
    """Networks by their model and hyperparameters; that of another seed serves, as its weights are loaded anyway.

    What a user's own code builds may depend on the seed in more than its weights, and is not kept.
    """

    def __init__(self, own_code: bool) -> None:
        self._own_code = own_code
        self._kept: dict[str, tuple[Values, Network]] = {}

    def keep(self, run: Run, network: Network) -> None:
        """Keep the network of a run instead of the model's earlier one, unless it is large."""
        self._kept.pop(run.model, None)
        if self._may_keep(run) and network.model.count_params() + self._parameters() <= MOST_PARAMETERS:
            self._kept[run.model] = run.hyperparameters, network

    def of(self, run: Run, build: Callable[[Run], Network]) -> Network:
        """Return the network of a run, or build it, and keep it, if it is large in place of all others."""
        values, network = self._kept.get(run.model, ({}, None))
        if network is not None and values == run.hyperparameters:
            return network
        if not self._may_keep(run):
            return build(run)
        self._kept.pop(run.model, None)
        if self._parameters() > MOST_PARAMETERS:
            self._kept.clear()
        network = build(run)
        if network.model.count_params() + self._parameters() > MOST_PARAMETERS:
            self._kept.clear()
        self._kept[run.model] = run.hyperparameters, network
        return network

    def _may_keep(self, run: Run) -> bool:
        return run.role == "baseline" or not self._own_code

    def _parameters(self) -> int:
        return sum(network.model.count_params() for _, network in self._kept.values())
