"""The pages of a report: what they say, what they escape, and the HTML page in a real browser."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from markdown_it import MarkdownIt

from keras_search.tuner.report import markdown, page, page_text, write
from keras_search.tuner.report.contents import ReportData
from keras_search.tuner.report.plots import Drawn, draw_all
from keras_search.tuner.study.folder import StudyFolder

Make = Callable[..., ReportData]
DrawnReport = tuple[ReportData, list[Drawn], Path]

HOSTILE = "<script>alert(1)</script> a|b `c` \\d *e* _f_ [g](h)\n# i $j$ & <img src=x>"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")


class Page(HTMLParser):
    """Collect what a test asks of a page: its tags with attributes, and the text inside each tag."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)


@pytest.fixture(scope="session")
def written(drawn_report: DrawnReport) -> DrawnReport:
    """Give the drawn study with its pages written beside the pictures."""
    data, drawn, folder = drawn_report
    page.write_page(data, drawn, folder)
    return drawn_report


def _hostile(data: ReportData) -> ReportData:
    """Put markup into every string that a user controls."""
    trials = data.trials.rename(columns={"optimizer": HOSTILE})
    trials = trials.assign(error=HOSTILE, activation=HOSTILE, trial=[f"{HOSTILE}{i}" for i in range(len(trials))])
    return replace(
        data,
        settings={**data.settings, "name": HOSTILE, "dataset": HOSTILE, "hypermodel": HOSTILE},
        trials=trials,
        best={HOSTILE: HOSTILE, "learning_rate": 0.001},
        best_trial=f"{HOSTILE}5",
        brackets=pd.DataFrame(),
        comparison=data.comparison.replace({"model": {"mlp-128-64": HOSTILE}}),
        verdict={**data.verdict, "verdict": HOSTILE, "sentence": HOSTILE, "what_to_try": [HOSTILE], "more": HOSTILE},
    )


def _render(text: str) -> str:
    return str(MarkdownIt("commonmark").enable("table").render(text))


