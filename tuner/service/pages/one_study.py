"""A study's page, or that of a search that has no study yet."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from starlette.responses import HTMLResponse

from keras_search.tuner.service import notes, offering
from keras_search.tuner.service.context import Service, ServiceOf
from keras_search.tuner.service.exported import export_files
from keras_search.tuner.service.names import studies_of
from keras_search.tuner.service.pages import words
from keras_search.tuner.service.pages.comparison import comparison_table
from keras_search.tuner.service.pages.rendering import RendererOf, page_router
from keras_search.tuner.service.pages.studies import state_words
from keras_search.tuner.service.permissions import READ
from keras_search.tuner.service.problems import UnknownName
from keras_search.tuner.service.queue_rows import JobRow, queue_now
from keras_search.tuner.service.reading.answers import StudyDetail
from keras_search.tuner.service.studies import detail_of

router = page_router()
PATIENCE = 0.5
"""Seconds that the page waits for the verdict; if it takes longer it comes with a later refresh."""
SEARCHES = ("start", "resume")
FORMATS = {"keras": "Keras", "saved-model": "SavedModel", "onnx": "ONNX", "litert": "LiteRT"}
SECTIONS = (
    ("score", "Score over time"),
    ("trials", "Trials"),
    ("mattered", "What mattered"),
    ("notes", "Notes"),
    ("settings", "Settings"),
)
AFTER = (("report", "Report"), ("exports", "Exported model"))
FINISHED_SECTIONS = (("comparison", "Comparison"), *SECTIONS[:3], *AFTER, *SECTIONS[3:])
STAGE_TEXTS = {"search": "searching", "retraining": "retraining and comparing", "done": "done"}
REACHED = {"search": "search", "retraining": "comparison", "done": "done"}
"""The stages of a study that does not run."""


@dataclass(frozen=True)
class May:
    """What can be done with a study in its present state."""

    stop: bool
    resume: bool
    report: bool
    change: bool


@router.get("/studies/{name}", dependencies=[READ])
def study_page(name: str, renderer: RendererOf, service: ServiceOf) -> HTMLResponse:
    """Show a study; before there is one, the job that makes it."""
    jobs = list(jobs_of_study(service, name))
    search = next((job for job in jobs if job.kind in SEARCHES), None)
    if name not in studies_of(service):
        if search is None or search.state == "done":
            raise UnknownName(
                f"No study named {name[:100]!r}: it may have been renamed or deleted. Look into the trash."
            )
        return renderer.page("starting", name, "starting.js", job=search, problem=service.queue.problem)
    study = detail_of(service, name, PATIENCE)
    return renderer.page("study", name, "study.js", charts=True, **_values(service, study, search, jobs))


def jobs_of_study(service: Service, name: str) -> Iterator[JobRow]:
    """Yield the jobs of a study, those that run first, then those that wait, then the last that ended."""
    queue = queue_now(service)
    return (job for job in (*queue.running, *queue.waiting, *queue.ended) if job.study == name)


def _values(service: Service, study: StudyDetail, search: JobRow | None, jobs: list[JobRow]) -> dict[str, Any]:
    verdict = study.summary.get("verdict") or {}
    finished = study.stage == "done"
    forms = {form.name: form for form in offering.setting_forms()}
    active = search is not None and search.state in ("running", "stopping", "waiting")
    stopping = search is not None and search.state == "stopping"
    state = "stopping" if stopping and study.state == "running" else study.state
    return {
        "study": study,
        "state": state,
        "state_words": "stopping" if state == "stopping" else state_words(study),
        "may": _may(study, active),
        "unsettled": stopping or (active and study.state != "running"),
        "unfinished": not finished,
        "finished": finished,
        "extendable": [forms[each] for each in study.extendable],
        "job": search,
        "queue_problem": service.queue.problem,
        "recommendation": verdict.get("recommendation") or "",
        "remarks": [_named(text, study.name) for text in map(verdict.get, ("efforts", "note", "warning")) if text],
        "advice": [_named(text, study.name) for text in _listed(verdict.get("what_to_try"))],
        "comparison": comparison_table(study) if finished else None,
        "stage_text": STAGE_TEXTS[study.stage or "search"],
        "reached": REACHED[study.stage or "search"],
        "first_look": len(studies_of(service)) == 1,
        "sections": FINISHED_SECTIONS if finished else SECTIONS,
        "report": (service.places.reports / study.name / "report.html").is_file(),
        "notes": notes.read(service.database, study.name),
        "settings": [(each, words.plain(value)) for each, value in study.settings.items() if words.plain(value)],
        "command": search.command if search is not None else "",
        **_exporting(service, study, jobs),
    }


def _may(study: StudyDetail, active: bool) -> May:
    free = study.state not in ("running", "waiting") and not active
    readable = study.problem is None
    return May(stop=not free, resume=free and readable, report=readable and free, change=free)


def _exporting(service: Service, study: StudyDetail, jobs: list[JobRow]) -> dict[str, Any]:
    last = next((job for job in jobs if job.kind == "export"), None)
    return {
        "exports": export_files(service.places.exports, study.name),
        "exporting": last is not None and last.state in ("running", "waiting", "stopping"),
        "export_failed": last.message if last is not None and last.state in ("failed", "lost") else "",
        "formats": FORMATS.items(),
    }


def _listed(texts: Any) -> list[str]:
    return [texts] if isinstance(texts, str) else list(texts or [])


def _named(text: str, study: str) -> str:
    """Put the study's name into the commands of a text."""
    return text.replace("resume NAME", f"resume {study}")
