"""Report the progress of a search to another program: one JSON object a line on stdout.

Every object has `event` and `time` (seconds since 1970). The events and their other fields:

objective   name, direction
stage       stage (survey, search, retraining, test, ablation, report), runs and epochs (planned; null if unknown),
            done_runs and done_epochs (of an earlier session), seconds (the stage's limit, or null)
step        step (data, workers, space, kernels): what is done before the first trial
plan        workers, comparison (runs and epochs after the search; null if no report follows)
stopping    after the epochs in progress, as the user asked
best        run, score (of an earlier session)
begin       worker, run, kind (trial, retrain, ablation), hyperparameters, epochs (the budget), after (trained before)
epoch       worker, run, epoch, metrics, seconds
completed   worker, run, score, best_epoch, parameters
failed      worker, run, reason
died        worker, run, reason: the worker ended; the run is tried again
stopped     worker, run: left after an epoch, as asked
tested      worker, run, metrics (of the test split)
note        text
error       message, exit_code: the last line of a command that fails
end         study, stage, trials, best, verdict, report: the last line of a command that succeeds
"""

import json
import time
from typing import Any, Self

from keras_search.errors import KerasSearchError
from keras_search.tuner.console.streams import say
from keras_search.tuner.study import messages
from keras_search.tuner.study.records import NOTHING, Run, Work
from keras_search.tuner.system.plain import plain
from keras_search.tuner.workers.loop import Watcher


class JsonLines(Watcher):
    """A watcher that writes each event as a line of JSON."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if isinstance(error, KerasSearchError):
            write_event("error", message=str(error), exit_code=error.exit_code)

    def on_objective(self, name: str, direction: str) -> None:
        """Write the objective."""
        write_event("objective", name=name, direction=direction)

    def on_best(self, best: Run | None) -> None:
        """Write the best trial of an earlier session."""
        if best is not None:
            write_event("best", run=best.name, score=best.score)

    def on_stage(
        self, stage: str, planned: Work | None = None, done: Work = NOTHING, seconds: float | None = None
    ) -> None:
        """Write the beginning of a stage."""
        runs, epochs = (planned.runs, planned.epochs) if planned else (None, None)
        write_event(
            "stage", stage=stage, runs=runs, epochs=epochs, done_runs=done.runs, done_epochs=done.epochs,
            seconds=seconds,
        )  # fmt: skip

    def on_step(self, step: str) -> None:
        """Write the step of the preparation."""
        write_event("step", step=step)

    def on_plan(self, workers: int, comparison: Work | None) -> None:
        """Write what comes after the search."""
        work = {"runs": comparison.runs, "epochs": comparison.epochs} if comparison else None
        write_event("plan", workers=workers, comparison=work)

    def on_stop(self) -> None:
        """Write that the search stops."""
        write_event("stopping")

    def on_note(self, text: str) -> None:
        """Write a note."""
        write_event("note", text=text)

    def on_tick(self) -> None:
        """Write nothing."""

    def on_order(self, worker: int, run: Run) -> None:
        """Write the run that a worker begins."""
        values = {"hyperparameters": run.hyperparameters, "epochs": run.epochs, "after": run.trained}
        write_event("begin", worker=worker, run=run.name, kind=run.kind.value, **values)

    def on_report(self, worker: int, report: messages.Report) -> None:
        """Write what a worker reports."""
        found = _of_report(report)
        if found is not None:
            event, values = found
            write_event(event, worker=worker, **values)


def write_event(event: str, **values: Any) -> None:
    """Write an event as a line of JSON, of ASCII characters only, without NaN and Infinity."""
    say(json.dumps(plain({"event": event, "time": time.time(), **values}), allow_nan=False))


def _of_report(report: messages.Report) -> tuple[str, dict[str, Any]] | None:
    """Name the event of a report, with its values; None if it is of no run."""
    match report:
        case messages.EpochEnded(run=run, epoch=epoch, metrics=metrics, seconds=seconds):
            return "epoch", {"run": run, "epoch": epoch, "metrics": metrics, "seconds": seconds}
        case messages.Completed(run=run, score=score, best_epoch=best, parameters=parameters):
            return "completed", {"run": run, "score": score, "best_epoch": best, "parameters": parameters}
        case messages.Failed(run=run, reason=reason):
            return "failed", {"run": run, "reason": reason}
        case messages.Died(run=run, reason=reason):
            return "died", {"run": run, "reason": reason}
        case messages.Stopped(run=run):
            return "stopped", {"run": run}
        case messages.Evaluated(run=run, metrics=metrics):
            return "tested", {"run": run, "metrics": metrics}
    return None
