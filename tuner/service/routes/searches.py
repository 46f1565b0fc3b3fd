"""Start, stop, resume, report and export: what puts jobs into the queue."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field

from keras_search.errors import UsageError
from keras_search.tuner.service.answers import Answer, Body
from keras_search.tuner.service.context import Service, ServiceOf
from keras_search.tuner.service.jobs import commands
from keras_search.tuner.service.jobs.allowed import checked_settings, is_below
from keras_search.tuner.service.names import known_study
from keras_search.tuner.service.permissions import WRITE
from keras_search.tuner.service.problems import Conflict
from keras_search.tuner.service.queue_rows import JobRow, row_of
from keras_search.tuner.study.fields import EXTENDABLE
from keras_search.tuner.study.folder import StudyFolder, check_report_place
from keras_search.tuner.study.integrity import reading, settings_of
from keras_search.tuner.study.settings import StudySettings, check_study_name

router = APIRouter(prefix="/api/v1", tags=["searches"])
Workers = Annotated[int, Field(ge=1, le=4096)] | Literal["auto"] | None
Settings = Annotated[dict[str, Any], Field(max_length=100)]


class Start(Body):
    """A study to start: its `settings`, those of GET /settings, and how to run it.

    The name is that of the data where none is given; `workers` the service's.
    """

    name: Annotated[str, Field(max_length=100)] | None = None
    settings: Settings = Field(default_factory=dict)
    workers: Workers = None
    threads: Annotated[int, Field(ge=1, le=4096)] = 1
    search_only: bool = False
    overwrite: bool = False


class Resume(Body):
    """How to continue a study; the settings are those that may be raised."""

    settings: Settings = Field(default_factory=dict)
    workers: Workers = None
    search_only: bool = False


class Stop(Body):
    """Whether to end at once instead of after the epoch; up to an epoch of each trial is then repeated."""

    at_once: bool = False


class Stopping(Answer):
    """The job that stops; null if a process from elsewhere runs the study, which was sent Ctrl-C."""

    job: JobRow | None


class Export(Body):
    """The formats to export in; `trust`: run the hypermodel's file if the export needs it."""

    formats: Annotated[list[str], Field(min_length=1, max_length=10)] | Literal["all"] = Field(
        default_factory=lambda: ["keras"]
    )
    trust: bool = False


@router.post("/studies", dependencies=[WRITE], status_code=202)
def start(body: Start, service: ServiceOf) -> JobRow:
    """Put a new study into the queue."""
    settings = checked_settings(service.places, body.settings)
    name = check_study_name(_name_of(settings.dataset) if body.name is None else body.name)
    folder = StudyFolder(service.places.studies / name)
    _check_free(folder, body.overwrite)
    check_report_place(service.places.reports, folder)
    given = _as_checked(body.settings, settings)
    options = [*_resources(service, body.workers, body.search_only), *_threads(body.threads)]
    command = commands.start(service.places, name, given, [*options, *(["--overwrite"] if body.overwrite else [])])
    return row_of(service, service.queue.put("start", name, command))


@router.post("/studies/{name}/resume", dependencies=[WRITE], status_code=202)
def resume(name: str, body: Resume, service: ServiceOf) -> JobRow:
    """Put the continuation of a study into the queue, or of one whose budget is raised."""
    folder = known_study(service, name)
    raised = {field: value for field, value in body.settings.items() if value is not None and value is not False}
    for field in raised:
        if field not in EXTENDABLE:
            known = ", ".join(EXTENDABLE)
            raise UsageError(f"{field[:100]!r} cannot be raised: expected {known}. For others, start a new study.")
    with reading(folder) as store:
        settings = settings_of(store)
    if settings.script is not None:
        raise Conflict(f"{name} was begun by a KerasTuner-style script: run that again to continue.")
    given = _as_checked(raised, settings.extended(**raised))
    command = commands.resume(service.places, name, given, _resources(service, body.workers, body.search_only))
    return row_of(service, service.queue.put("resume", name, command))


@router.post("/studies/{name}/stop", dependencies=[WRITE], status_code=202)
def stop(name: str, body: Stop, service: ServiceOf) -> Stopping:
    """Stop what works on a study, after its epoch or at once, or take it out of the queue."""
    job = service.queue.stop(check_study_name(name), body.at_once)
    return Stopping(job=None if job is None else row_of(service, job))


@router.post("/studies/{name}/report", dependencies=[WRITE], status_code=202)
def report(name: str, service: ServiceOf) -> JobRow:
    """Write the report of a study again."""
    folder = known_study(service, name)
    check_report_place(service.places.reports, folder)
    return row_of(service, service.queue.put("report", name, commands.report(service.places, name)))


@router.post("/studies/{name}/exports", dependencies=[WRITE], status_code=202)
def export(name: str, body: Export, service: ServiceOf) -> JobRow:
    """Export the model of a study."""
    from keras_search.tuner.console.arguments import FormatName

    known_study(service, name)
    known = [each.value for each in FormatName]
    formats = None if body.formats == "all" else list(dict.fromkeys(body.formats))
    for each in formats or ():
        if each not in known:
            raise UsageError(f"An export format is one of {', '.join(known)}, received {each[:100]!r}.")
    if body.trust:
        _check_trusted(service, name)
    command = commands.export(service.places, name, formats, body.trust)
    return row_of(service, service.queue.put("export", name, command))


def _as_checked(given: Mapping[str, Any], settings: StudySettings) -> dict[str, Any]:
    """Return the settings that were given, as they were understood: 9 for 9.0; only `all` baselines stay as given."""
    names = [field for field, value in given.items() if value is not None]
    return {field: given[field] if field == "baselines" else getattr(settings, field) for field in names}


def _check_free(folder: StudyFolder, overwrite: bool) -> None:
    """Make sure that a study may be started there.

    Raises:
        Conflict: one is there and is not to be replaced.
        UsageError: something else is there.
    """
    folder.finish_start()
    if folder.database.exists() and not overwrite:
        raise Conflict(f"A study named {folder.name!r} exists: resume it, choose another name, or set overwrite.")
    if folder.root.exists() or folder.root.is_symlink():
        folder.check_replaceable()


def _check_trusted(service: Service, name: str) -> None:
    """Make sure that the code of a study's hypermodel is where it may be run from.

    Raises:
        Conflict: it is not.
    """
    with reading(known_study(service, name)) as store:
        code = str(store.fact("hypermodel_at", ""))
    if ".py:" in code and not is_below(Path(code.rpartition(":")[0]), service.places.models):
        raise Conflict(f"The hypermodel {code} does not lie below {service.places.models}: export in a terminal.")


def _name_of(dataset: str) -> str:
    from keras_search.tuner.data.tablenames import name_of

    return name_of(Path(dataset))


def _resources(service: Service, workers: int | str | None, search_only: bool) -> list[str]:
    chosen = service.limits.workers if workers is None else str(workers)
    return [*(["--workers", chosen] if chosen != "auto" else []), *(["--search-only"] if search_only else [])]


def _threads(threads: int) -> list[str]:
    return ["--threads", str(threads)] if threads != 1 else []
