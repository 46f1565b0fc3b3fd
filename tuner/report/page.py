"""Write the report's pages: report.html in one self-contained file, README.md and comparison.md."""

from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from keras_search.tuner.report import markdown, page_text
from keras_search.tuner.report.contents import ReportData, hyperparameters
from keras_search.tuner.report.plots import Drawn

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Figure:
    """Hold a plot as the page embeds it: `source` is a data URI, `width` and `height` its size on the page in pixels.

    `spots` are the places of trials, in these pixels, with what is said where the pointer rests on one.
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

    cells: list[tuple[str, str]]
    settings: str
    state: str


def write_page(data: ReportData, drawn: list[Drawn], folder: Path) -> None:
    """Write report.html, README.md and comparison.md into `folder`, which holds the PNGs of `drawn`."""
    _write(folder / "report.html", html(data, drawn, folder))
    _write(folder / "README.md", markdown.readme(data, drawn))
    _write(folder / "comparison.md", markdown.comparison(data))


def html(data: ReportData, drawn: list[Drawn], folder: Path) -> str:
    """Render report.html: pictures, style, table library and all in one string that asks the network for nothing."""
    figures = {section: _figures(data, drawn, section, folder) for section in (markdown.FIRST, *markdown.SECTIONS)}
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    script, style = table_library()
    return environment.get_template("report.html.j2").render(
        title=page_text.title(data),
        lead=page_text.lead(data),
        verdict=str(data.verdict.get("verdict", "")),
        recommendation=page_text.recommendation(data),
        sentence=page_text.sentence(data),
        remarks=page_text.remarks(data),
        level=page_text.level_text(data),
        method=page_text.method(data),
        advice=page_text.advice(data),
        comparison=None if data.comparison.empty else page_text.comparison_table(data),
        verdict_figures=page_text.verdict_figures(data),
        further_figures=page_text.further_figures(data),
        winner=data.winner,
        direction=data.direction,
        best_score=f"{page_text.best_score(data)} {data.objective}",
        best=page_text.best_settings(data),
        figures=figures,
        sections=markdown.SECTIONS,
        top=page_text.top_trials(data),
        columns=[str(column) for column in data.trials.columns],
        rows=_rows(data),
        study=page_text.study_settings(data),
        table_script=script,
        table_style=style,
    )


@cache
def table_library() -> tuple[str, str]:
    """Give the script (base64) and the style of DataTables as the package itables brings them, for use offline."""
    from itables.options import dt_bundle

    bundle = Path(dt_bundle)
    return b64encode(bundle.read_bytes()).decode(), bundle.with_suffix(".css").read_text(encoding="utf-8")


def _figures(data: ReportData, drawn: list[Drawn], section: str, folder: Path) -> list[Figure]:
    told = page_text.trial_texts(data)
    shown = []
    for plot in drawn:
        if plot.section == section:
            source = "data:image/png;base64," + b64encode((folder / plot.file).read_bytes()).decode()
            width, height = round(plot.width * 100), round(plot.height * 100)
            spots = [(round(s.x * width, 1), round(s.y * height, 1), told[s.trial]) for s in plot.spots]
            shown.append(Figure(plot.title, plot.caption, source, width, height, spots))
    return shown


def _rows(data: ReportData) -> list[Row]:
    names = hyperparameters(data.trials)
    cells = page_text.trial_cells(data.trials, data.objective)
    records = data.trials.to_dict("records")
    return [
        Row(row, page_text.settings_text(record, names), str(record["state"]))
        for row, record in zip(cells, records, strict=True)
    ]


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
