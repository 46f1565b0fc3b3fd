"""Summarise a study, as plain values for machines and as text for a terminal."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from keras_search.errors import KerasSearchError
from keras_search.tuner.console.terminal import add_row, as_text, table
from keras_search.tuner.report.naming import compared_metric, marked
from keras_search.tuner.report.net import Net
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.integrity import reading, settings_of
from keras_search.tuner.study.ranking import best_so_far, kept_loss, level_with
from keras_search.tuner.study.records import Kind, State
from keras_search.tuner.study.snapshot import state_of
from keras_search.tuner.study.stage import stage_of
from keras_search.tuner.study.store import Store
from keras_search.tuner.system.cache import cached
from keras_search.tuner.system.numbers import amount, figure, is_share, percent, signed
from keras_search.tuner.system.plain import plain

WIDTH = 140
"""Characters of a line, after which tables wrap."""
LEAVE_OUT = ("batch", "seeds", "epochs", "loss", "validation", "parameters")
"""The columns of the comparison that a narrow terminal does without; the report has them."""
STAGE_WORDS = {"search": "searching", "retraining": "searched, not yet compared", "done": "done"}


def brief(folder: StudyFolder) -> dict[str, Any]:
    """Return a study's line in the list; a study that cannot be read has an `error`."""
    try:
        with reading(folder) as store:
            settings, best = _settings(store), _best(store)
            return {
                "name": folder.name,
                "dataset": settings["dataset"],
                "tuner": settings["tuner"],
                "stage": stage_of(store),
                "trials": _count_trials(store)["completed"],
                "best_score": best and best["score"],
            }
    except KerasSearchError as error:
        return {"name": folder.name, "error": str(error)}


def short_text(details: Mapping[str, Any]) -> str:
    """Format a study's line in the list as one short line, as Python shows an object."""
    if "error" in details:
        return f"<Study {details['name']}: {details['error']}>"
    trials, score = details["trials"], details["best_score"]
    best = "" if score is None else f", best score {figure(score)}"
    return (
        f"<Study {details['name']}: {details['tuner']} search on {details['dataset']}, "
        f"{STAGE_WORDS[details['stage']]}, {trials} trial{'s' * (trials != 1)}{best}>"
    )


def full(folder: StudyFolder) -> dict[str, Any]:
    """Return a study's settings, progress, best trial, comparison and verdict.

    Raises:
        KerasSearchError: it cannot be read.
    """
    net = Net()
    with reading(folder) as store:
        settings, stage = _settings(store), stage_of(store)
        comparison, verdict = _judged(folder, store, net) if store.evaluated() else ([], None)
        return {
            "name": folder.name,
            "settings": settings,
            "stage": stage,
            "trials": _count_trials(store),
            "engines": dict(Counter(run.engine for run in store.runs.values() if run.engine)),
            "without_kernels": store.fact("without_kernels", ""),
            "processors": store.mixed_processors(),
            "best": _best(store),
            "comparison": comparison if stage == "done" else [],
            "verdict": verdict,
            "left_out": [str(missing) for missing in net.left_out],
        }


def settings(folder: StudyFolder) -> dict[str, Any]:
    """Return everything that decides a study's result, as it is stored.

    Raises:
        KerasSearchError: it cannot be read.
    """
    with reading(folder) as store:
        return _settings(store)


def list_text(rows: Sequence[Mapping[str, Any]], studies_dir: Path) -> str:
    """Format the list of studies as a table."""
    if not rows:
        return f"There are no studies in {studies_dir}. Start one: keras-search start"
    studies = table("study", "dataset", "tuner", "stage", "trials", "best score")
    for row in rows:
        if "error" in row:
            add_row(studies, row["name"], row["error"])
            continue
        score = "" if row["best_score"] is None else figure(row["best_score"])
        add_row(studies, row["name"], row["dataset"], row["tuner"], STAGE_WORDS[row["stage"]], row["trials"], score)
    return as_text(studies, WIDTH)


def full_text(details: Mapping[str, Any]) -> str:
    """Format a study for a terminal: settings, trials, best settings, comparison, verdict."""
    settings, trials = details["settings"], details["trials"]
    planned = f" of {trials['planned']}" if trials["planned"] else ""
    parts = [
        f"Study {details['name']}: {settings['tuner']} search of {settings['hypermodel']} on {settings['dataset']}, "
        f"seed {settings['seed']}; {STAGE_WORDS[details['stage']]}.",
        f"{trials['completed']}{planned} trials completed, {trials['failed']} failed, {trials['running']} unfinished.",
    ]
    if details["engines"]:
        parts += [_engines_text(details["engines"], details["without_kernels"])]
    if details["processors"]:
        parts += [details["processors"]["sentence"]]
    if details["best"]:
        parts += ["", _best_text(details["best"], settings["objective"])]
    net = Net()
    if details["comparison"]:
        compared, verdict = details["comparison"], details["verdict"] or {}
        table = net.catch("the comparison table", lambda: _comparison_text(compared, verdict), "")
        parts += ["", table] * bool(table)
    if details["verdict"]:
        parts += ["", net.catch("the verdict", lambda: _verdict_text(details["verdict"], details["name"]), "")]
    left_out = [*details["left_out"], *map(str, net.left_out)]
    parts += ["", *left_out] * bool(left_out)
    return "\n".join(parts)


