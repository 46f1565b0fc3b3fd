"""Synthetic studies for the plots and the page: any number of trials, models and hyperparameters, drawn by seed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from keras_search.tuner.data import dataset_of
from keras_search.tuner.report.contents import ReportData, completed, hyperparameters
from keras_search.tuner.report.plots import Drawn, draw_all
from keras_search.tuner.report.write import gather
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.records import Run
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.store import Store

BASELINES = ("mlp-128-64", "mlp-bn-dropout", "dense-relu", "mlp-256-128-64", "ann-128", "dnn-bn")
RUNG_EPOCHS = (2, 4, 10, 30)


@dataclass(frozen=True)
class Shape:
    """Say what a synthetic study is like."""

    trials: int = 40
    tuner: str = "random"
    models: int = 2
    seeds: int = 5
    objective: str = "val_accuracy"
    workers: int = 4
    images: int = 360
    epochs: int = 10


def _settings_of(rng: np.random.Generator, count: int) -> pd.DataFrame:
    """Draw the sixteen hyperparameters of a multilayer perceptron, some of them inactive in shallow networks."""
    layers = rng.integers(1, 5, count)
    table: dict[str, Any] = {"layers": layers}
    for layer in range(1, 5):
        units = rng.choice([16, 32, 64, 128, 256, 512], count).astype(float)
        table[f"units_of_layer_{layer}"] = np.where(layers >= layer, units, np.nan)
        table[f"dropout_{layer}"] = np.where(layers >= layer, rng.uniform(0, 0.5, count).round(2), np.nan)
    table["activation"] = rng.choice(["relu", "gelu", "tanh", "leaky_relu"], count)
    table["batch_normalization"] = rng.choice(["none", "before_activation", "after_activation"], count)
    table["optimizer"] = rng.choice(["adam", "adamw", "nadam", "rmsprop", "sgd_with_momentum"], count)
    table["learning_rate"] = 10 ** rng.uniform(-4, -1, count)
    table["batch_size"] = rng.choice([32, 64, 128, 256], count)
    table["learning_rate_schedule"] = rng.choice(["constant", "cosine"], count)
    table["shuffle_every_epoch"] = rng.choice([True, False], count)
    return pd.DataFrame(table)


def _hyperband_names(count: int) -> pd.DataFrame:
    """Lay out brackets of 9, 5 and 3 trials (a third promoted at each rung) until `count` trials are named."""
    rows: list[dict[str, Any]] = []
    iteration = 0
    while len(rows) < count:
        iteration += 1
        for bracket, slots in ((2, 12), (1, 6), (0, 4)):
            first = len(RUNG_EPOCHS) - 1 - bracket
            for rung, epochs in enumerate(RUNG_EPOCHS[first:]):
                for slot in range(max(1, slots // 3**rung)):
                    name = f"i{iteration}-b{bracket}-r{rung}-{slot:02d}"
                    parent = f"i{iteration}-b{bracket}-r{rung - 1}-{slot:02d}" if rung else ""
                    rows.append({"trial": name, "iteration": iteration, "bracket": bracket, "rung": rung,
                                 "slot": slot, "epochs": epochs, "parent": parent})  # fmt: skip
    return pd.DataFrame(rows[:count])


def _trials(rng: np.random.Generator, shape: Shape) -> tuple[pd.DataFrame, pd.DataFrame]:
    settings = _settings_of(rng, shape.trials)
    if shape.tuner == "hyperband":
        plan = _hyperband_names(shape.trials)
        parents = plan["parent"].map(dict(zip(plan["trial"], range(len(plan)), strict=True)))
        for row in np.flatnonzero(parents.notna()):
            settings.iloc[int(row)] = settings.iloc[int(parents.iloc[int(row)])]
    else:
        names = [f"{number:04d}" for number in range(shape.trials)]
        plan = pd.DataFrame({"trial": names, "epochs": shape.epochs, "parent": ""})
    distance = np.abs(np.log10(settings["learning_rate"]) + 2.7)
    error = 0.02 + 0.02 * distance**2 + 0.08 / plan["epochs"] + rng.gamma(1.5, 0.004, shape.trials)
    error = np.where(settings["learning_rate"] > 0.06, 0.9, error)
    score = error * 3 if shape.objective == "val_loss" else 1 - error
    state = np.array(["completed"] * shape.trials, dtype=object)
    if shape.trials > 3:
        state[[2, shape.trials - 1]] = "failed"
        score = np.where(state == "failed", np.nan, score)
    trials = plan[["trial"]].assign(state=state, score=score, epochs=plan["epochs"],
                                    best_epoch=plan["epochs"], parent=plan["parent"])  # fmt: skip
    trials["error"] = np.where(state == "failed", "NaN loss at epoch 3 of 10", "")
    brackets = pd.DataFrame()
    if shape.tuner == "hyperband":
        promoted = plan["trial"].isin(plan["parent"])
        brackets = plan.drop(columns="parent").assign(score=score, state=state, promoted=promoted)
    return pd.concat([trials, settings], axis=1), brackets


def _curve(rng: np.random.Generator, first: int, last: int, error: float) -> dict[str, np.ndarray]:
    epochs = np.arange(first, last + 1)
    gap = error + 0.25 * np.exp(-epochs / 1.5) + rng.normal(0, 0.001, len(epochs))
    fitted = np.clip(gap * (1 - 0.04 * epochs), 0.001, 1)
    return {"epoch": epochs, "loss": fitted * 3, "accuracy": 1 - fitted, "val_loss": gap * 3, "val_accuracy": 1 - gap}


def _history(rng: np.random.Generator, trials: pd.DataFrame, models: list[str], shape: Shape) -> pd.DataFrame:
    ends = dict(zip(trials["trial"], trials["epochs"], strict=True))
    parts = []
    for row in completed(trials).to_dict("records"):
        error = row["score"] / 3 if shape.objective == "val_loss" else 1 - row["score"]
        curve = _curve(rng, int(ends.get(row["parent"], 0)) + 1, int(row["epochs"]), error)
        parts.append(pd.DataFrame({"kind": "trial", "name": row["trial"], "seed": -1, **curve}))
    for place, model in enumerate(models):
        for seed in range(shape.seeds):
            curve = _curve(rng, 1, shape.epochs, 0.02 + 0.003 * place)
            parts.append(pd.DataFrame({"kind": "retrain", "name": model, "seed": 100 + seed, **curve}))
    return pd.concat(parts, ignore_index=True)


def _predictions(
    rng: np.random.Generator, models: list[str], shape: Shape, classes: int
) -> tuple[pd.DataFrame, dict[tuple[str, int], np.ndarray]]:
    labels = rng.integers(0, classes, shape.images)
    hard = rng.random(shape.images)
    parts, probabilities = [], {}
    for place, model in enumerate(models):
        for seed in range(100, 100 + shape.seeds):
            logits = rng.normal(0, 1, (shape.images, classes))
            logits[np.arange(shape.images), labels] += np.where(hard < 0.03 + 0.004 * place, 0.5, 8)
            share = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
            probabilities[model, seed] = share.astype(np.float32)
            parts.append(pd.DataFrame({"model": model, "seed": seed, "index": np.arange(shape.images), "label": labels,
                                       "predicted": share.argmax(1), "confidence": share.max(1)}))  # fmt: skip
    return pd.concat(parts, ignore_index=True), probabilities


def _retrains(predictions: pd.DataFrame, shape: Shape) -> pd.DataFrame:
    right = predictions.assign(right=predictions["label"] == predictions["predicted"])
    table = right.groupby(["model", "seed"], sort=False)["right"].mean().rename("test_accuracy").reset_index()
    role = np.where(table["model"] == "tuned", "tuned", "baseline")
    return table.assign(role=role, epochs=shape.epochs, best_epoch=shape.epochs,
                        val_accuracy=table["test_accuracy"] + 0.002, val_loss=0.08, test_loss=0.09)  # fmt: skip


def _comparison(retrains: pd.DataFrame, shape: Shape) -> pd.DataFrame:
    means = retrains.groupby("model", sort=False).agg(
        role=("role", "first"), val_accuracy=("val_accuracy", "mean"), test_accuracy=("test_accuracy", "mean"),
        test_accuracy_std=("test_accuracy", "std"), test_loss=("test_loss", "mean")).reset_index()  # fmt: skip
    gaps = (means["test_accuracy"].iloc[0] - means["test_accuracy"]).where(means["model"] != "tuned")
    means = means.assign(parameters=109_386, epochs=shape.epochs, batch_size=32, seeds=shape.seeds,
                         difference=gaps)  # fmt: skip
    return means[["model", "role", "parameters", "epochs", "batch_size", "seeds", "val_accuracy", "test_accuracy",
                  "test_accuracy_std", "test_loss", "difference"]]  # fmt: skip


def _timings(rng: np.random.Generator, trials: pd.DataFrame, retrains: pd.DataFrame, workers: int) -> pd.DataFrame:
    runs = [("trial", name, -1, epochs) for name, epochs in zip(trials["trial"], trials["epochs"], strict=True)]
    runs += [("retrain", row["model"], row["seed"], row["epochs"]) for row in retrains.to_dict("records")]
    free, rows = np.zeros(workers), []
    for kind, name, seed, epochs in runs:
        worker = int(free.argmin())
        seconds = float(epochs * rng.uniform(0.4, 1.2))
        rows.append({"kind": kind, "name": name, "seed": seed, "worker": worker, "started": float(free[worker]),
                     "seconds": seconds, "epochs": epochs})  # fmt: skip
        free[worker] += seconds + 0.2
    return pd.DataFrame(rows)


def _verdict(comparison: pd.DataFrame) -> dict[str, Any]:
    baselines = comparison.iloc[1:]
    gaps = comparison["test_accuracy"].iloc[0] - baselines["test_accuracy"]
    entries = [
        {
            "baseline": name,
            "verdict": "not proven",
            "difference": gap,
            "interval": [gap - 0.006, gap + 0.005],
            "probability": 0.71,
            "probability_interval": [0.35, 0.93],
            "p_holm": 0.214,
            "mcnemar": {"only_tuned": 21, "only_baseline": 13, "p_value": 0.229},
        }
        for name, gap in zip(baselines["model"], gaps, strict=True)
    ]
    sentence = (
        "It is not proven that the tuned model and mlp-128-64 differ: tuned 97.68% and baseline 97.39% of 360 test "
        "images right on average over 5 seeds, a difference of +0.30 points (95% interval -0.30 to +0.80), "
        "and the tuned model is ahead on 4 of 5 seeds; the interval includes zero."
    )
    tip = "About 7 more seeds would settle it if the difference stays as it is (--compare-seeds 12)."
    return {**entries[0], "sentence": sentence, "others": entries[1:], "what_to_try": tip,
            "optimism": {"best_validation_score": 0.981, "test_gap": 0.0042},
            "method": "95% nested bootstrap interval over seeds and test images."}  # fmt: skip


def build_report_data(shape: Shape) -> ReportData:
    """Build a whole synthetic study of the given shape, the same for the same shape."""
    rng = np.random.default_rng(7)
    trials, brackets = _trials(rng, shape)
    models = ["tuned", *BASELINES[: shape.models - 1]]
    predictions, probabilities = _predictions(rng, models, shape, 10)
    retrains = _retrains(predictions, shape)
    comparison = _comparison(retrains, shape)
    names = hyperparameters(trials)
    share = np.sort(rng.dirichlet(np.full(len(names), 0.6)))[::-1]
    budget = np.arange(1, shape.trials + 1)
    expected = 0.98 - 0.06 / budget
    direction = "min" if shape.objective == "val_loss" else "max"
    ranked = completed(trials).sort_values("score", ascending=direction == "min")
    full = ranked[ranked["epochs"] == ranked["epochs"].max()]
    return ReportData(
        settings={"name": "digits", "dataset": "digits", "hypermodel": "mlp", "tuner": shape.tuner,
                  "objective": shape.objective, "direction": direction, "max_epochs": shape.epochs, "seed": 0,
                  "validation_split": 0.2, "compare_seeds": shape.seeds},
        trials=trials,
        history=_history(rng, trials, models, shape),
        verdict=_verdict(comparison),
        best={name: full.iloc[0][name] for name in names if pd.notna(full.iloc[0][name])},
        best_trial=str(full.iloc[0]["trial"]),
        class_names=tuple("0123456789"),
        brackets=brackets,
        comparison=comparison,
        retrains=retrains,
        predictions=predictions,
        timings=_timings(rng, trials, retrains, shape.workers),
        importance=pd.DataFrame({"hyperparameter": names, "importance": share, "low": share * 0.6,
                                 "high": np.minimum(share * 1.5, 1)}),
        expected_best=pd.DataFrame({"trials": budget, "expected": expected, "low": expected - 0.03 / budget,
                                    "high": expected + 0.02 / budget}),
        probabilities=probabilities,
        images=dict(enumerate(rng.integers(0, 17, (shape.images, 8, 8)).astype(np.uint8))),
    )  # fmt: skip


@pytest.fixture(scope="session")
def make_value_study(
    keep_study: Callable[..., StudyFolder], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., StudyFolder]:
    """Give a function that keeps a finished study of the prices of houses: `make_value_study(width=2, gap=8)`.

    Each model is off by about 40, the baselines by `gap` more.
    """

    def make(width: int = 1, examples: int = 500, gap: float = 8, models: int = 2, output: str = "") -> StudyFolder:
        rng = np.random.default_rng(5)
        x = rng.standard_normal((examples, 5))
        y = np.exp(0.4 * x @ rng.standard_normal((5, width)) + 5) + 40 * rng.standard_normal((examples, width))
        place = examples * 3 // 5
        both = {"x_train": x[:place], "y_train": y[:place], "x_test": x[place:], "y_test": y[place:]}
        named = {name: {output: part, "sold": (part[:, 0] > 150) * 1} for name, part in both.items() if name[0] == "y"}
        dataset = dataset_of("houses", {**both, **named} if output else both)

        def answer(run: Run) -> np.ndarray:
            noise = np.random.default_rng([run.seed, len(run.model)]).standard_normal((examples - place, width))
            return np.asarray(y[place:] + (40 if run.role == "tuned" else 40 + gap) * noise, np.float32)

        folder = StudyFolder(tmp_path_factory.mktemp("studies") / "houses")
        folder.make()
        settings = StudySettings.create(
            tuner="random", objective="val_mean_absolute_error", max_trials=1, max_epochs=1, compare_seeds=5,
            dataset="houses.csv", target="price", baselines=BASELINES[: models - 1],
        )  # fmt: skip
        return keep_study(folder, settings, dataset, answer)

    return make


@pytest.fixture(scope="session")
def make_value_data(
    make_report_data: Callable[..., ReportData], make_value_study: Callable[..., StudyFolder]
) -> Callable[..., ReportData]:
    """Give a function that builds a synthetic study of values; it takes what `make_value_study` takes."""

    def make(**study: Any) -> ReportData:
        full = make_report_data(trials=40, objective="val_loss", models=study.get("models", 2))
        folder = make_value_study(**study)
        with Store.read(folder.root) as store:
            found = gather(store, folder.name)
        names = ("predictions", "retrains", "comparison", "verdict", "class_names", "images")
        target = {**full.settings, "target": "price"}
        return replace(full, settings=target, **{name: getattr(found, name) for name in names})

    return make


@pytest.fixture(scope="session")
def drawn_report(
    make_report_data: Callable[..., ReportData], tmp_path_factory: pytest.TempPathFactory
) -> tuple[ReportData, list[Drawn], Path]:
    """Give a synthetic study of 40 trials, what was drawn of it, and the folder that holds the pictures."""
    data = make_report_data(trials=40, tuner="hyperband")
    folder = tmp_path_factory.mktemp("report")
    return data, draw_all(data, folder), folder


@pytest.fixture(scope="session")
def make_report_data() -> Callable[..., ReportData]:
    """Give a function that builds a synthetic study: `make_report_data(trials=40, tuner="hyperband")`."""
    cache: dict[Shape, ReportData] = {}

    def make(**shape: Any) -> ReportData:
        key = Shape(**shape)
        if key not in cache:
            cache[key] = build_report_data(key)
        return cache[key]

    return make
