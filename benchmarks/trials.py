"""The list of our search's trials, for the other sides to repeat."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from keras_search.tuner.study.records import Kind, State
from keras_search.tuner.study.store import Store


@dataclass(frozen=True)
class Trial:
    """One trial: its values, and the epochs from `initial_epoch` (not included) to `epochs`.

    A trial with a `parent` continues from that one's weights.
    """

    name: str
    values: dict[str, Any]
    initial_epoch: int
    epochs: int
    parent: str | None


@dataclass(frozen=True)
class TrialList:
    """All trials of a search by name, parents before what continues them; `space` as keras-tuner keeps it."""

    space: dict[str, Any]
    trials: list[Trial]

    @classmethod
    def of_study(cls, root: Path) -> "TrialList":
        """Read the completed trials of a study."""
        with Store.read(root) as store:
            runs = {name: run for name, run in store.of_kind(Kind.TRIAL).items() if run.state is State.COMPLETED}
            trials = [
                Trial(
                    run.name,
                    run.hyperparameters,
                    runs[run.parent].epochs if run.parent else 0,
                    run.epochs,
                    run.parent or None,
                )
                for run in runs.values()
            ]
            return cls(store.fact("space"), sorted(trials, key=lambda trial: trial.name))

    @classmethod
    def load(cls, path: Path) -> "TrialList":
        """Read what `save` wrote."""
        content = json.loads(path.read_text(encoding="utf-8"))
        return cls(content["space"], [Trial(**trial) for trial in content["trials"]])

    def save(self, path: Path) -> None:
        """Write the list as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")

    def epochs(self) -> int:
        """Count the epochs that all trials train together."""
        return sum(trial.epochs - trial.initial_epoch for trial in self.trials)

    def best(self, scores: dict[str, float]) -> Trial:
        """Return the trial with the highest score among those trained longest; the first by name of equals."""
        longest = max(trial.epochs for trial in self.trials)
        full = [trial for trial in self.trials if trial.epochs == longest]
        return max(full, key=lambda trial: scores[trial.name])


def keras_tuner_values(trials: list[Trial], place: int) -> dict[str, Any]:
    """Write the trial at `place` as KerasTuner's Hyperband writes it: its schedule among the values.

    KerasTuner numbers trials in the order of their start, padded to the width of their number.
    """
    trial, width = trials[place], len(str(len(trials)))
    schedule: dict[str, Any] = {"tuner/epochs": trial.epochs, "tuner/initial_epoch": trial.initial_epoch}
    if trial.parent is not None:
        parent = next(index for index, other in enumerate(trials) if other.name == trial.parent)
        schedule["tuner/trial_id"] = f"{parent:0{width}d}"
    return {**trial.values, **schedule}
