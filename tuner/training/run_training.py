"""Train one run: build, restore, train to its budget, save the best epoch of a model to be compared."""

from dataclasses import replace

from keras_search.tuner.study import messages
from keras_search.tuner.study.checkpoints import DamagedCheckpointError, StorageError
from keras_search.tuner.study.records import SEARCHED, Kind, best_epoch
from keras_search.tuner.system import faults
from keras_search.tuner.system.ownership import digest_of
from keras_search.tuner.training import own_fit
from keras_search.tuner.training.averages import settle
from keras_search.tuner.training.context import StudyContext
from keras_search.tuner.training.epochs import train_epochs
from keras_search.tuner.training.fit_driver import train_by_own_fit
from keras_search.tuner.training.model_files import save_model, save_weights
from keras_search.tuner.training.networks import Network
from keras_search.tuner.training.outputs import evaluated, with_probabilities
from keras_search.tuner.training.restoring import restored, start_again
from keras_search.tuner.training.run_state import DivergedError, RunState


def train(context: StudyContext, order: messages.Train) -> None:
    """Train a run to its budget; report each epoch and the end.

    Raises:
        TrialError: it has failed.
        StorageError: the study's folder cannot be written to.
        Exception: whatever the user's code raises.
    """
    network = context.networks.build(order.run, context.settings.max_parameters)
    try:
        _train_from(context, order, network)
    except (DamagedCheckpointError, own_fit.RepeatError) as error:
        context.send(messages.Lost(order.run.name, str(error)))


def _train_from(context: StudyContext, order: messages.Train, network: Network) -> None:
    run, state = order.run, restored(context, order, network)
    try:
        over = (train_by_own_fit if network.custom_fit is not None else train_epochs)(order, state)
    except own_fit.RestartError as reason:
        start_again(context, run, str(reason))
        rebuilt = context.networks.build(run, context.settings.max_parameters)
        _train_from(context, replace(order, after=0), rebuilt)
        return
    except DivergedError:
        searched = run.kind in SEARCHED
        ends_well = state.history if searched else state.history or network.model.compiled
        if not ends_well or (searched and context.settings.script is None):
            raise
        if not state.history:
            state.network = context.networks.build(run)
            _commit_untrained(state)
        over = True
    if over:
        context.send(_completed(state))
    else:
        context.send(messages.Stopped(run.name))


def _commit_untrained(state: RunState) -> None:
    """Save the initial weights, as epoch 0, of a model to be compared whose first epoch diverged.

    Raises:
        DivergedError: they give NaN as well.
    """
    network, metrics = state.network, {}
    for prefix, examples in zip(("", "val_"), state.arrays, strict=True):
        part = evaluated(network.model, examples, network.batch_size)
        metrics.update({f"{prefix}{name}": value for name, value in part.items()})
    state.commit(0, metrics, 0.0)


def _completed(state: RunState) -> messages.Completed:
    """Return the report of a completed run; a model to be compared is saved as it was after its best epoch."""
    run, model = state.run, ""
    epoch, score = state.result or best_epoch(state.history, *state.context.objective)
    if run.kind is Kind.RETRAIN:
        model = _save_best(state, epoch)
        state.context.kept_networks.keep(run, state.network)
    elif state.context.settings.script is not None and epoch in state.seconds and not state.untrained:
        model = _save_weights(state, epoch)
    return messages.Completed(run.name, score, epoch, state.network.model.count_params(), model)


def _save_weights(state: RunState, epoch: int) -> str:
    """Save the weights of a script's trial as they were after `epoch`; return the hash of their file."""
    _return_to(state, epoch)
    path = state.context.folder.model(state.run.name)
    try:
        return digest_of(save_weights(state.network.model, path))
    except OSError as error:
        raise StorageError.of(path, error) from error


def _return_to(state: RunState, epoch: int) -> None:
    best = state.context.checkpoints.load(state.run.name, epoch)
    for variable, value in zip(state.network.variables(), best.variables, strict=True):
        variable.assign(value)


def _save_best(state: RunState, epoch: int) -> str:
    """Save the model as it was after `epoch`; return the hash of its file."""
    context, network = state.context, state.network
    _return_to(state, epoch)
    settle(network.model)
    path = context.folder.model(state.run.name)
    try:
        digest = digest_of(save_model(with_probabilities(network.model, context.splits.targets), path))
        faults.point("model saved")
    except OSError as error:
        raise StorageError.of(path, error) from error
    return digest
