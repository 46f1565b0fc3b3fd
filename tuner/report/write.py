"""Write the report of a study: tables, verdict, plots and pages, the whole folder at once."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from keras_search.errors import KerasSearchError
from keras_search.tuner.report import frames
from keras_search.tuner.report.contents import ReportData, completed, full_budget, hyperparameters
from keras_search.tuner.report.importance import expected_best, importance
from keras_search.tuner.report.judging import judge
from keras_search.tuner.report.page import write_page
from keras_search.tuner.report.plots import draw_all
from keras_search.tuner.report.samples import lacks_samples
from keras_search.tuner.study.folder import StudyFolder, check_report_place
from keras_search.tuner.study.store import Store
from keras_search.tuner.system import faults
from keras_search.tuner.system.files import sync

TABLES = ("trials", "history", "comparison", "timings")


def write(folder: StudyFolder, reports_dir: Path) -> Path:
    """Write `reports/<study>/` from what the study keeps, in place of an earlier one; give its path.

    Raises:
        UsageError: the folder holds something else than a report.
        KerasSearchError: it cannot be written to.
    """
    target, partial = check_report_place(reports_dir, folder.name), reports_dir / f".{folder.name}.partial"
    with Store.read(folder.root) as store:
        data = gather(store, folder.name)
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        _fill(data, partial)
        _swap(partial, target)
    except OSError as error:
        raise KerasSearchError(
            f"The report {target} could not be written: {error.strerror or error}. "
            f"Mend that and write it again: keras-search report {folder.name}"
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target


def gather(store: Store, name: str) -> ReportData:
    """Read everything that a report shows."""
    settings = store.fact("settings")
    trials, brackets = frames.trials(store), frames.brackets(store)
    verdict = judge(store)
    compared = verdict is not None
    winner = store.fact("best") or ""
    finished = completed(trials)
    full = finished[full_budget(finished, brackets).to_numpy(bool)]
    return ReportData(
        settings={"name": name, **settings, "dataset": store.fact("data")["name"]},
        trials=trials,
        history=frames.history(store),
        verdict=verdict or {},
        best=store.runs[winner].hyperparameters if winner else {},
        best_trial=winner,
        class_names=tuple(store.fact("data")["class_names"]),
        brackets=brackets,
        comparison=frames.comparison(store) if compared else pd.DataFrame(),
        retrains=frames.retrains(store) if compared else pd.DataFrame(),
        predictions=frames.predictions(store) if compared else pd.DataFrame(),
        timings=frames.timings(store),
        ablation=frames.ablation(store),
        importance=importance(trials, hyperparameters(trials), settings["direction"], settings["seed"]),
        expected_best=expected_best(full["score"], settings["direction"]),
        probabilities=frames.probabilities(store) if compared else {},
        images={} if lacks_samples(store) else _sample_images(store),
    )


def _sample_images(store: Store) -> dict[int, np.ndarray]:
    indices, images = store.array("sample_indices"), store.array("sample_images")
    if indices is None or images is None:
        return {}
    return {int(index): image for index, image in zip(indices, images, strict=True)}


def _fill(data: ReportData, folder: Path) -> None:
    """Write every file of the report into a folder."""
    for table in TABLES:
        _tidy(getattr(data, table)).to_csv(folder / f"{table}.csv", index=False, lineterminator="\n")
    if not data.ablation.empty:
        data.ablation.to_csv(folder / "ablation.csv", index=False, lineterminator="\n")
    _write_json(dict(data.verdict) or {"verdict": None}, folder / "verdict.json")
    write_page(data, draw_all(data, folder), folder)


def _tidy(frame: pd.DataFrame) -> pd.DataFrame:
    """Write whole numbers as such in columns where some rows have none."""
    whole = {
        column: "Int64"
        for column in frame.columns
        if frame[column].dtype == object or frame[column].dtype == float
        if _is_whole(frame[column].dropna())
    }
    return frame.astype(whole)


def _is_whole(values: "pd.Series[Any]") -> bool:
    return len(values) > 0 and all(isinstance(value, int) and not isinstance(value, bool) for value in values)


def _write_json(content: Any, path: Path) -> None:
    path.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def _swap(partial: Path, target: Path) -> None:
    """Put a whole folder in the place of another."""
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.replace(old)
    faults.point("report swap")
    partial.replace(target)
    sync(target.parent)
    shutil.rmtree(old, ignore_errors=True)
