"""The contents of a report: frames and plain values, with nothing that reads a file or imports TensorFlow."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from keras_search.models import DEFAULTS
from keras_search.tuner.report.trial_rows import TRIAL_COLUMNS
from keras_search.tuner.study.records import TUNED


@dataclass(frozen=True)
class ReportData:
    """Hold everything that the plots and the page of one study show.

    `settings` needs `name`, `objective` and `direction` ("max" or "min"). Every frame may be empty (a search
    without retraining has no `comparison`, only Hyperband has `brackets`); then what needs it is not drawn.
    `images` holds the test images that are shown, `input_shape` each, by their place in the test split; each array
    of `probabilities` is `(n_test, classes)`, by (model, seed).
    In `trials` and `history`, the epochs of a promoted Hyperband trial continue those of its parent.
    """

    settings: Mapping[str, Any]
    trials: pd.DataFrame
    history: pd.DataFrame
    verdict: Mapping[str, Any] = field(default_factory=dict)
    best: Mapping[str, Any] = field(default_factory=dict)
    best_trial: str = ""
    class_names: tuple[str, ...] = ()
    brackets: pd.DataFrame = field(default_factory=pd.DataFrame)
    comparison: pd.DataFrame = field(default_factory=pd.DataFrame)
    retrains: pd.DataFrame = field(default_factory=pd.DataFrame)
    predictions: pd.DataFrame = field(default_factory=pd.DataFrame)
    timings: pd.DataFrame = field(default_factory=pd.DataFrame)
    importance: pd.DataFrame = field(default_factory=pd.DataFrame)
    ablation: pd.DataFrame = field(default_factory=pd.DataFrame)
    expected_best: pd.DataFrame = field(default_factory=pd.DataFrame)
    probabilities: Mapping[tuple[str, int], np.ndarray] = field(default_factory=dict)
    images: Mapping[int, np.ndarray] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    span: tuple[float, float] | None = None
    """When the study's first and last event happened, in seconds since 1970."""
    command: str = ""
    """The command that makes the study again, if one can."""
    seen: Mapping[str, str] = field(default_factory=dict)
    """What the networks get, by who gets it, and under `Look at` what looks wrong between the model and the data."""

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of the frames that are files of every report, and that of the ablation if there was one."""
        return ("trials", "history", "comparison", "timings", *["ablation"] * (not self.ablation.empty))

    @property
    def objective(self) -> str:
        """The name of the metric that the search optimised."""
        return str(self.settings.get("objective", "val_accuracy"))

    @property
    def direction(self) -> str:
        """Return "max" or "min"."""
        return str(self.settings.get("direction", "max"))

    @property
    def baselines(self) -> list[str]:
        """The names of the baselines, first the one that the verdict is about."""
        if self.comparison.empty:
            return []
        shown = [str(name) for name in self.comparison["model"] if name != TUNED]
        entries = [self.verdict, *(self.verdict.get("others") or [])]
        order = [str(entry["baseline"]) for entry in entries if entry.get("baseline") in shown]
        return [*order, *(name for name in shown if name not in order)]

    @property
    def output(self) -> str:
        """The name of the compared output, "" if there is only one."""
        return str(self.verdict.get("output", ""))

    def of_trials(self, frame: str) -> pd.DataFrame:
        """Return the rows of `history` or `timings` that are about the trials of the search."""
        rows: pd.DataFrame = getattr(self, frame)
        return rows[rows["kind"] == "trial"]

    def of_retrained(self, model: str) -> pd.DataFrame:
        """Return the rows of `history` about the retrainings of a model."""
        rows = self.history
        return rows[(rows["kind"] == "retrain") & (rows["name"] == model)]

    @property
    def first_settings(self) -> str:
        """Name the settings that an ablation starts from, as `session.ablation.start_values` chooses them."""
        first = next(iter(self.settings.get("baselines") or []), "")
        return f"{first}'s settings" if self.settings.get("hypermodel") == "mlp" and first != DEFAULTS else (
            "the default settings")  # fmt: skip

    @property
    def winner(self) -> str:
        """The name of the best trial: the one named, or the best among those trained to the full budget."""
        if self.best_trial:
            return self.best_trial
        ranked = ranking(self.trials, self.brackets, self.direction)
        return str(ranked["trial"].iloc[0]) if len(ranked) else ""

    @property
    def level(self) -> list[str]:
        """Name the other trials of the winner's budget that have its score."""
        ranked = ranking(self.trials, self.brackets, self.direction)
        best = ranked[ranked["trial"] == self.winner]
        if best.empty:
            return []
        same = ranked[(ranked["score"] == best["score"].iloc[0]) & (ranked["_full"] == best["_full"].iloc[0])]
        return [str(name) for name in same["trial"] if name != self.winner]


def ranking(trials: pd.DataFrame, brackets: pd.DataFrame, direction: str) -> pd.DataFrame:
    """Put the completed trials in order, each configuration once, those with the full budget (`_full`) first.

    Equal scores go by the lower validation loss, then the fewer parameters, then the name.
    """
    done = longest(trials)
    full = full_budget(trials, brackets).reindex(done["trial"]).to_numpy(bool)
    keys = {name: done[name].astype(float) if name in done else np.nan for name in ("val_loss", "parameters")}
    order = done.assign(_full=full, **{f"_{name}": values for name, values in keys.items()})
    by = ["_full", "score", "_val_loss", "_parameters", "trial"]
    return order.sort_values(by, ascending=[False, direction == "min", True, True, True], kind="stable")


def hyperparameters(trials: pd.DataFrame) -> list[str]:
    """List the columns of `trials` that are hyperparameters."""
    return [str(column) for column in trials.columns if column not in TRIAL_COLUMNS]


def varying(trials: pd.DataFrame) -> list[str]:
    """List the hyperparameters with at least two values in the completed trials."""
    done = completed(trials)
    return [name for name in hyperparameters(trials) if done[name].dropna().nunique() > 1]


def completed(trials: pd.DataFrame) -> pd.DataFrame:
    """Return the trials that ended with a finite score."""
    return trials[(trials["state"] == "completed") & np.isfinite(trials["score"].astype(float))]


def longest(trials: pd.DataFrame) -> pd.DataFrame:
    """Return the completed trials, each configuration once at its longest: none that another trial continued."""
    done = completed(trials)
    return done[~done["trial"].isin(done["parent"])] if "parent" in done else done


def full_budget(trials: pd.DataFrame, brackets: pd.DataFrame) -> "pd.Series[bool]":
    """Mark, by trial name, those with the full budget of epochs: all, unless Hyperband cut them short."""
    names = pd.Index(trials["trial"])
    if brackets.empty:
        return pd.Series(True, index=names)
    budget = brackets.set_index("trial")["epochs"].reindex(names)
    return pd.Series(budget.isna() | (budget >= brackets["epochs"].max()), dtype=bool)
