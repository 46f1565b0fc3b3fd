"""Continue a run from its checkpoint, or from the initial weights."""

from keras_search.tuner.study import messages
from keras_search.tuner.study.checkpoints import Checkpoint
from keras_search.tuner.study.records import Run
from keras_search.tuner.training.context import StudyContext
from keras_search.tuner.training.networks import Network
from keras_search.tuner.training.run_state import RunState


def restored(context: StudyContext, order: messages.Train, network: Network) -> RunState:
    """Continue from a checkpoint; report the epochs in it that the search process does not know.

    A worker runs ahead of what is committed, so that a kill may come between a checkpoint and its report. The
    last epoch of a user's own `fit` is reported twice, the second time with the result of `fit`.

    Raises:
        DamagedCheckpointError: nothing can continue from the checkpoint.
    """
    state = RunState(context, order.run, network)
    if order.after == 0:
        return state
    checkpoint = context.checkpoints.load(order.source, order.after, order.checkpoint)
    if checkpoint.recipe != order.run.recipe:
        raise context.checkpoints.rejected(order.source, order.after, "is of another run")
    if network.custom_fit is not None and len(network.variables()) != len(checkpoint.variables):
        start_again(context, order.run, "its fit compiles the model itself")
        return state
    continued = order.source == order.run.name
    if continued and network.callbacks and checkpoint.callbacks is None:
        start_again(context, order.run, "its callbacks have a state that cannot be stored")
        return state
    _assign(context, order, network, checkpoint)
    state.history, state.engine = checkpoint.history, checkpoint.engine
    if continued:
        state.seconds = checkpoint.seconds
        state.stopped = checkpoint.stopped
        if checkpoint.callbacks is not None:
            state.saved = checkpoint.callbacks, checkpoint.callback_arrays
    if state.is_full or continued:
        state.result = checkpoint.result
    _report_unheard(state, checkpoint.processor)
    return state


def start_again(context: StudyContext, run: Run, reason: str) -> None:
    """Discard a run's progress, which its `fit` cannot use."""
    print(f"{run.name}: {reason}, so it starts again", flush=True)
    context.checkpoints.forget([run.name])


def _assign(context: StudyContext, order: messages.Train, network: Network, checkpoint: Checkpoint) -> None:
    variables = network.variables()
    if [tuple(variable.shape) for variable in variables] != [value.shape for value in checkpoint.variables]:
        raise context.checkpoints.rejected(order.source, order.after, "is of a model of another shape")
    for variable, value in zip(variables, checkpoint.variables, strict=True):
        variable.assign(value)


def _report_unheard(state: RunState, processor: str) -> None:
    """Report the run's own epochs that are in its checkpoint and not committed, trained on this kind of processor."""
    ended = state.network.custom_fit is not None and (state.is_full or state.result is not None)
    known = state.run.trained - ended
    for epoch in sorted(epoch for epoch in state.seconds if epoch > known):
        metrics, seconds = state.history[epoch], state.seconds[epoch]
        report = messages.EpochEnded(state.run.name, epoch, metrics, seconds, engine=state.engine, processor=processor)
        state.context.send(report)