def _engines_text(engines: Mapping[str, int], without_kernels: str) -> str:
    """Describe how many runs each engine trained, and why none used the kernels."""
    counted = ", ".join(f"{name} ({count} run{'s' * (count > 1)})" for name, count in sorted(engines.items()))
    return f"Trained by {counted}{f'; no kernels here: {without_kernels}' if without_kernels else ''}."


def _settings(store: Store) -> dict[str, Any]:
    settings_of(store)
    settings: dict[str, Any] = store.fact("settings")
    return settings


def _count_trials(store: Store) -> dict[str, int | None]:
    runs = store.of_kind(Kind.TRIAL).values()
    return {
        **{state.value: sum(run.state is state for run in runs) for state in State},
        "planned": store.fact("planned"),
    }


def _best(store: Store) -> dict[str, Any] | None:
    """Return the best trial, or that so far if the search is unfinished."""
    name = store.fact("best") if store.fact("search_ended") else None
    trials = store.of_kind(Kind.TRIAL)
    so_far = best_so_far(trials, settings_of(store), kept_loss(store))
    run = store.runs.get(name) if name else so_far
    if run is None:
        return None
    best = {"trial": run.name, "score": run.score, "epoch": run.best_epoch, "hyperparameters": run.hyperparameters}
    return {**best, "level": level_with(trials, run)}


def _best_text(best: Mapping[str, Any], objective: str) -> str:
    values = table("setting", "value")
    values.show_header = False
    for name, value in best["hyperparameters"].items():
        add_row(values, f"  {name}", f"{value:.6g}" if isinstance(value, float) else value)
    head = f"Best trial: {best['trial']}, {objective} {figure(best['score'])} in epoch {best['epoch']}, with"
    if best["level"]:
        others = len(best["level"])
        head = head.removesuffix(", with") + f", level with {others} other{'s' * (others > 1)} (chosen by loss), with"
    return f"{head}\n{as_text(values, WIDTH)}"


def _comparison_text(rows: Sequence[Mapping[str, Any]], verdict: Mapping[str, Any]) -> str:
    metric = compared_metric(rows[0])
    name = metric.replace("_", " ")
    measured = "" if is_share(metric) else " error" if name.endswith("error") else f" {name}"
    columns = ["model", "parameters", "epochs", "batch", "seeds", f"validation{measured}", f"test{measured}", "± std"]
    columns += [*["loss"] * (metric != "loss"), "tuned minus model"]
    comparison = table(*columns)
    places = 2 if is_share(metric) else int(verdict.get("decimals") or 0)
    use, level = verdict.get("use"), verdict.get("level") or []
    for row in rows:
        gap = _difference(row["difference"], metric, places)
        mean, spread = (_value(row[f"test_{metric}{end}"], metric, places) for end in ("", "_std"))
        loss = ["" if row["test_loss"] is None else figure(row["test_loss"])] if metric != "loss" else []
        size = (f"{row['parameters']:,}", row["epochs"], row["batch_size"], row["seeds"])
        validated = _value(row[f"val_{metric}"], metric, places)
        add_row(comparison, marked(row["model"], level, use), *size, validated, mean, spread.rstrip("%"), *loss, gap)
    return as_text(comparison, WIDTH, LEAVE_OUT)


def _judged(folder: StudyFolder, store: Store, net: Net) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """Return comparison and verdict; those of a study that has not changed since are read instead of computed."""

    def make() -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
        from keras_search.tuner.report import frames  # with pandas and scipy, these take a second to import
        from keras_search.tuner.report.judging import judge

        none: list[dict[str, Any]] = []
        rows = net.catch("the comparison", lambda: plain(frames.comparison(store).to_dict("records")), none)
        verdict = net.catch("the verdict", lambda: judge(store), None)
        if net.left_out:
            raise _Incomplete(rows, verdict)
        return rows, verdict

    try:
        rows, verdict = cached("summary", (folder.database.resolve(), state_of(folder.database)), make)
    except _Incomplete as found:
        rows, verdict = found.args
    return rows, verdict


class _Incomplete(Exception):  # noqa: N818 - it is no error
    """Carries what must not be kept, because a part is left out of it."""


def _value(value: float | None, metric: str, places: int) -> str:
    """Format a value of the metric, or nothing if a hypermodel does not measure it."""
    if value is None:
        return ""
    return percent(value, places) if is_share(metric) else amount(value, places)


def _difference(value: float | None, metric: str, places: int) -> str:
    if value is None:
        return ""
    return f"{signed(100 * value, places)} points" if is_share(metric) else signed(value, places)


def _verdict_text(verdict: Mapping[str, Any], name: str) -> str:
    parts = [verdict.get("recommendation", ""), f"Verdict: {verdict['verdict']}. {verdict['sentence']}"]
    parts += [verdict.get(key, "") for key in ("efforts", "tests", "note", "what_to_try")]
    parts += [f"{other['baseline']}: {other['verdict']}." for other in verdict["others"]]
    parts += [verdict.get("warning", "")]
    return "\n".join(part.replace("resume NAME", f"resume {name}") for part in parts if part)
