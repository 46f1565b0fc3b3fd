"""Write the report of a study: tables, verdict, plots and pages, the whole folder at once."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from keras_search.errors import KerasSearchError
from keras_search.tuner.data.sight import from_stored, subjects
from keras_search.tuner.report import frames
from keras_search.tuner.report.contents import ReportData, completed, full_budget, hyperparameters
from keras_search.tuner.report.csv_text import csv_text
from keras_search.tuner.report.importance import importance
from keras_search.tuner.report.judging import judge
from keras_search.tuner.report.net import Net
from keras_search.tuner.report.page import write_page
from keras_search.tuner.report.plots import draw_all
from keras_search.tuner.report.plots.drawing import Ahead
from keras_search.tuner.report.samples import lacks_samples
from keras_search.tuner.study.command_line import start_command
from keras_search.tuner.study.folder import StudyFolder, check_report_place
from keras_search.tuner.study.integrity import reading
from keras_search.tuner.study.store import Store
from keras_search.tuner.system.files import replacing_folder
from keras_search.tuner.system.ownership import Mark, edited_files
from keras_search.tuner.system.plain import json_text
from keras_search.tuner.system.trash import free_place
from keras_search.tuner.verdict.expectation import expected_best

READ = "How the data were read"


def write(
    folder: StudyFolder,
    reports_dir: Path,
    on_note: Callable[[str], None] = lambda _: None,
    ahead: Callable[[], Ahead] = Ahead,
) -> Path:
    """Write `reports/<study>/` from the stored results, replacing an earlier report, and return its path.

    `ahead` returns what was drawn before; what no longer shows the results is drawn again.
    Files that are not part of a report stay in the folder; edited files of the earlier report go to the trash, which
    `on_note` reports. A part that fails is left out: the report and `on_note` mention which and why.

    Raises:
        UsageError: the folder is not a report's, or another file is in the way.
        KerasSearchError: it cannot be written to.
    """
    target = check_report_place(reports_dir, folder)
    net = Net()
    with reading(folder) as store:
        data = gather(store, folder.name, net)
    try:
        with replacing_folder(
            target, Mark("report", folder.name), lambda old: _keep_edited(old, target, on_note)
        ) as new:
            _fill(data, new, net, ahead)
    except OSError as error:
        raise KerasSearchError(
            f"The report {target} could not be written: {error.strerror or error}. "
            f"Fix that and write it again: keras-search report {folder.name}"
        ) from error
    for missing in net.left_out:
        on_note(str(missing))
    return target


def _keep_edited(old: Path, target: Path, on_note: Callable[[str], None]) -> None:
    """Move the edited files of an earlier report to the trash."""
    edited = edited_files(old)
    if edited:
        place = free_place(target)
        place.mkdir(parents=True)
        for name in edited:
            (old / name).replace(place / name)
        on_note(f"Edited since the last report, so moved to {place}: {', '.join(edited)}.")


def gather(store: Store, name: str, net: Net | None = None) -> ReportData:
    """Read everything that a report shows; parts that cannot be read are empty."""
    net = net or Net()
    settings = store.fact("settings")
    trials, brackets = frames.trials(store), frames.brackets(store)
    failed: dict[str, Any] | None = {}
    verdict = net.catch("the verdict", lambda: judge(store), failed)
    compared = verdict is not None
    winner = store.fact("best") or ""
    finished = completed(trials)
    full = finished[full_budget(finished, brackets).to_numpy(bool)]
    direction, nothing = settings["direction"], pd.DataFrame()

    def table(part: str, read: Callable[[Store], pd.DataFrame], wanted: bool = True) -> pd.DataFrame:
        return net.catch(part, lambda: read(store), nothing) if wanted else nothing

    return ReportData(
        settings={"name": name, **settings, "dataset": store.fact("data")["name"]},
        trials=trials,
        history=table("the history of the epochs", frames.history),
        verdict=verdict or {},
        best=store.runs[winner].hyperparameters if winner else {},
        best_trial=winner,
        class_names=tuple(store.fact("data")["class_names"]),
        brackets=brackets,
        comparison=table("the comparison", frames.comparison, compared),
        retrains=table("the retrained models", frames.retrains, compared),
        predictions=table("the predictions", frames.predictions, compared),
        timings=table("the timings", frames.timings),
        ablation=table("the ablation", frames.ablation),
        importance=table("the importance of the hyperparameters", lambda _: _importance(trials, settings)),
        expected_best=table("what more trials would bring", lambda _: expected_best(full["score"], direction)),
        probabilities=frames.probabilities(store) if compared else {},
        versions=store.fact("versions") or {},
        span=_span(store),
        command=net.catch("the command", lambda: start_command(name, settings), ""),
        seen=net.catch("what the networks get", lambda: _seen(store), {}),
        images=net.catch("the test images", lambda: {} if lacks_samples(store) else _sample_images(store), {}),
    )


def _span(store: Store) -> tuple[float, float] | None:
    events = store.events()
    return (events[0][0], events[-1][0]) if events else None


def _seen(store: Store) -> dict[str, str]:
    """Describe how the data were read, what the networks get, what looks wrong, and how the runs were not all alike."""
    read, notes = (" ".join(store.fact(name) or []) for name in ("read", "notes"))
    without = store.fact("without_kernels", "")
    trained = f"TensorFlow trained every network, because the kernels cannot be compiled here: {without}."
    seen = subjects(from_stored(store.fact("sights") or {}))
    described = {READ: read} if read else {}
    processors = store.mixed_processors().get("sentence", "")
    notable = {"Look at": notes, "Engine": trained if without else "", "Processors": processors}
    return described | seen | {name: text for name, text in notable.items() if text}


def _importance(trials: pd.DataFrame, settings: Mapping[str, Any]) -> pd.DataFrame:
    return importance(trials, hyperparameters(trials), settings["direction"], settings["seed"])


def _sample_images(store: Store) -> dict[int, np.ndarray]:
    indices, images = store.array("sample_indices"), store.array("sample_images")
    if indices is None or images is None:
        return {}
    return {int(index): image for index, image in zip(indices, images, strict=True)}


def _fill(data: ReportData, folder: Path, net: Net, ahead: Callable[[], Ahead]) -> None:
    """Write every file of the report into a folder."""
    for table in data.tables:
        content = net.catch(f"{table}.csv", partial(csv_text, getattr(data, table)), "")
        (folder / f"{table}.csv").write_text(content, encoding="utf-8", newline="\n")
    (folder / "verdict.json").write_text(json_text(dict(data.verdict) or {"verdict": None}) + "\n", encoding="utf-8")
    write_page(data, draw_all(data, folder, net, ahead), folder, net)
