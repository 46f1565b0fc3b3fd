"""Train one run: build, restore, train epoch after epoch with a checkpoint after each."""

import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from keras_tuner import HyperParameters

from keras_search.errors import KerasSearchError
from keras_search.tuner.data import Splits, open_splits
from keras_search.tuner.data.tree import Examples, fit_types
from keras_search.tuner.space import discover
from keras_search.tuner.study import messages
from keras_search.tuner.study.checkpoints import Checkpoint, Checkpoints, DamagedCheckpointError, StorageError
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.records import COMPILED_LOSS, Kind, Metrics, Run, best_epoch
from keras_search.tuner.study.settings import AUTO, DEFAULT_OBJECTIVE, StudySettings
from keras_search.tuner.study.store import to_bytes
from keras_search.tuner.system import faults
from keras_search.tuner.system.ownership import check_file, digest_of
from keras_search.tuner.training import own_fit
from keras_search.tuner.training.belief import check_belief
from keras_search.tuner.training.engine import EpochRunner, predict
from keras_search.tuner.training.mismatches import mismatches
from keras_search.tuner.training.model_files import load_weights, save_model
from keras_search.tuner.training.networks import Network, Networks, networks_of
from keras_search.tuner.training.outputs import compared, evaluated, is_measurable, measured, with_probabilities
from keras_search.tuner.training.shuffling import EpochOrder
from keras_search.tuner.training.tryout import Rehearsal, try_out

Send = Callable[[messages.Report], None]


class TrialError(KerasSearchError):
    """Say why a run cannot end well."""


class DivergedError(TrialError):
    """Say that the loss is no longer a number; a model to be compared ends with the best epoch before that."""


