"""Write the report's pages: report.html in one self-contained file, README.md and comparison.md."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from keras_search.tuner.report import markdown, page_text
from keras_search.tuner.report.contents import ReportData, hyperparameters
from keras_search.tuner.report.net import Net
from keras_search.tuner.report.plots import Drawn
from keras_search.tuner.system.text import visible

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Figure:
    """Hold a plot as the page embeds it: `source` is a data URI, `width` and `height` its size on the page in pixels.

    `spots` are the places of trials, in these pixels, with the text for a pointer over one.
    """

    title: str
    caption: str
    source: str
    width: int
    height: int
    spots: list[tuple[float, float, str]]


@dataclass(frozen=True)
class Row:
    """Hold one trial of the table: cells as (text, sort key), its settings for the hover, its state."""

    cells: list[tuple[str, str | float]]
    settings: str
    state: str
    best: bool


@dataclass(frozen=True)
class Trials:
    """Hold the table of all trials, without the columns that no trial has a value in."""

    columns: list[str]
    rows: list[dict[str, Any]]


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
    parts = {name: net.catch(part, make, instead) for name, part, make, instead in _parts(data, drawn, folder)}
    return environment.get_template("report.html.j2").render(
        **parts,
        sections=markdown.SECTIONS,
        direction=data.direction,
        left_out=net.left_out,
        table_script=script,
        table_style=style,
    )


def _parts(data: ReportData, drawn: list[Drawn], folder: Path) -> list[tuple[str, str, Callable[[], Any], Any]]:
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
        ("further_figures", "the figures of the verdict", lambda: page_text.further_figures(data), []),
        ("winner", "the best settings", lambda: data.winner, ""),
        ("best_score", "the best settings", lambda: f"{page_text.best_score(data)} {data.objective}", ""),
        ("level", "the best settings", lambda: page_text.level_text(data), ""),
        ("best", "the best settings", lambda: page_text.best_settings(data), []),
        ("figures", "the plots", lambda: {key: _figures(data, drawn, key, folder) for key in sections},
         dict.fromkeys(sections, ())),
        ("top", "the best trials", lambda: page_text.top_trials(data), none),
        ("trials", "the table of trials", lambda: _trials(data), Trials(["trial", "score"], [])),
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


def _figures(data: ReportData, drawn: list[Drawn], section: str, folder: Path) -> list[Figure]:
    texts = page_text.trial_texts(data)
    shown = []
    for plot in drawn:
        if plot.section == section:
            source = "data:image/png;base64," + b64encode((folder / plot.file).read_bytes()).decode()
            width, height = round(plot.width * 100), round(plot.height * 100)
            spots = [(round(s.x * width, 1), round(s.y * height, 1), texts[s.trial]) for s in plot.spots]
            shown.append(Figure(plot.title, plot.caption, source, width, height, spots))
    return shown


def _trials(data: ReportData) -> Trials:
    names = hyperparameters(data.trials)
    filled = [name for name in data.trials if name in ("trial", "score") or _has_values(data.trials[name])]
    cells = page_text.trial_cells(data.trials[filled], data.objective)
    records = data.trials.to_dict("records")
    rows = [
        Row(row, visible(page_text.settings_text(record, names)), str(record["state"]), record["trial"] == data.winner)
        for row, record in zip(cells, records, strict=True)
    ]
    return Trials([str(name) for name in filled], [asdict(row) for row in rows])


def _has_values(column: pd.Series) -> bool:
    return bool((column.notna() & (column.astype(object) != "")).any())


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
