"""The progress of a run in this process, and how an epoch of it is committed."""

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from keras_search.errors import KerasSearchError
from keras_search.tuner.data.tree import Examples
from keras_search.tuner.study import messages
from keras_search.tuner.study.checkpoints import ChangedEngineError, Checkpoint
from keras_search.tuner.study.records import Metrics, Run, best_epoch
from keras_search.tuner.system import tf_private
from keras_search.tuner.training.belief import check_belief
from keras_search.tuner.training.context import StudyContext
from keras_search.tuner.training.devices import processor_of
from keras_search.tuner.training.networks import Network
from keras_search.tuner.training.not_numbers import weights_are_nan
from keras_search.tuner.training.scripts.callbacks import RunCallbacks, Saved


class TrialError(KerasSearchError):
    """Raised if a run has failed."""


class DivergedError(TrialError):
    """Raised if the loss is no longer a number; a model to be compared ends with the best epoch before that."""


@dataclass
class RunState:
    """A run with its network, the metrics and the wall time (seconds) of each of its epochs so far.

    `result`: the best epoch and score of the user's own `fit`, None before it has returned. `engine` is what trains
    it, "" before its first epoch. `callbacks` are a script's, `saved` is their state as the run was left;
    `stopped`: one of them has ended it. `untrained`: the `fit` of a script's hypermodel has left its model as it was.
    """

    context: StudyContext
    run: Run
    network: Network
    history: dict[int, Metrics] = field(default_factory=dict)
    seconds: dict[int, float] = field(default_factory=dict)
    result: tuple[int, float] | None = None
    engine: str = ""
    saved: Saved | None = None
    stopped: bool = False
    untrained: bool = False

    @cached_property
    def callbacks(self) -> RunCallbacks:
        """The run's callbacks, none for a run that no script has begun."""
        return RunCallbacks(self.network.callbacks, self.saved)

    @property
    def trained(self) -> int:
        """The last epoch that is trained, 0 before the first."""
        return max(self.history, default=0)

    @property
    def arrays(self) -> tuple[Examples, Examples]:
        """The arrays to train and to validate on, with labels as the loss takes them."""
        if self.network.passed is not None:
            return self.network.passed
        splits = self.context.splits
        return self.network.examples(splits, "fit"), self.network.examples(splits, "val")

    @property
    def is_over(self) -> bool:
        """True if no epoch is left to train."""
        scripted = self.context.settings.script is not None
        budget = self.run.epochs if scripted else _budget(self.run)
        return self.stopped or self.trained >= budget or self.lost_patience

    @property
    def is_full(self) -> bool:
        """True if the user's own `fit`, which may ignore a hyperparameter `epochs`, has no epoch left."""
        if self.network.ends_itself:
            return self.stopped
        return self.stopped or self.trained >= self.run.epochs or self.lost_patience

    @property
    def lost_patience(self) -> bool:
        """True if as many epochs as the patience have brought no improvement."""
        patience = self.context.settings.patience
        if patience is None or self.trained == 0 or self.run.role == "baseline":
            return False
        return self.trained - best_epoch(self.history, *self.context.objective)[0] >= patience

    def train_by(self, engine: str) -> None:
        """Record the engine of the coming epochs.

        Raises:
            ChangedEngineError: another engine has trained the earlier ones, so the result would not be the same.
        """
        if self.engine not in ("", engine):
            raise ChangedEngineError(
                f"engine: {self.run.name} was trained by {self.engine} so far, here it would be by {engine}. The "
                "result would not be the same: continue where it was begun, or start a new study."
            )
        self.engine = engine

    def commit(self, epoch: int, metrics: Metrics, seconds: float) -> None:
        """Save the state after an epoch, with its seconds, then report it.

        Raises:
            DivergedError: the loss is not a number.
            UnbelievableError: the objective's value is impossible for its name.
        """
        context, run = self.context, self.run
        metrics = context.with_sum(metrics)
        if not math.isfinite(metrics.get("loss", 0.0)):
            raise DivergedError(f"The loss became {metrics['loss']} in epoch {epoch}.")
        if weights_are_nan(self.network.model):
            raise DivergedError(f"Weights became NaN in epoch {epoch}, which the loss does not show.")
        if run.role != "baseline" and self.result is None:
            objective = context.settings.objective
            check_belief(objective, metrics.get(objective), self.network.model)
        self.history[epoch] = metrics
        self.seconds[epoch] = seconds
        variables = [tf_private.value_of(variable) for variable in self.network.variables()]
        processor = processor_of(self.engine)
        checkpoint = Checkpoint(
            variables, self.history, self.seconds, run.recipe, self.result, self.engine, processor=processor,
            **self._of_callbacks(),
        )  # fmt: skip
        digest = context.checkpoints.save(run.name, checkpoint)
        context.send(messages.EpochEnded(run.name, epoch, metrics, seconds, digest, self.engine, processor))

    def _of_callbacks(self) -> dict[str, Any]:
        """Return the state of the callbacks for a checkpoint."""
        if not self.callbacks:
            return {}
        state = self.callbacks.state()
        self.stopped = bool(getattr(self.network.model, "stop_training", False))
        if state is None:
            return {"stopped": self.stopped}
        return {"callbacks": state[0], "callback_arrays": state[1], "stopped": self.stopped}


def _budget(run: Run) -> int:
    """Return the largest number of epochs of a run: its own, or fewer by a hyperparameter named `epochs`."""
    chosen = run.hyperparameters.get("epochs")
    return min(run.epochs, chosen) if isinstance(chosen, int) and chosen >= 1 else run.epochs
