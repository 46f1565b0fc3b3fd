"""Write the report's pages: report.html in one self-contained file, README.md and comparison.md."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from keras_search.tuner.report import markdown, page_text, verdict_text
from keras_search.tuner.report.contents import ReportData, completed, hyperparameters, ranking
from keras_search.tuner.report.net import Net
from keras_search.tuner.report.plots import Drawn
from keras_search.tuner.report.plots.vector import CROWDED, theme_colours
from keras_search.tuner.system.text import visible

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Figure:
    """Hold a plot as the page shows it: the SVGs for a wide screen and for a phone, and the files beside the page.

    `width` is the most that it takes of the page, in pixels; `data` are the files with the numbers that it shows.
    """

    name: str
    title: str
    caption: str
    wide: str
    narrow: str
    width: int
    file: str
    data: tuple[str, ...]


@dataclass(frozen=True)
class Column:
    """Describe a column of the table of trials.

    `numeric` aligns it as numbers, `shown` shows it at first, and `setting` marks a hyperparameter.
    """

    name: str
    numeric: bool
    shown: bool
    setting: bool = False


@dataclass(frozen=True)
class Row:
    """Hold one trial of the table: its cells, each a text or (text, what it is sorted by), and its state.

    `rank` is its place from the best to the worst, those that failed last.
    """

    cells: list[str | tuple[str, float]]
    rank: int
    state: str
    best: bool


@dataclass(frozen=True)
class Trials:
    """Hold the table of all trials, without the columns that no trial has a value in."""

    columns: list[Column]
    rows: list[dict[str, Any]]


NO_TRIALS = Trials([Column("trial", False, True), Column("score", True, True)], [])
LONGEST = "error"
"""The column that is the last, because it takes the most room."""
ASIDE = ("parent",)
"""Columns of the table of trials that are hidden at first."""


def write_page(data: ReportData, drawn: list[Drawn], folder: Path, net: Net | None = None) -> None:
    """Write report.html, README.md and comparison.md into `folder`, which holds the PNGs of `drawn`."""
    net = net or Net()
    _write(folder / "comparison.md", markdown.comparison(data, net))
    page = net.catch("the page", lambda: html(data, drawn, folder, net), "")
    readme = markdown.readme(data, drawn, net)
    _write(folder / "report.html", page or _bare(readme))
    _write(folder / "README.md", readme)


def html(data: ReportData, drawn: list[Drawn], folder: Path, net: Net | None = None) -> str:
    """Render report.html: pictures, style and table library in one string that needs no network."""
    net = net or Net()
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True, finalize=_shown,
    )  # fmt: skip
    script, style = table_library()
    parts = {name: net.catch(part, make, instead) for name, part, make, instead in _parts(data, drawn)}
    return environment.get_template("report.html.j2").render(
        **parts,
        sections=markdown.SECTIONS,
        contents=_contents(parts, net),
        colours=theme_colours(drawing for plot in drawn for drawing in (plot.wide, plot.narrow)),
        files=_files(folder),
        start=_start(parts["trials"], data.direction),
        crowded=any(CROWDED in plot.wide for plot in drawn),
        left_out=net.left_out,
        table_script=script,
        table_style=style,
    )


def _contents(parts: dict[str, Any], net: Net) -> list[tuple[str, str]]:
    """List the sections of the page, by their place and name."""
    shown = [("best", "Best settings", parts["best"]), ("figures", "How sure?", parts["verdict_figures"].rows)]
    shown += [(key, heading, parts["figures"][key]) for key, heading in markdown.SECTIONS.items()]
    shown += [("trials", "All trials", True), ("left-out", "Left out", net.left_out), ("study", "The study", True)]
    return [("verdict", "Verdict"), *((place, name) for place, name, there in shown if there)]


def _files(folder: Path) -> list[str]:
    """List the files of the report, tables first."""
    there = {path.name for path in folder.glob("*.*") if path.suffix in (".csv", ".png")}
    names = there | set(markdown.FILES) - {"report.html"} | {"README.md"}
    return sorted(names, key=lambda name: (name.endswith(".png"), name))


def _start(trials: Trials, direction: str) -> dict[str, Any]:
    """Return what the page's script begins with: the columns, and how the table is sorted."""
    columns = [asdict(column) for column in trials.columns]
    place = next(place for place, column in enumerate(trials.columns) if column.name == "score")
    return {"columns": columns, "score": place, "descending": direction == "max"}


