"""The data that a search can be started with, and what keras-search makes of them."""

import re
import secrets
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import FileResponse

from keras_search.errors import UsageError
from keras_search.tuner.data.tablenames import is_table
from keras_search.tuner.service.answers import Body
from keras_search.tuner.service.commanding import Output, run_command
from keras_search.tuner.service.context import ServiceOf
from keras_search.tuner.service.jobs.allowed import check_data, checked_settings
from keras_search.tuner.service.offering import data_choices
from keras_search.tuner.service.permissions import READ, WRITE
from keras_search.tuner.service.problems import Conflict, UnknownName
from keras_search.tuner.service.reading.library import clean
from keras_search.tuner.service.reading.offers import DataChoices, Inspection
from keras_search.tuner.study.command_line import setting_options
from keras_search.tuner.study.fields import of_group
from keras_search.tuner.study.setting import DATA
from keras_search.tuner.study.settings import StudySettings

router = APIRouter(prefix="/api/v1", tags=["data"])
SECONDS = 120.0
"""The longest that a data set may take to be read."""
ESTIMATE_SECONDS = 300.0
"""The longest that an estimate may take to be measured."""
MOST_SHEETS = 50
SHEET = re.compile(r"[0-9a-f]{16}")


class Chosen(Body):
    """Settings of a search, by name; for the inspection of data only those of the group Data."""

    settings: Annotated[dict[str, Any], Field(max_length=100)] = Field(default_factory=dict)


@router.get("/data", dependencies=[READ])
def data(service: ServiceOf) -> DataChoices:
    """List the data that come with keras-search, the files below the folder of data, and the uploads."""
    return data_choices(service.places)


@router.post("/data/inspect", dependencies=[WRITE])
def inspect(body: Chosen, service: ServiceOf) -> Inspection:
    """Read a data set as a search would, and show how: shapes, classes and their counts, and what is odd about it."""
    given = {name: value for name, value in body.settings.items() if value is not None}
    for name in given:
        if name not in of_group(DATA):
            raise UsageError(f"{name[:100]!r} is no setting of data. Expected {', '.join(of_group(DATA))}.")
    settings = StudySettings.create(**given)
    check_data(service.places, settings.dataset)
    if settings.validation is not None:
        check_data(service.places, settings.validation)
    dataset = given.pop("dataset", settings.dataset)
    command = ["data", "--json", *setting_options(given)]
    sheet = None if is_table(Path(dataset)) else _sheets(service.places.work) / f"{secrets.token_hex(8)}.png"
    output = _shown(command, dataset, service.places.home, sheet)
    drawn = sheet is not None and sheet.is_file()
    return Inspection(
        overview=clean(output.found), problem=output.problem, sheet=sheet.stem if sheet and drawn else None
    )


@router.get("/data/sheets/{sheet}.png", dependencies=[READ], response_class=FileResponse)
def sheet(sheet: str, service: ServiceOf) -> FileResponse:
    """Return the picture with examples of each class that an inspection has drawn."""
    path = service.places.work / "sheets" / f"{sheet}.png"
    if not SHEET.fullmatch(sheet) or not path.is_file():
        raise UnknownName("No such sheet: inspect the data again.")
    return FileResponse(path, media_type="image/png")


@router.post("/estimate", dependencies=[WRITE])
def estimate(body: Chosen, service: ServiceOf) -> dict[str, Any]:
    """Train a few trials of a search for a moment, and estimate its time and disk space; nothing is started."""
    given = {name: value for name, value in body.settings.items() if value is not None}
    checked_settings(service.places, given)
    command = ["start", "--dry-run", "--json", *setting_options(given)]
    output = run_command(command, service.places.home, ESTIMATE_SECONDS)
    if output.problem:
        raise Conflict(output.problem)
    found: dict[str, Any] = clean(output.found)
    return found


def _sheets(work: Path) -> Path:
    """Return the folder of sheets, the oldest of which are deleted."""
    folder = work / "sheets"
    folder.mkdir(mode=0o700, exist_ok=True)
    known = sorted(folder.glob("*.png"), key=lambda path: path.stat().st_mtime)
    for path in known[: max(0, len(known) - MOST_SHEETS + 1)]:
        path.unlink(missing_ok=True)
    return folder


def _shown(command: list[str], dataset: str, home: Path, sheet: Path | None) -> Output:
    """Run the command with a sheet, and without one if the data hold no images."""
    shown = [] if sheet is None else ["--show", str(sheet)]
    try:
        return run_command([*command, *shown, "--", dataset], home, SECONDS)
    except UsageError as error:
        if sheet is None or "--show" not in str(error):
            raise
        return run_command([*command, "--", dataset], home, SECONDS)
