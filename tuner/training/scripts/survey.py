"""Find a script's search space and metrics, before its search starts."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import keras
from keras_tuner import HyperParameters

from keras_search.errors import UsageError
from keras_search.tuner.space import discover
from keras_search.tuner.study import messages
from keras_search.tuner.study.script import MULTI_OBJECTIVE, ScriptSettings
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.training import own_fit
from keras_search.tuner.training.engine import fit_as_keras
from keras_search.tuner.training.networks import BuildsNetworks, Network
from keras_search.tuner.training.scripts.arguments import named
from keras_search.tuner.training.scripts.carried import NotCarriedError
from keras_search.tuner.training.scripts.networks import ScriptNetwork, explored_call, rehearsed_call

NO_COMPILED_EPOCHS = "Trained by model.fit, not in compiled epochs: {}."


def survey_script(
    networks: BuildsNetworks, settings: StudySettings, script: ScriptSettings
) -> messages.Surveyed | messages.NotCarried:
    """Return the search space and, if a few examples show them, the metrics.

    Raises:
        UsageError: the hypermodel has hyperparameters that `allow_new_entries=False` forbids.
        Exception: whatever the hypermodel raises on its defaults.
    """
    try:
        space = space_of(_Rehearsal(networks), settings.seed, script)
        network = networks.explore(space.copy())
    except NotCarriedError as error:
        return messages.NotCarried("survey", str(error))
    assert isinstance(network, ScriptNetwork)
    own = network.custom_fit is not None and not network.plain_fit
    metrics = [] if own else _metrics(network)
    if script.objectives and all(name in metrics for name, _ in script.objectives):
        metrics.append(MULTI_OBJECTIVE)
    notes = [NO_COMPILED_EPOCHS.format(network.reason)] if network.reason else []
    return messages.Surveyed(space.get_config(), metrics, comparable=False, own_fit=own, notes=notes)


def space_of(networks: discover.Explores, seed: int, script: ScriptSettings) -> HyperParameters:
    """Discover the search space, beginning with what the script has registered in advance.

    Raises:
        UsageError: the hypermodel has more, which the script does not allow.
    """
    entries = HyperParameters() if script.entries is None else HyperParameters.from_config(script.entries)
    found = discover.discover(networks, seed, entries.copy())
    known = {parameter.name for parameter in entries.space}
    new = [parameter.name for parameter in found.space if parameter.name not in known]
    if new and not script.allow_new_entries:
        raise UsageError(
            f"allow_new_entries=False, and the hypermodel also has {', '.join(new)}: add that to hyperparameters=, or "
            "leave allow_new_entries out."
        )
    return found if script.tune_new_entries else entries


class _Rehearsal:
    """Explore as the networks do, and also the hyperparameters of the user's own `fit`."""

    def __init__(self, networks: BuildsNetworks) -> None:
        self._networks = networks

    def explore(self, hyperparameters: HyperParameters) -> Network:
        """Build, and call the user's `fit` with a `model.fit` that trains nothing."""
        network = self._networks.explore(hyperparameters)
        if network.custom_fit is not None and not network.plain_fit:
            own_fit.explore_fit(replace(network, call=explored_call(network)), None, None)
        return network


def _metrics(network: ScriptNetwork) -> list[str]:
    """List the metrics of `model.fit`, from one batch; none if that would take a batch from a stream."""
    if network.passed is not None:
        batch = slice(0, network.batch_size)
        fit, validation = (_first(part, batch) for part in network.passed)
        return list(fit_as_keras(network.model, fit, validation, network.batch_size))
    few = rehearsed_call(network)
    if few is None:
        return []
    args, kwargs = few
    left_out = {"callbacks", "epochs", "initial_epoch", "steps_per_epoch", "validation_steps", "validation_freq"}
    given: Mapping[str, Any] = {name: value for name, value in named((args, kwargs)).items() if name not in left_out}
    history: keras.callbacks.History = network.model.fit(**{**given, "verbose": 0})
    return list(history.history)


def _first(part: Any, rows: slice) -> Any:
    return tuple(
        {name: array[rows] for name, array in tree.items()} if isinstance(tree, dict) else tree[rows] for tree in part
    )
