"""Open the report of a study in a browser."""

import os
import sys
import webbrowser
from pathlib import Path

from keras_search.errors import KerasSearchError
from keras_search.tuner.study.folder import StudyFolder

PAGE = "report.html"


def page_of(folder: StudyFolder, reports_dir: Path) -> Path:
    """Return the absolute path of a study's report.

    Raises:
        KerasSearchError: there is none.
    """
    page = reports_dir / folder.name / PAGE
    if not page.is_file():
        raise KerasSearchError(f"There is no report at {page}. Write it: {folder.command('report')}")
    return page.absolute()


def show_page(page: Path) -> bool:
    """Open a page in a browser with windows, and return whether there is one."""
    return has_screen() and webbrowser.open(page.as_uri())


def has_screen() -> bool:
    """Return whether a browser could open a window; one in the terminal would take that over."""
    if sys.platform in ("darwin", "win32"):
        return True
    return any(os.environ.get(name) for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"))
