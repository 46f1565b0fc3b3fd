"""Write the report of a study: tables, verdict, plots and pages, the whole folder at once."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from keras_search.errors import KerasSearchError
from keras_search.tuner.report import frames
from keras_search.tuner.report.contents import ReportData, completed, full_budget, hyperparameters
from keras_search.tuner.report.importance import importance
from keras_search.tuner.report.judging import judge
from keras_search.tuner.report.page import write_page
from keras_search.tuner.report.plots import draw_all
from keras_search.tuner.report.samples import lacks_samples
from keras_search.tuner.study.folder import StudyFolder, check_report_place
from keras_search.tuner.study.integrity import reading
from keras_search.tuner.study.store import Store
from keras_search.tuner.system.files import replacing_folder
from keras_search.tuner.system.ownership import Mark, edited_files
from keras_search.tuner.system.trash import free_place
from keras_search.tuner.verdict.expectation import expected_best

TABLES = ("trials", "history", "comparison", "timings")


def write(folder: StudyFolder, reports_dir: Path, on_note: Callable[[str], None] = lambda _: None) -> Path:
    """Write `reports/<study>/` from what the study keeps, in place of an earlier one; give its path.

    Files that are not of a report stay in the folder; those of the earlier one that were edited go to the trash, of
    which `on_note` is told.

    Raises:
        UsageError: the folder is not that of a report, or a file of somebody else's is in the way.
        KerasSearchError: it cannot be written to.
    """
    target = check_report_place(reports_dir, folder)
    with reading(folder) as store:
        data = gather(store, folder.name)
    try:
        with replacing_folder(
            target, Mark("report", folder.name), lambda old: _keep_edited(old, target, on_note)
        ) as new:
            _fill(data, new)
    except OSError as error:
        raise KerasSearchError(
            f"The report {target} could not be written: {error.strerror or error}. "
            f"Mend that and write it again: keras-search report {folder.name}"
        ) from error
    return target


def _keep_edited(old: Path, target: Path, on_note: Callable[[str], None]) -> None:
    """Move what somebody has edited of an earlier report into the trash."""
    edited = edited_files(old)
    if edited:
        place = free_place(target)
        place.mkdir(parents=True)
        for name in edited:
            (old / name).replace(place / name)
        on_note(f"Edited since the last report and so kept in {place}: {', '.join(edited)}.")


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