def _parts(data: ReportData, drawn: list[Drawn]) -> list[tuple[str, str, Callable[[], Any], Any]]:
    """List what the template shows: its name there, its name in words, what makes it, and what replaces it."""
    none = page_text.Table((), (), ())
    sections = (markdown.FIRST, *markdown.SECTIONS)
    return [
        ("title", "the title", lambda: page_text.title(data), "report"),
        ("lead", "the title", lambda: page_text.lead(data), ""),
        ("verdict", "the verdict's sentence", lambda: str(data.verdict.get("verdict", "")), ""),
        ("recommendation", "which model to use", lambda: page_text.recommendation(data), ""),
        ("sentence", "the verdict's sentence", lambda: page_text.sentence(data), ""),
        ("remarks", "what must be known beside the verdict", lambda: page_text.remarks(data), []),
        ("method", "the figures of the verdict", lambda: page_text.method(data), ""),
        ("advice", "what to try", lambda: page_text.advice(data), []),
        ("comparison", "the comparison table", lambda: _comparison(data), None),
        ("verdict_figures", "the figures of the verdict", lambda: page_text.verdict_figures(data), none),
        ("all_figures", "the figures of the verdict", lambda: verdict_text.all_figures(data), []),
        ("winner", "the best settings", lambda: data.winner, ""),
        ("best_score", "the best settings", lambda: f"{data.objective} {page_text.best_score(data)}", ""),
        ("level", "the best settings", lambda: page_text.level_text(data), ""),
        ("best", "the best settings", lambda: page_text.best_settings(data, layers=False), []),
        ("layers", "the best settings", lambda: page_text.layer_settings(data), None),
        ("order", "the table of trials", lambda: page_text.order_text(data), ""),
        ("figures", "the plots", lambda: {key: _figures(drawn, key) for key in sections},
         dict.fromkeys(sections, ())),
        ("top", "the best trials", lambda: page_text.top_trials(data), none),
        ("trials", "the table of trials", lambda: _trials(data), NO_TRIALS),
        ("command", "the command", lambda: data.command, ""),
        ("made", "when the study ran", lambda: page_text.made(data), []),
        ("study", "the settings of the study", lambda: page_text.study_settings(data), []),
    ]  # fmt: skip


def _comparison(data: ReportData) -> page_text.Table | None:
    return None if data.comparison.empty else page_text.comparison_table(data)


def _shown(value: object) -> object:
    """Escape control characters in what the template writes; its own style and script are left alone."""
    return visible(value) if type(value) is str else value


def _bare(readme: str) -> str:
    """Return a page with the text of README.md, for when the whole one cannot be made."""
    return f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<pre>{escape(visible(readme))}</pre>\n</html>\n'


@cache
def table_library() -> tuple[str, str]:
    """Return the script (base64) and the style of DataTables as the package itables brings them, for use offline."""
    from itables.options import dt_bundle

    bundle = Path(dt_bundle)
    return b64encode(bundle.read_bytes()).decode(), bundle.with_suffix(".css").read_text(encoding="utf-8")


def _figures(drawn: list[Drawn], section: str) -> list[Figure]:
    return [
        Figure(plot.name, plot.title, plot.caption, plot.wide, plot.narrow, round(plot.width * 100), plot.file,
               plot.data)
        for plot in drawn if plot.section == section
    ]  # fmt: skip


def _trials(data: ReportData) -> Trials:
    names = hyperparameters(data.trials)
    filled = [name for name in data.trials if name in ("trial", "score") or _has_values(data.trials[name])]
    filled.sort(key=lambda name: name == LONGEST)
    cells = page_text.trial_cells(data.trials[filled], data.objective)
    records = data.trials[["trial", "state"]].to_dict("records")
    ranks = _ranks(data)
    rows = [
        Row([text if text == key else (text, float(key)) for text, key in row],
            ranks.get(str(record["trial"]), len(data.trials)), str(record["state"]), record["trial"] == data.winner)
        for row, record in zip(cells, records, strict=True)
    ]  # fmt: skip
    return Trials([_column(data.trials, str(name), name in names) for name in filled], [asdict(row) for row in rows])


def _ranks(data: ReportData) -> dict[str, int]:
    """Rank the trials: configurations at their longest, then those that others continued, by their scores."""
    ranked = ranking(data.trials, data.brackets, data.direction)["trial"]
    others = completed(data.trials).sort_values("score", ascending=data.direction == "min", kind="stable")["trial"]
    return {str(name): place for place, name in enumerate(dict.fromkeys([*ranked, *others]))}


def _column(trials: pd.DataFrame, name: str, setting: bool) -> Column:
    """Describe a column of the table; one that says the same of every trial is hidden at first."""
    values = trials[name]
    seen = [value for value in values if value is not None and value is not pd.NA]
    numeric = all(isinstance(value, (int, float, np.number)) and not isinstance(value, bool) for value in seen)
    says = name in ("trial", "score") or len(trials) == 1 or len({str(value) for value in values}) > 1
    return Column(str(name), numeric, says and name not in ASIDE, setting)


def _has_values(column: pd.Series) -> bool:
    return bool((column.notna() & (column.astype(object) != "")).any())


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
