"""Show a search while it runs, and what came of it."""

from pathlib import Path
from typing import TYPE_CHECKING

from keras_search.errors import UsageError
from keras_search.tuner.console import summary
from keras_search.tuner.console.arguments import ProgressKind
from keras_search.tuner.console.wrapping import tell
from keras_search.tuner.study.folder import StudyFolder

if TYPE_CHECKING:
    from keras_search.tuner.console.events import JsonLines
    from keras_search.tuner.console.live import LiveTable
    from keras_search.tuner.console.progress import Lines


def make_watcher(progress: ProgressKind, quiet: bool) -> "Lines | LiveTable | JsonLines":
    """Return what shows a search while it runs, a context manager.

    Raises:
        UsageError: events were asked for, and silence.
    """
    if progress is ProgressKind.JSONL:
        from keras_search.tuner.console.events import JsonLines

        if quiet:
            raise UsageError("--progress jsonl writes every event, --quiet none: leave one of them out.")
        return JsonLines()
    from keras_search.tuner.console.progress import make_progress

    return make_progress(quiet)


def print_outcome(folder: StudyFolder, reports_dir: Path, progress: ProgressKind = ProgressKind.AUTO) -> None:
    """Print what came of a search, and how to go on; as an event, if those were asked for."""
    details, page = summary.full(folder), reports_dir / folder.name / "report.html"
    if progress is ProgressKind.JSONL:
        from keras_search.tuner.console.events import write_event

        told = {name: details[name] for name in ("stage", "trials", "best", "verdict")}
        write_event("end", study=folder.name, **told, report=str(page))
        return
    tell(f"{summary.full_text(details)}\n\nReport: {page}")
    if details["stage"] == "retraining":
        tell(f"The search is done. Compare its best trial with the baselines: {folder.command('resume')}")
