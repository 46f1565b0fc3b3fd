"""The report in Markdown: README.md for a code-hosting page, and comparison.md ready to paste."""

import re
from collections.abc import Iterable

from keras_search.tuner.report import page_text
from keras_search.tuner.report.contents import ReportData
from keras_search.tuner.report.page_text import Table
from keras_search.tuner.report.plots import Drawn

FIRST = "verdict"
"""The section of the plots that stand right under the comparison, before all others."""
SECTIONS = {
    "training": "Training",
    "search": "The search",
    "why": "What made the difference",
    "mistakes": "What it gets right and wrong",
}
FILES = ("comparison.csv", "comparison.md", "verdict.json", "trials.csv", "history.csv", "timings.csv", "report.html")


def escape(text: object) -> str:
    """Put any text on one line of Markdown in which nothing of it is markup.

    An underscore inside a word is left as it is, since it marks nothing there.
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    line = re.sub(r"([\\`*\[\]|~$])", r"\\\1", line)
    line = re.sub(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", r"\\_", line)
    return re.sub(r"^(\d*)([#+\-.)])(?=\s|$)", r"\1\\\2", line)


def table(content: Table) -> str:
    """Write a table in GitHub's Markdown, numbers at the right."""
    rule = ["---:" if numeric else "---" for numeric in content.numeric]
    rows = [[escape(cell) for cell in row] for row in (content.head, *content.rows)]
    lines = [f"| {' | '.join(cells)} |" for cells in (rows[0], rule, *rows[1:])]
    return "\n".join(lines)


def pairs(rows: Iterable[tuple[str, str]], head: tuple[str, str]) -> str:
    """Write names and values as a table of two columns."""
    return table(Table(head, tuple(rows), (False, False)))


def picture(drawn: Drawn, heading: bool = True) -> str:
    """Write a plot as a relative image, with its title above and its caption below."""
    title = escape(drawn.title)
    return f"### {title}\n\n" * heading + f"![{title}]({drawn.file})\n\n{escape(drawn.caption)}"


def comparison(data: ReportData) -> str:
    """Write comparison.md: the verdict, the comparison table, and the figures behind the verdict."""
    return "\n\n".join([*_verdict(data), *_figures(data)]) + "\n"


def _verdict(data: ReportData) -> list[str]:
    said = " ".join(text for text in (page_text.recommendation(data), page_text.sentence(data)) if text)
    told = [f"**{escape(said)}**", *(escape(remark) for remark in page_text.remarks(data))]
    return told if data.comparison.empty else [*told, table(page_text.comparison_table(data))]


def _figures(data: ReportData) -> list[str]:
    figures, method = page_text.verdict_figures(data), page_text.method(data)
    return [table(figures)] * bool(figures.rows) + [escape(method)] * bool(method)


def readme(data: ReportData, drawn: list[Drawn]) -> str:
    """Write README.md: the whole report, with relative links to the plots."""
    parts = [f"# {escape(page_text.title(data))}", escape(page_text.lead(data)), *_verdict(data)]
    parts += [picture(plot, heading=False) for plot in drawn if plot.section == FIRST]
    sure, tips = _figures(data), page_text.advice(data)
    parts += ["## How sure is that?", *sure] if sure else []
    parts += ["What to try:\n\n" + "\n".join(f"- {escape(tip)}" for tip in tips)] if tips else []
    if data.best:
        parts += [f"## Best settings (trial {escape(data.winner)}, {page_text.best_score(data)})",
                  *[escape(text) for text in [page_text.level_text(data)] if text],
                  pairs(page_text.best_settings(data), ("hyperparameter", "value"))]  # fmt: skip
    for section, heading in SECTIONS.items():
        shown = [picture(plot) for plot in drawn if plot.section == section]
        parts += [f"## {heading}", *shown] if shown else []
    top = page_text.top_trials(data)
    if top.rows:
        parts += ["## The best trials", table(top)]
    parts += ["## The study", pairs(page_text.study_settings(data), ("setting", "value"))]
    parts.append("All of it: " + ", ".join(f"[{name}]({name})" for name in FILES))
    return "\n\n".join(parts) + "\n"