def test_the_page_holds_every_plot_for_wide_and_narrow_screens_and_asks_for_nothing_else(written: DrawnReport) -> None:
    _, drawn, folder = written
    shown = Page((folder / "report.html").read_text(encoding="utf-8"))
    plots = [attributes for tag, attributes in shown.tags if tag == "div" and "plot" in (attributes.get("class") or "")]
    assert [plot["class"] for plot in plots] == ["plot wide", "plot narrow"] * len(drawn)
    assert all(plot.get("aria-label") for plot in plots)
    assert shown.count("svg") == 2 * len(drawn)
    assert not [tag for tag, attributes in shown.tags if tag in ("link", "iframe", "img") or attributes.get("src")]
    links = [
        str(attributes["href"]) for tag, attributes in shown.tags if tag in ("a", "image") and "href" in attributes
    ]
    assert not [link for link in links if ":" in link and not link.startswith("data:image/png;base64,")]
    (policy,) = (a["content"] for tag, a in shown.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy


def test_the_contents_lead_to_sections_and_the_links_to_files_of_the_report(study_page: tuple[Page, Path]) -> None:
    shown, folder = study_page
    links = [str(attributes["href"]) for tag, attributes in shown.tags if tag == "a"]
    places = {attributes.get("id") for _, attributes in shown.tags}
    assert [link for link in links if link.startswith("#") and link[1:] not in places] == []
    files = {link for link in links if not link.startswith("#")}
    assert [name for name in files if not (folder / name).is_file()] == []
    left_out = {"report.html", ".keras-search.json"}
    assert files == {path.name for path in folder.iterdir()} - left_out


def test_the_page_tells_how_the_study_was_made_and_how_to_make_it_again(study_page: tuple[Page, Path]) -> None:
    shown, _ = study_page
    words = re.sub(r"\s+", " ", " ".join(shown.words))
    assert "keras-search start digits --objective val_accuracy --max-trials 40 --tuner random" in words
    for part in ("01 January 1970, 00:00", "took", "workers"):
        assert part in words


@pytest.fixture(scope="module")
def study_page(make_study: Callable[..., StudyFolder], tmp_path_factory: pytest.TempPathFactory) -> tuple[Page, Path]:
    """Give the page of a stored study, and the folder of its report."""
    folder = write.write(make_study(trials=40), tmp_path_factory.mktemp("reports"))
    return Page((folder / "report.html").read_text(encoding="utf-8")), folder


def test_the_first_screen_is_the_verdict_then_the_table_then_the_picture(written: DrawnReport) -> None:
    data, _, folder = written
    text = (folder / "report.html").read_text(encoding="utf-8")
    verdict = text[text.index('<section id="verdict">') : text.index('<section id="best">')]
    places = [verdict.index(part) for part in (data.verdict["sentence"][:30], 'id="comparison"', "<svg")]
    assert places == sorted(places)
    assert verdict.count("<svg") == 2, "for wide and for narrow screens"


def test_every_trial_is_a_row_that_sorts_by_number_and_shows_its_settings(written: DrawnReport) -> None:
    data, _, folder = written
    text = (folder / "report.html").read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="trial-rows">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    rows = json.loads(found[1])
    assert len(rows) == len(data.trials) == 40
    score = float(data.trials["score"].iloc[1])
    assert [f"{score:.2%}", score] in rows[1]["cells"]
    assert [row["cells"][0] for row in rows if row["best"]] == [data.winner]


def test_marks_lead_to_the_row_of_their_trial(written: DrawnReport) -> None:
    data, _, folder = written
    text = (folder / "report.html").read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="trial-rows">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    rows = json.loads(found[1])
    marked = {int(row) for row in re.findall(r'data-t="(\d+)"', text)}
    assert marked >= {place for place, row in enumerate(rows) if row["state"] == "completed"}
    best = next(row for row in rows if row["best"])
    assert best["cells"][0] == data.winner
    assert best["rank"] == 0


def test_markup_in_names_and_errors_stays_text_in_the_page(make_report_data: Make, tmp_path: Path) -> None:
    data = make_report_data(trials=40)
    plain, hostile = (Page(page.html(study, [], tmp_path)) for study in (data, _hostile(data)))
    for tag in ("script", "img", "em", "a"):
        assert hostile.count(tag) == plain.count(tag), tag
    assert any("<script>alert(1)</script>" in words for words in hostile.words)


def test_markup_in_names_and_errors_stays_text_in_markdown(make_report_data: Make) -> None:
    hostile = _hostile(make_report_data(trials=40))
    shown = Page(_render(markdown.readme(hostile, [])))
    assert shown.count("script") == shown.count("img") == shown.count("em") == shown.count("code") == 0
    cells = "".join(shown.words)
    assert "<script>alert(1)</script> a|b `c` \\d *e* _f_ [g](h) # i $j$ & <img src=x>" in cells


@pytest.mark.parametrize("text", ["# a", "- a", "+ a", "1. a", "12) a", "~~a~~", "a_b", "mlp-128-64", "-0.5", "#a"])
def test_escape_keeps_any_line_a_line_of_text(text: str) -> None:
    assert _render(markdown.escape(text)) == f"<p>{text}</p>\n"


def test_escape_leaves_ordinary_names_alone() -> None:
    assert markdown.escape("learning_rate = 0.001, mlp-128-64") == "learning_rate = 0.001, mlp-128-64"


def test_comparison_md_is_the_verdict_and_a_table_ready_to_paste(written: DrawnReport) -> None:
    data, _, folder = written
    text = (folder / "comparison.md").read_text(encoding="utf-8")
    shown = Page(_render(text))
    assert text.startswith("**Use the tuned model: its test accuracy, ")
    assert "It is not proven that" in text
    assert shown.count("table") == 2
    row = next(line for line in text.splitlines() if line.startswith("| tuned (best) |"))
    assert f"| {float(data.comparison['test_accuracy'].iloc[0]):.2%} |" in row
    other = next(line for line in text.splitlines() if line.startswith("| mlp-128-64 | 9"))
    assert f"| {100 * float(data.comparison['difference'].iloc[1]):+.2f} |" in other
    assert "| 0.0900 |" in row


def test_readme_shows_every_picture_that_lies_beside_it(written: DrawnReport) -> None:
    _, drawn, folder = written
    shown = Page(_render((folder / "README.md").read_text(encoding="utf-8")))
    sources = [attributes["src"] for tag, attributes in shown.tags if tag == "img"]
    sections = (markdown.FIRST, *markdown.SECTIONS)
    assert sources == [plot.file for section in sections for plot in drawn if plot.section == section]
    assert all((folder / str(source)).is_file() for source in sources)
    assert "learning_rate" in shown.words
    tables = [tag for tag, _ in shown.tags if tag in ("table", "img")]
    assert tables[:2] == ["table", "img"], "the picture of the comparison follows its table"


def test_pages_are_the_same_each_time_and_hold_no_date(written: DrawnReport, tmp_path: Path) -> None:
    data, drawn, folder = written
    for path in (*folder.glob("*.png"), *folder.glob("*.csv")):
        shutil.copy(path, tmp_path)
    page.write_page(data, drawn, tmp_path)
    for name in ("report.html", "README.md", "comparison.md"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()
    assert not re.search(r"\b20\d\d-\d\d-\d\d", (folder / "README.md").read_text(encoding="utf-8"))


def test_best_settings_begin_with_learning_rate_and_batch_size(make_report_data: Make) -> None:
    names = [name for name, _ in page_text.best_settings(make_report_data(trials=40))]
    assert names[:2] == ["learning_rate", "batch_size"]
    assert len(names) > 5


def test_top_trials_put_those_with_the_full_budget_first(make_report_data: Make) -> None:
    data = make_report_data(trials=40, tuner="hyperband")
    table = page_text.top_trials(data)
    assert table.rows[0][0] == data.winner
    assert len(table.rows) == page_text.TOP


def test_a_search_without_comparison_is_told_as_one(make_report_data: Make, tmp_path: Path) -> None:
    full = make_report_data(trials=40)
    data = ReportData(settings=full.settings, trials=full.trials, history=full.history)
    page.write_page(data, [], tmp_path)
    text = (tmp_path / "comparison.md").read_text(encoding="utf-8")
    assert text.startswith(f"**The best trial, {data.winner}, reached ")
    assert "nothing was retrained" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_study_without_a_trial_has_its_pages(make_report_data: Make, tmp_path: Path) -> None:
    full = make_report_data(trials=3)
    data = ReportData(settings=full.settings, trials=full.trials.iloc[:0], history=full.history.iloc[:0])
    page.write_page(data, [], tmp_path)
    assert "no completed trial" in (tmp_path / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (float("nan"), ""), (pd.NA, ""), (True, "true"), (64.0, "64"), (0.00123456, "0.001235"),
     ("relu", "relu"), ((1, 2), "1, 2")],
)  # fmt: skip
def test_values_are_written_plainly(value: object, text: str) -> None:
    assert page_text.plain(value) == text


def test_the_figures_of_the_verdict_are_in_the_order_of_the_comparison(make_report_data: Make) -> None:
    data = make_report_data(trials=3, models=4)
    shown = [name for name in data.comparison["model"][::-1] if name != "tuned"]
    turned = replace(data, comparison=data.comparison.iloc[::-1])
    assert len(shown) > 1
    assert [row[0] for row in page_text.verdict_figures(turned).rows] == shown


def test_errors_are_written_in_their_unit_and_never_in_percent(make_value_data: Make) -> None:
    data = make_value_data()
    table, figures = page_text.comparison_table(data), page_text.verdict_figures(data)
    assert table.head[:5] == (
        "model",
        "test mean absolute error",
        "± (seeds)",
        "tuned minus model",
        "test squared error",
    )
    (tuned, baseline) = data.comparison["test_mean_absolute_error"]
    places = data.verdict["decimals"]
    assert table.rows[0][:2] == ("tuned (best)", f"{tuned:.{places}f}")
    assert table.rows[1][3] == f"{tuned - baseline:.{places}f}".replace("-", "\N{MINUS SIGN}")
    assert table.rows[0][3] == ""
    assert table.rows[1][3] == figures.rows[0][1], "one number, one rounding"
    assert f"a difference of {figures.rows[0][1]} " in data.verdict["sentence"]
    assert figures.head[1:3] == ("difference", "95% interval")
    assert figures.rows[0][1].startswith("\N{MINUS SIGN}")
    text = markdown.readme(data, [])
    assert "points" not in text
    assert "lower is better" in text
    assert "ablation.csv" not in text
    assert "[ablation.csv](ablation.csv)" in markdown.readme(replace(data, ablation=data.trials.head(1)), [])


def test_a_page_of_values_has_no_empty_section(make_value_data: Make, tmp_path: Path) -> None:
    data = make_value_data(examples=200)
    drawn = draw_all(data, tmp_path)
    page.write_page(data, drawn, tmp_path)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert Page(text).count("svg") == 2 * len(drawn)
    assert "predicted-values.png" in (tmp_path / "README.md").read_text(encoding="utf-8")
    for words in ("confusion", "mistakes", "image"):
        assert words not in markdown.readme(data, [plot for plot in drawn if plot.section == "mistakes"])


def test_the_page_names_the_compared_output(make_value_data: Make) -> None:
    data = make_value_data(output="price", width=2)
    assert page_text.lead(data).endswith("; models are compared by their output price")
    assert " at predicting price: " in page_text.sentence(data)
    assert data.verdict["output"] == "price"


@pytest.fixture
def open_page(tmp_path: Path) -> Callable[[Path], tuple[str, set[str]]]:
    """Give a function that opens a page in headless Chromium: its DOM afterwards, and what it asked the network for.

    No name is resolved, so that nothing leaves the machine, whatever the page or the browser itself asks for.
    """
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed, so the page is not opened in a browser")
    log = tmp_path / "net.json"
    quiet = ("gpu", "quic", "sync", "background-networking", "component-update", "dev-shm-usage")
    options = [f"--disable-{feature}" for feature in quiet]
    options += ["--headless", "--no-sandbox", "--no-first-run", "--host-resolver-rules=MAP * ~NOTFOUND"]
    options += [f"--user-data-dir={tmp_path / 'profile'}", f"--log-net-log={log}", "--virtual-time-budget=20000"]

    def visit(path: Path) -> tuple[str, set[str]]:
        command = [str(CHROMIUM), *options, "--dump-dom", path.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        started = [line for line in log.read_text(errors="replace").splitlines() if '"initiator":' in line]
        by_page = (line for line in started if '"initiator":"not an origin"' not in line)
        return done.stdout, {url for line in by_page for url in re.findall(r'"url":"((?:http|ws)[^"]*)"', line)}

    return visit


def test_in_a_browser_the_table_is_interactive_and_nothing_is_asked_of_the_network(
    written: DrawnReport, open_page: Callable[[Path], tuple[str, set[str]]]
) -> None:
    _, drawn, folder = written
    document, asked = open_page(folder / "report.html")
    shown = Page(document)
    classes = " ".join(attributes.get("class") or "" for _, attributes in shown.tags)
    assert {"dt-container", "dt-search", "dt-orderable-asc", "star"} <= set(classes.split())
    assert "1 to 25 of 40 trials" in shown.words
    assert document.count('class="plot ') == 2 * len(drawn)
    assert asked == set()


def test_in_a_browser_markup_of_a_trial_stays_text(
    make_report_data: Make, tmp_path: Path, open_page: Callable[[Path], tuple[str, set[str]]]
) -> None:
    data = make_report_data(trials=40)
    for name, study in {"plain": data, "hostile": _hostile(data)}.items():
        (tmp_path / f"{name}.html").write_text(page.html(study, [], tmp_path), encoding="utf-8")
    plain, hostile = (Page(open_page(tmp_path / f"{name}.html")[0]) for name in ("plain", "hostile"))
    for tag in ("script", "img", "em", "a"):
        assert hostile.count(tag) == plain.count(tag), tag
    assert "1 to 25 of 40 trials" in hostile.words


def test_a_page_that_asks_the_network_is_found_out(
    tmp_path: Path, open_page: Callable[[Path], tuple[str, set[str]]]
) -> None:
    """Make sure that the test above would notice."""
    asking = tmp_path / "asking.html"
    asking.write_text("<img src='http://127.0.0.1:9/x.png'>")
    assert open_page(asking)[1] == {"http://127.0.0.1:9/x.png"}
