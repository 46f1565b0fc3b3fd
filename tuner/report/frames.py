"""A study as DataFrames, one function per table; the only reader of the store for reports and notebooks."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import scipy

from keras_search.models.baselines import recipe_of
from keras_search.models.problem import Target
from keras_search.tuner.report.compared import Compared, compared
from keras_search.tuner.report.trial_rows import TRIAL_COLUMNS, headings, hyperparameter_names, trial_row
from keras_search.tuner.study.integrity import settings_of
from keras_search.tuner.study.plan import compared_models, seed_index
from keras_search.tuner.study.records import SEARCHED, TUNED, Kind, Metrics, Run
from keras_search.tuner.study.rungs import rung_place
from keras_search.tuner.study.settings import DEFAULT_BATCH_SIZE
from keras_search.tuner.study.store import Store, from_bytes
from keras_search.tuner.verdict.measure import compared_target
from keras_search.tuner.verdict.standing import Standing, in_order

EPOCH_COLUMNS = ("kind", "name", "seed", "epoch")
CLASS_COLUMNS = ["model", "seed", "index", "label", "predicted", "confidence"]
VALUE_COLUMNS = ["model", "seed", "index", "column", "true", "predicted"]


def trials(store: Store) -> pd.DataFrame:
    """List the trials by name, one row each: state, score, epochs trained, and one column per hyperparameter.

    A hyperparameter with the name of another column has the prefix `hp_`. One that some trials lack keeps its values
    as they are, None if there is none.
    """
    runs, losses = _by_name(store, Kind.TRIAL), _kept_losses(store)
    names = hyperparameter_names(store.fact("space"), runs)
    rows = [trial_row(run, names, losses.get(run.name)) for run in runs]
    frame = pd.DataFrame(rows, columns=[*TRIAL_COLUMNS, *headings(names, TRIAL_COLUMNS, "hp_")], dtype=object)
    full = [name for name in frame.columns if not frame[name].isna().any()]
    frame[full] = frame[full].infer_objects()
    return frame.astype(
        {"score": float, "val_loss": float, "epochs": int, "best_epoch": "Int64", "parameters": "Int64"}
    )


def typed_trials(store: Store) -> pd.DataFrame:
    """List the trials as `trials` does, with numbers in columns of numbers also where some trials have none.

    Whole numbers stay whole (`Int64`); of other numbers a missing one is NaN.
    """
    frame = trials(store)
    return frame.astype({name: kind for name in frame if (kind := _kind_of(frame[name]))})


def _kind_of(column: "pd.Series[Any]") -> str:
    """Return the type of a column of objects that holds only numbers, only booleans or nothing; "" for any other."""
    seen = [value for value in column if value is not None]
    if column.dtype != object:
        return ""
    if not seen:
        return "float64"
    if all(isinstance(value, bool) for value in seen):
        return "boolean"
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in seen):
        return ""
    if any(abs(value) >= 2**63 for value in seen if isinstance(value, int)):
        return ""
    return "Int64" if all(isinstance(value, int) for value in seen) else "float64"


def history(store: Store) -> pd.DataFrame:
    """List every epoch of every trial and retraining, one column per metric; `seed` is -1 for trials.

    A metric with the name of another column has the prefix `metric_`.
    """
    runs = store.runs
    epochs = store.epochs()
    names = list(dict.fromkeys(name for epoch in epochs for name in epoch.metrics))
    columns = dict(zip(names, headings(names, EPOCH_COLUMNS, "metric_"), strict=True))
    rows = []
    for epoch in epochs:
        run = runs[epoch.run]
        place = dict(zip(EPOCH_COLUMNS, (run.kind.value, _public_name(run), _seed(run), epoch.epoch), strict=True))
        rows.append(place | {columns[name]: value for name, value in epoch.metrics.items()})
    frame = pd.DataFrame(rows, columns=None if rows else list(EPOCH_COLUMNS))
    return frame.sort_values(list(EPOCH_COLUMNS), ascending=[False, True, True, True], ignore_index=True)


def brackets(store: Store) -> pd.DataFrame:
    """List each trial's place in Hyperband's schedule, and whether it was promoted; empty for other tuners."""
    columns = ["trial", "iteration", "bracket", "rung", "slot", "epochs", "score", "state", "promoted"]
    runs = _by_name(store, Kind.TRIAL)
    parents = {run.parent for run in runs}
    rows = []
    for run in runs:
        place = rung_place(run.name)
        if place is not None:
            rows.append([run.name, *place, run.epochs, run.score, run.state.value, run.name in parents])
    return pd.DataFrame(rows, columns=columns).astype({"score": float})


def retrains(store: Store, by: Compared | None = None) -> pd.DataFrame:
    """List the retrained models, one row per model and seed, with the metrics of the saved epoch.

    The measure of the comparison is among those of the test, even if a model does not report it; passing `by` avoids
    computing it again.
    """
    evaluations, by = store.evaluations(), by or compared(store)
    rows = []
    for run in _by_name(store, Kind.RETRAIN):
        if run.name in evaluations and run.best_epoch is not None:
            kept = store.history(run.name)[run.best_epoch]
            tested = {f"test_{name}": value for name, value in evaluations[run.name].metrics.items()}
            if by and (run.model, seed_index(run)) in by.scores:
                tested[f"test_{by.measure.metric}"] = by.value((run.model, seed_index(run)))
            validated = {name: value for name, value in kept.items() if name.startswith("val_")}
            rows.append(
                {
                    "model": run.model,
                    "role": run.role,
                    "seed": seed_index(run),
                    "epochs": run.trained,
                    "best_epoch": run.best_epoch,
                    "parameters": run.parameters,
                }
                | validated
                | tested
            )
    frame = pd.DataFrame(rows, columns=None if rows else ["model", "role", "seed"])
    return frame.sort_values(["model", "seed"], ignore_index=True)


def target(store: Store) -> Target:
    """Return the output on which models are compared."""
    return compared_target(store.fact("data"))


def comparison(store: Store) -> pd.DataFrame:
    """Compare the tuned model and the baselines, one row per model, the best first.

    For the measure of the comparison there are the mean over the seeds, its standard deviation on the test split, and
    in `difference` the tuned model's mean minus the row's.
    """
    by = compared(store)
    frame, metric = retrains(store, by), by.measure.metric if by else "accuracy"
    columns = ["model", "role", "parameters", "epochs", "batch_size", "seeds", f"val_{metric}", f"test_{metric}",
               f"test_{metric}_std", "test_loss"]  # fmt: skip
    models = [each.model for each in standings(store, by)]
    rows = [_comparison_row(store, model, frame[frame["model"] == model], by) for model in models if by]
    table = pd.DataFrame(rows, columns=list(dict.fromkeys(columns)))
    mine = table.loc[table["model"] == TUNED, f"test_{metric}"]
    gap = (mine.iloc[0] if len(mine) else np.nan) - table[f"test_{metric}"]
    table["difference"] = gap.where(table["model"] != TUNED)
    return table


def standings(store: Store, by: Compared | None) -> list[Standing]:
    """List score, size and training of each tested model of the comparison, the best first; none without a measure."""
    if by is None:
        return []
    frame = retrains(store, by)
    models = compared_models(settings_of(store))
    parts = {name: frame[frame["model"] == name] for name in models if (frame["model"] == name).any()}
    found = [
        Standing(
            model=name,
            score=float(part[f"test_{by.measure.metric}"].mean()),
            loss=float(part["val_loss"].mean()) if "val_loss" in part else np.inf,
            parameters=int(part["parameters"].iloc[0]),
            epochs=int(part["epochs"].max()),
            tuned=name == TUNED,
        )
        for name, part in parts.items()
    ]
    return in_order(found, by.measure.sign)


def _deviation(values: "pd.Series[float]") -> float:
    """Return the standard deviation over the seeds, NaN for a single one or if a value is not finite."""
    return float(values.std(ddof=1)) if len(values) > 1 and np.isfinite(values).all() else float("nan")


def ablation(store: Store) -> pd.DataFrame:
    """List the steps from the first settings to the best, one row each: the change, and the scores over the seeds.

    `gain` is the mean difference to the step before on the same seeds, `gain_low` to `gain_high` its 95% interval
    (paired Student's t).
    """
    columns = ["step", "hyperparameter", "value", "seeds", "score", "score_std", "gain", "gain_low", "gain_high"]
    steps: dict[int, dict[int, Run]] = {}
    for run in _by_name(store, Kind.ABLATION):
        if run.score is not None:
            steps.setdefault(int(run.name.split("-")[1]), {})[seed_index(run)] = run
    rows, before = [], dict[int, Run]()
    for step, trained in sorted(steps.items()):
        scores = pd.Series([run.score for run in trained.values()], dtype=float)
        first = next(iter(trained.values()))
        value = first.hyperparameters.get(first.model)
        gains = [
            float(run.score or 0) - float(before[seed].score or 0) for seed, run in trained.items() if seed in before
        ]
        rows.append([step, first.model, value, len(scores), scores.mean(), _deviation(scores), *_gain(gains)])
        before = trained
    return pd.DataFrame(rows, columns=columns)


def _gain(gains: list[float]) -> tuple[float, float, float]:
    """Return the mean of paired differences and its 95% interval; NaN if there are too few."""
    if len(gains) < 2:
        return (gains[0] if gains else np.nan, np.nan, np.nan)
    mean, deviation = np.mean(gains), np.std(gains, ddof=1)
    half = scipy.special.stdtrit(len(gains) - 1, 0.975) * deviation / np.sqrt(len(gains))
    return float(mean), float(mean - half), float(mean + half)


def timings(store: Store) -> pd.DataFrame:
    """List when each run ran and for how long, in seconds since the study's first start, and its engine."""
    events = store.events()
    begin = events[0][0] if events else 0.0
    open_runs: dict[str, float] = {}
    rows = []
    for moment, kind, name, worker in events:
        if kind == "begin" and name is not None:
            open_runs[name] = moment
        elif name in open_runs and name in store.runs:
            started = open_runs.pop(name)
            run = store.runs[name]
            what = "test" if kind == "evaluated" else run.kind.value
            trained = (run.trained, "" if what == "test" else run.engine)
            rows.append([what, _public_name(run), _seed(run), worker, started - begin, moment - started, *trained])
    columns = ["kind", "name", "seed", "worker", "started", "seconds", "epochs", "engine"]
    return pd.DataFrame(rows, columns=columns)


def probabilities(store: Store) -> dict[tuple[str, int], np.ndarray]:
    """Return each retrained model's predictions for the test examples, by (model, seed).

    Probabilities `(n_test, classes)`, or values `(n_test, width)`; nothing for outputs that are neither.
    """
    return {
        (store.runs[name].model, seed_index(store.runs[name])): from_bytes(evaluation.probabilities)
        for name, evaluation in store.evaluations().items()
        if evaluation.probabilities
    }


def predictions(store: Store, labels: np.ndarray | None = None) -> pd.DataFrame:
    """List every prediction on the test split, one row per example and retrained model.

    For classes: `label`, `predicted` and `confidence`. For values: `true` and `predicted`, one row for each `column` of
    the output, counted from 0. `labels` are the true classes `(n_test,)` or values `(n_test, width)`, by default those
    in the store.
    """
    labels = store.array("test_labels") if labels is None else labels
    classifies = target(store).classifies
    outputs = sorted(probabilities(store).items())
    if labels is None or not outputs:
        return pd.DataFrame(columns=CLASS_COLUMNS if classifies else VALUE_COLUMNS)
    offset = np.array(target(store).offset or 0.0)
    columns = _predicted_classes if classifies else partial(_predicted_values, offset=offset)
    parts = [
        pd.DataFrame({"model": model, "seed": seed} | columns(values, labels)) for (model, seed), values in outputs
    ]
    return pd.concat(parts, ignore_index=True)


def _predicted_classes(chances: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    index, predicted = np.arange(len(labels)), chances.argmax(axis=1)
    return {"index": index, "label": labels, "predicted": predicted, "confidence": chances.max(axis=1)}


def _predicted_values(values: np.ndarray, truth: np.ndarray, offset: np.ndarray) -> dict[str, np.ndarray]:
    """Return values in the units of the data; an offset, if float32 is too coarse for them, is added in float64."""
    if offset.any():
        values, truth = values + offset, truth + offset
    index, column = (places.ravel() for places in np.indices(truth.shape))
    return {"index": index, "column": column, "true": truth.ravel(), "predicted": values.ravel()}


def _by_name(store: Store, kind: Kind) -> list[Run]:
    return sorted(store.of_kind(kind).values(), key=lambda run: run.name)


def _public_name(run: Run) -> str:
    """Name a run without its seed, which has a column of its own."""
    return run.name if run.kind in SEARCHED else run.name.rpartition("-seed")[0]


def _seed(run: Run) -> int:
    return -1 if run.kind in SEARCHED else seed_index(run)


def _kept_losses(store: Store) -> dict[str, float]:
    """Return the validation loss of each trial's best epoch, if there is one."""
    runs = store.of_kind(Kind.TRIAL)
    found = {}
    for run in runs.values():
        metrics: Metrics | None = None
        holder: Run | None = run
        while metrics is None and run.best_epoch is not None and holder is not None:
            metrics, holder = store.metrics(holder.name, run.best_epoch), runs.get(holder.parent or "")
        loss = (metrics or {}).get("val_loss")
        if loss is not None:
            found[run.name] = float(loss)
    return found


def _comparison_row(store: Store, name: str, frame: pd.DataFrame, by: Compared) -> dict[str, object]:
    first, metric = frame.iloc[0], by.measure.metric
    tested = f"test_{metric}"
    return {
        "model": name,
        "role": first["role"],
        "parameters": int(first["parameters"]),
        "epochs": int(frame["epochs"].max()),
        "batch_size": _batch_size(store, name, first["role"]),
        "seeds": len(frame),
        "test_loss": frame["test_loss"].mean() if "test_loss" in frame else np.nan,
        f"val_{metric}": _first_known(frame, by.measure.validated_by()),
        tested: frame[tested].mean(),
        f"{tested}_std": _deviation(frame[tested].astype(float)),
    }


def _first_known(frame: pd.DataFrame, columns: Sequence[str]) -> float:
    """Return the mean of the first column with a value in every row, NaN if there is none."""
    known = (frame[column] for column in columns if column in frame and frame[column].notna().all())
    return float(next((values.mean() for values in known), np.nan))


def _batch_size(store: Store, name: str, role: str) -> int:
    if role == "baseline":
        return recipe_of(name).batch_size
    run = next(run for run in store.of_kind(Kind.RETRAIN).values() if run.model == name)
    return int(run.hyperparameters.get("batch_size", DEFAULT_BATCH_SIZE))