class Trainer:
    """Carry out the orders that concern one study; `send` reports, `asked_to_stop` is asked after each epoch."""

    def __init__(self, context: messages.Context, send: Send, asked_to_stop: Callable[[], bool]) -> None:
        self._folder, self._space = StudyFolder(context.folder), context.space
        self._settings = StudySettings.model_validate(context.settings)
        self._checkpoints = Checkpoints(self._folder.checkpoints)
        self._send, self._asked_to_stop = send, asked_to_stop
        self._seconds: dict[int, float] = {}
        """The wall time of each epoch of the present run."""
        self._result: tuple[int, float] | None = None
        """The best epoch and the score that the user's own `fit` of the present run has come to."""
        self._gives_values: bool | None = None
        """Whether that gives values of its own, not the `History` of what it has trained; None before a call."""

    def follow(self, plan: messages.Plan) -> None:
        """Take what the survey has settled."""
        self._space = plan.space
        self._settings = self._settings.model_copy(update={"objective": plan.objective, "direction": plan.direction})
        self.__dict__.pop("_networks", None)

    def move(self, folder: Path) -> None:
        """Go on in the study's folder where it is now."""
        self._folder = StudyFolder(folder)
        self._checkpoints = Checkpoints(self._folder.checkpoints)

    @cached_property
    def _splits(self) -> Splits:
        return open_splits(self._folder.data)

    @cached_property
    def _networks(self) -> Networks:
        space = None if self._space is None else HyperParameters.from_config(self._space)
        return networks_of(self._settings, self._splits, space)

    def survey(self) -> None:
        """Report the search space and the metrics."""
        networks, settings = self._networks, self._settings.completed(self._splits.targets)
        space = discover.discover(Rehearsal(networks, self._splits), settings.seed)
        number = DEFAULT_OBJECTIVE if self._settings.objective == AUTO else settings.objective
        network = networks.explore(space.copy())
        seen = try_out(network, self._splits, settings.objective, settings.direction, number)
        self._gives_values = seen.returned != "history"
        self._send(
            messages.Surveyed(
                space.get_config(),
                seen.metrics,
                seen.comparable,
                seen.own_fit,
                networks.code_digest(),
                mismatches(network.model, self._splits.seen_by(network.own)) if network.own else [],
                seen.returned,
            )
        )

    def train(self, order: messages.Train) -> None:
        """Train a run to its budget; report each epoch and the end."""
        network = self._networks.build(order.run, self._settings.max_parameters)
        try:
            self._train_from(order, network)
        except (DamagedCheckpointError, own_fit.RepeatError) as error:
            self._send(messages.Lost(order.run.name, str(error)))

    def _train_from(self, order: messages.Train, network: Network) -> None:
        run, history = order.run, self._restore(network, order)
        try:
            over = (self._fit if network.custom_fit is not None else self._train_epochs)(order, network, history)
        except own_fit.RestartError as reason:
            self._start_again(run, str(reason))
            self._train_from(replace(order, after=0), self._networks.build(run, self._settings.max_parameters))
            return
        except DivergedError:
            if run.kind is Kind.TRIAL or not (history or network.model.compiled):
                raise
            if not history:
                network = self._networks.build(run)
                self._commit_untrained(run, network, history)
            over = True
        if over:
            self._finish(run, network, history)
        else:
            self._send(messages.Stopped(run.name))

    def _train_epochs(self, order: messages.Train, network: Network, history: dict[int, Metrics]) -> bool:
        """Train epoch after epoch; whether that came to its end."""
        runner, rung = None, 0
        while not self._is_over(order.run, history):
            if self._asked_to_stop():
                return False
            trained = max(history, default=0)
            if runner is None or trained == rung:
                begin, rung = rung_around(order.rungs, trained)
                runner = EpochRunner(network.model, *self._arrays(network), network.batch_size, rung - begin)
            self._train_epoch(order.run, network, runner, history)
        return True

    def evaluate(self, order: messages.Evaluate) -> None:
        """Measure a retrained model on the test split; what its compared output says is what is compared.

        So of what the model was compiled with, only metrics of other names are kept: its loss may be another for
        each model, and its accuracy may take logits for probabilities. Of a model whose compared output says neither
        probabilities nor values, its own metrics are all there is.
        """
        network = self._networks.build(order.run)
        splits = open_splits(self._folder.data, test=True)
        whole = with_probabilities(network.model, splits.targets)
        path = self._folder.kept_model(order.run.name)
        check_file(path, order.model)
        load_weights(whole, path)
        examples = network.examples(splits, "test")
        said = compared(whole, predict(whole, fit_types(examples[0])), splits.targets)
        metrics = evaluated(network.model, examples, network.batch_size) if network.model.compiled else {}
        answer = b""
        if is_measurable(said, splits.target):
            metrics |= {COMPILED_LOSS: metrics["loss"]} if "loss" in metrics else {}
            metrics |= measured(said, splits.compared(splits.y_test), splits.target)
            answer = to_bytes(said)
        faults.point("before evaluated")
        self._send(messages.Evaluated(order.run.name, metrics, answer))

    def _fit(self, order: messages.Train, network: Network, history: dict[int, Metrics]) -> bool:
        """Train by the user's own `fit` after the epochs of `history`; whether that came to its end."""
        with suppress(own_fit.LeftError):
            if self._result is None and not self._has_history(order, history):
                self._call_fit(order, network, history)
            return True
        return False

    def _has_history(self, order: messages.Train, history: dict[int, Metrics]) -> bool:
        """Whether a run ends with epochs that a `fit` trained which returns their `History`, so that nothing is left.

        A parent whose `fit` gave values has kept what they came to.
        """
        ended = bool(history) and self._is_full(order.run, history)
        return ended and (order.source != order.run.name or self._gives_values is False)

    def _start_again(self, run: Run, reason: str) -> None:
        """Forget how far a run has come, of which its `fit` can make no use."""
        print(f"{run.name}: {reason}, so it starts again", flush=True)
        self._checkpoints.forget([run.name])

    def _call_fit(self, order: messages.Train, network: Network, history: dict[int, Metrics]) -> None:
        """Call the user's `fit` once; commit each epoch that it tells of, and what it returns."""
        run, began = order.run, time.perf_counter()

        def on_epoch(epoch: int, metrics: Metrics) -> bool:
            nonlocal began
            self._commit(run, network, history, epoch, metrics, time.perf_counter() - began)
            began = time.perf_counter()
            over = watch.passed >= run.epochs or self._lost_patience(run, history)
            if not over and self._asked_to_stop():
                raise own_fit.LeftError
            return not over

        shuffled = EpochOrder(run.seed)
        watch = own_fit.Watch(on_epoch, max(history, default=0), shuffled)
        self._check_continued(order, watch)
        shuffled.begin(watch.first)
        with shuffled.shuffling(), own_fit.training(network.model, watch, run.kind is Kind.RETRAIN and not history):
            result = self._called(order, network, history, watch)
        outcome = own_fit.outcome_of(result, *self._objective)
        self._gives_values = outcome.kind != "history"
        self._check_continued(order, watch)
        score = outcome.metrics.get(self._settings.objective)
        check_belief(self._settings.objective, score, network.model, composed=outcome.kind == "values")
        told, result = own_fit.concluded(outcome, history, watch.heard, run.epochs, *self._objective)
        seconds = time.perf_counter() - began if max(told) not in self._seconds else 0.0
        for epoch, metrics in told.items():
            self._result = result if epoch == max(told) else None
            if history.get(epoch) != metrics:
                self._commit(run, network, history, epoch, metrics, self._seconds.get(epoch, 0.0) + seconds / len(told))

    def _called(
        self, order: messages.Train, network: Network, history: dict[int, Metrics], watch: own_fit.Watch
    ) -> object:
        """Call the user's `fit` after the epochs of `history`, to which it adds none where they are all."""
        complete = self._is_over(order.run, history)
        try:
            result = own_fit.call(network, *self._arrays(network), order.run.epochs, watch)
        except Exception:
            if complete and not watch.heard:
                raise own_fit.RestartError(own_fit.LOST) from None
            raise
        if watch.first and not watch.heard and not complete:
            raise own_fit.RestartError(own_fit.OTHER_EPOCH)
        return result

    def _check_continued(self, order: messages.Train, watch: own_fit.Watch) -> None:
        """Begin again where a run was left and its `fit` gives values, which are of all of the run's epochs."""
        if self._gives_values and watch.first and order.source == order.run.name:
            raise own_fit.RestartError(own_fit.LOST) if order.run.parent is None else own_fit.RepeatError(own_fit.LOST)

    def _arrays(self, network: Network) -> tuple[Examples, Examples]:
        """Give what to train and to validate on, labels as the loss takes them."""
        return network.examples(self._splits, "fit"), network.examples(self._splits, "val")

    def _restore(self, network: Network, order: messages.Train) -> dict[int, Metrics]:
        """Continue where a checkpoint is; report the epochs in it that the search process has not heard of.

        A worker runs ahead of what is committed, so that a kill may come between a checkpoint and its report. The
        last epoch of a user's own `fit` is reported twice, the second time with what `fit` has returned.

        Raises:
            DamagedCheckpointError: nothing can continue from the checkpoint.
        """
        self._seconds, self._result = {}, None
        if order.after == 0:
            return {}
        checkpoint = self._checkpoints.load(order.source, order.after, order.checkpoint)
        if checkpoint.recipe != order.run.recipe:
            raise self._checkpoints.rejected(order.source, order.after, "is of another run")
        variables = network.variables()
        if network.custom_fit is not None and len(variables) != len(checkpoint.variables):
            self._start_again(order.run, "its fit compiles the model itself")
            return {}
        if [tuple(variable.shape) for variable in variables] != [value.shape for value in checkpoint.variables]:
            raise self._checkpoints.rejected(order.source, order.after, "is of a model of another shape")
        for variable, value in zip(variables, checkpoint.variables, strict=True):
            variable.assign(value)
        if order.source == order.run.name:
            self._seconds = checkpoint.seconds
        full = self._is_full(order.run, checkpoint.history)
        if full or order.source == order.run.name:
            self._result = checkpoint.result
        ended = network.custom_fit is not None and (full or self._result is not None)
        known = order.run.trained - ended
        for epoch in sorted(epoch for epoch in self._seconds if epoch > known):
            self._send(messages.EpochEnded(order.run.name, epoch, checkpoint.history[epoch], self._seconds[epoch]))
        return checkpoint.history

    def _is_over(self, run: Run, history: dict[int, Metrics]) -> bool:
        return max(history, default=0) >= _budget(run) or self._lost_patience(run, history)

    def _is_full(self, run: Run, history: dict[int, Metrics]) -> bool:
        return max(history, default=0) >= run.epochs or self._lost_patience(run, history)

    def _lost_patience(self, run: Run, history: dict[int, Metrics]) -> bool:
        trained, patience = max(history, default=0), self._settings.patience
        if patience is None or trained == 0 or run.role == "baseline":
            return False
        return trained - best_epoch(history, *self._objective)[0] >= patience

    @property
    def _objective(self) -> tuple[str, str]:
        return self._settings.objective, self._settings.direction

    def _train_epoch(self, run: Run, network: Network, runner: EpochRunner, history: dict[int, Metrics]) -> None:
        started = time.perf_counter()
        epoch = max(history, default=0) + 1
        with suppress(OSError):
            print(f"{run.name}: epoch {epoch} of {run.epochs}", flush=True)
        metrics = runner.run(run.seed, epoch)
        if self._settings.objective not in metrics and run.role != "baseline":
            raise TrialError(f"The model has no metric {self._settings.objective!r}: it has {', '.join(metrics)}.")
        self._commit(run, network, history, epoch, metrics, time.perf_counter() - started)

    def _commit(
        self, run: Run, network: Network, history: dict[int, Metrics], epoch: int, metrics: Metrics, seconds: float
    ) -> None:
        """Keep the state after an epoch of so many seconds, then report it."""
        if not math.isfinite(metrics.get("loss", 0.0)):
            raise DivergedError(f"The loss became {metrics['loss']} in epoch {epoch}.")
        if run.role != "baseline" and self._result is None:
            check_belief(self._settings.objective, metrics.get(self._settings.objective), network.model)
        history[epoch] = metrics
        self._seconds[epoch] = seconds
        variables = [variable.numpy() for variable in network.variables()]
        kept = Checkpoint(variables, history, self._seconds, run.recipe, self._result)
        digest = self._checkpoints.save(run.name, kept)
        self._send(messages.EpochEnded(run.name, epoch, metrics, seconds, digest))

    def _commit_untrained(self, run: Run, network: Network, history: dict[int, Metrics]) -> None:
        """Keep the first weights, as epoch 0, of a model that is to be compared and whose first epoch came to nothing.

        Raises:
            DivergedError: they give no number either.
        """
        parts = zip(("", "val_"), self._arrays(network), strict=True)
        told = {part: evaluated(network.model, arrays, network.batch_size) for part, arrays in parts}
        metrics = {f"{part}{name}": value for part, found in told.items() for name, value in found.items()}
        self._commit(run, network, history, 0, metrics, 0.0)

    def _finish(self, run: Run, network: Network, history: dict[int, Metrics]) -> None:
        model, (epoch, score) = "", self._result or best_epoch(history, *self._objective)
        if run.kind is Kind.RETRAIN:
            best = self._checkpoints.load(run.name, epoch)
            for variable, value in zip(network.variables(), best.variables, strict=True):
                variable.assign(value)
            path = self._folder.model(run.name)
            try:
                model = digest_of(save_model(with_probabilities(network.model, self._splits.targets), path))
                faults.point("model saved")
            except OSError as error:
                raise StorageError.of(path, error) from error
        self._send(messages.Completed(run.name, score, epoch, network.model.count_params(), model))


def _budget(run: Run) -> int:
    """Give how many epochs a run trains at most: its own, or fewer by a hyperparameter named `epochs`."""
    chosen = run.hyperparameters.get("epochs")
    return min(run.epochs, chosen) if isinstance(chosen, int) and chosen >= 1 else run.epochs


def rung_around(rungs: Sequence[int], trained: int) -> tuple[int, int]:
    """Give where the rung begins and ends, in epochs from scratch, that trains the epoch after `trained`.

    How an epoch is compiled depends on the length of its rung; so it is the same epoch in a trial that repeats
    the rungs before it, because their checkpoint was lost.

    >>> rung_around((1, 3, 9), 4)
    (3, 9)
    """
    end = next(budget for budget in rungs if budget > trained)
    return max((budget for budget in rungs if budget <= trained), default=0), end
