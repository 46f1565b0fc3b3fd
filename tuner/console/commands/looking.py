"""The commands that look at studies: compare, best, logs, open, watch."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keras_search.tuner.console import completion
from keras_search.tuner.console.arguments import AsJson, Quiet, ReportsDir, StudiesDir, StudyName
from keras_search.tuner.console.checked import whole
from keras_search.tuner.console.streams import say
from keras_search.tuner.console.wrapping import tell
from keras_search.tuner.study.folder import find_study
from keras_search.tuner.system.plain import json_text

if TYPE_CHECKING:
    from keras_search.tuner.session.options import Options
    from keras_search.tuner.study.settings import StudySettings


def compare(
    names: Annotated[
        list[str], typer.Argument(help="Two or more studies.", metavar="NAME...", autocompletion=completion.studies)
    ],
    plot: Annotated[Path | None, typer.Option(help="A new .png, .svg or .pdf to draw the searches into.")] = None,
    studies_dir: StudiesDir = Path("studies"),
    as_json: AsJson = False,
) -> None:
    """Compare studies: the settings that differ, their scores and their verdicts."""
    folders = [find_study(studies_dir, name) for name in names]
    from keras_search.tuner.console.comparison_text import comparison_text
    from keras_search.tuner.report import comparing

    if plot is not None:
        from keras_search.tuner.report.plots.beside import check_plot_file, write_beside

        check_plot_file(plot)
    found = comparing.compare(folders)
    say(json_text(found.as_dict())) if as_json else tell(comparison_text(found))
    if plot is not None:
        write_beside(found, plot)
        say(f"Drawn into {plot}", error=as_json)


def best(name: StudyName = None, studies_dir: StudiesDir = Path("studies"), as_json: AsJson = False) -> None:
    """Print the settings of the best trial, as TOML or JSON."""
    folder = find_study(studies_dir, name)
    from keras_search.tuner.console import best_trial

    found = best_trial.best(folder)
    say(json_text(found) if as_json else best_trial.to_toml(found), end="\n" if as_json else "")


def logs(
    name: Annotated[str, typer.Argument(help="The study.", autocompletion=completion.studies)],
    trial: Annotated[
        str | None, typer.Argument(help="A trial or another run; all logs by default.", autocompletion=completion.logs)
    ] = None,
    lines: Annotated[
        int, typer.Option(help="How many of its last lines to print.", parser=whole("--lines", 1), metavar="<int>")
    ] = 20,
    studies_dir: StudiesDir = Path("studies"),
) -> None:
    """Show where the log of a trial is, and its last lines; without a trial, list the logs."""
    from keras_search.tuner.study.logs import find_log, last_lines, logs_of

    folder = find_study(studies_dir, name)
    if trial is None:
        from keras_search.tuner.console.terminal import add_row, as_text, table

        rows = table("run", "bytes", "log")
        for each in logs_of(folder):
            add_row(rows, each.name, f"{each.bytes:,}", each.path)
        say(as_text(rows) if rows.row_count else f"The study {folder.name} has no logs.")
        return
    log = find_log(folder, trial)
    say(f"{log.path}:")
    found = last_lines(log.path, lines)
    say("\n".join(found) if found else "It is empty.")


def open_report(
    name: StudyName = None, studies_dir: StudiesDir = Path("studies"), reports_dir: ReportsDir = Path("reports")
) -> None:
    """Open a study's report in a browser; where there is none, print its path."""
    from keras_search.tuner.report.opening import page_of, show_page

    page = page_of(find_study(studies_dir, name), reports_dir)
    say(f"Opened {page}" if show_page(page) else str(page))


def watch(name: StudyName = None, quiet: Quiet = False, studies_dir: StudiesDir = Path("studies")) -> None:
    """Watch a study that another process runs, until that ends; Ctrl-C ends only the watching."""
    from keras_search.tuner.console.watching import watch as watch_study

    watch_study(studies_dir, name, quiet)


def print_estimate(settings: "StudySettings", options: "Options", quiet: bool, as_json: bool) -> None:
    """Estimate what a search will take, and print it."""
    from keras_search.tuner.console.estimate_text import estimate_text
    from keras_search.tuner.console.progress import make_progress
    from keras_search.tuner.session.estimating import estimate

    with make_progress(quiet or as_json) as watcher:
        found = estimate(settings, options, watcher)
    say(json_text(found.as_dict())) if as_json else tell(estimate_text(found))
