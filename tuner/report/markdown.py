"""The report in Markdown: README.md for a code-hosting page, and comparison.md ready to paste."""

import re
from collections.abc import Callable, Iterable

from keras_search.tuner.report import page_text
from keras_search.tuner.report.contents import ReportData
from keras_search.tuner.report.net import Net
from keras_search.tuner.report.page_text import Table
from keras_search.tuner.report.plots import Drawn

FIRST = "verdict"
"""The section of the plots right under the comparison, before all others."""
SECTIONS = {
    "training": "Training",
    "search": "The search",
    "why": "What made the difference",
    "mistakes": "What it gets right and wrong",
}
Section = tuple[str, Callable[[], list[str]]]
"""The name of a part of a page, for when it is left out, and the function that writes its paragraphs."""
FILES = ("comparison.csv", "comparison.md", "verdict.json", "trials.csv", "history.csv", "timings.csv", "report.html")


def escape(text: object) -> str:
    """Escape any text as one line of Markdown without markup.

    An underscore inside a word is left as it is, since it marks nothing there.
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    line = re.sub(r"([\\`*\[\]|~$])", r"\\\1", line)
    line = re.sub(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", r"\\_", line)
    return re.sub(r"^(\d*)([#+\-.)])(?=\s|$)", r"\1\\\2", line)


def table(content: Table) -> str:
    """Write a table in GitHub's Markdown, numbers right-aligned."""
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


def comparison(data: ReportData, net: Net | None = None) -> str:
    """Write comparison.md: the verdict, the comparison table, and the figures behind the verdict."""
    return _joined([*_verdict(data), ("the figures of the verdict", lambda: _figures(data))], net or Net())


def readme(data: ReportData, drawn: list[Drawn], net: Net | None = None) -> str:
    """Write README.md: the whole report, with relative links to the plots, at the end the parts that were left out."""
    net = net or Net()
    sections: list[Section] = [
        ("the title", lambda: [f"# {escape(page_text.title(data))}", escape(page_text.lead(data))]),
        *_verdict(data),
        ("the plots", lambda: [picture(plot, heading=False) for plot in drawn if plot.section == FIRST]),
        ("the figures of the verdict", lambda: ["## How sure is that?", *sure] if (sure := _figures(data)) else []),
        ("what to try", lambda: _tips(data)),
        ("the best settings", lambda: _best(data)),
        ("the plots", lambda: _plots(drawn)),
        ("the best trials", lambda: _top(data)),
        ("the settings of the study", lambda: _study(data)),
        ("the list of files", lambda: ["All files: " + ", ".join(f"[{name}]({name})" for name in _files(data))]),
    ]
    whole = _joined(sections, net)
    if net.left_out:
        whole += "\n## Left out\n\n" + "".join(
            f"- {escape(missing.part)}: {escape(missing.reason)}\n" for missing in net.left_out
        )
    return whole


def _files(data: ReportData) -> list[str]:
    """List the tables and pages of the report."""
    return [*FILES[:-1], *["ablation.csv"] * ("ablation" in data.tables), FILES[-1]]


def _joined(sections: list[Section], net: Net) -> str:
    parts = [part for name, write in sections for part in net.catch(name, write, list[str]())]
    return "\n\n".join(parts) + "\n"


def _verdict(data: ReportData) -> list[Section]:
    return [
        ("the verdict's sentence", lambda: [f"**{escape(_sentence(data))}**"]),
        ("what must be known beside the verdict", lambda: [escape(remark) for remark in page_text.remarks(data)]),
        ("the comparison table", lambda: [] if data.comparison.empty else [table(page_text.comparison_table(data))]),
    ]


def _sentence(data: ReportData) -> str:
    return " ".join(text for text in (page_text.recommendation(data), page_text.sentence(data)) if text)


def _figures(data: ReportData) -> list[str]:
    figures, method = page_text.verdict_figures(data), page_text.method(data)
    return [table(figures)] * bool(figures.rows) + [escape(method)] * bool(method)


def _tips(data: ReportData) -> list[str]:
    tips = page_text.advice(data)
    return ["What to try:\n\n" + "\n".join(f"- {escape(tip)}" for tip in tips)] if tips else []


def _best(data: ReportData) -> list[str]:
    if not data.best:
        return []
    heading = f"## Best settings (trial {escape(data.winner)}, {escape(page_text.best_score(data))})"
    level = [escape(text) for text in [page_text.level_text(data)] if text]
    return [heading, *level, pairs(page_text.best_settings(data), ("hyperparameter", "value"))]


def _plots(drawn: list[Drawn]) -> list[str]:
    shown = {heading: [picture(p) for p in drawn if p.section == section] for section, heading in SECTIONS.items()}
    return [part for heading, plots in shown.items() if plots for part in (f"## {heading}", *plots)]


def _top(data: ReportData) -> list[str]:
    top = page_text.top_trials(data)
    return ["## The best trials", table(top)] if top.rows else []


def _study(data: ReportData) -> list[str]:
    return ["## The study", pairs(page_text.study_settings(data), ("setting", "value"))]
