"""The list of studies: a row for each, searched, filtered and put in order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, get_args

from keras_search.errors import KerasSearchError
from keras_search.tuner.service.reading.answers import (
    Best,
    Page,
    Stage,
    State,
    StudyRow,
    TrialCounts,
    VerdictLine,
)
from keras_search.tuner.service.reading.deferred import Answered
from keras_search.tuner.service.reading.library import Book, Library, clean
from keras_search.tuner.study.database import holder_of
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.progress import best_of, count_trials
from keras_search.tuner.study.replica import Reading
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.snapshot import state_of
from keras_search.tuner.system.text import storable, visible

Order = Literal["name", "state", "tuner", "dataset", "trials", "score", "started", "changed"]
ORDERS: tuple[str, ...] = get_args(Order)
UNTOLD = "The name of its folder holds bytes that are no text: rename the folder."


@dataclass(frozen=True)
class JobOf:
    """The job that works on a study, or waits to."""

    id: str
    waiting: bool


Jobs = Mapping[str, JobOf]
"""The jobs that are not over, by the name of their study."""
NO_JOBS: Jobs = MappingProxyType({})


@dataclass(frozen=True)
class Listing:
    """Which studies to list, those that match `search` and are in `state`, and in which order."""

    search: str = ""
    state: State | None = None
    order: Order = "changed"
    descending: bool = True
    offset: int = 0
    limit: int = 100


def list_rows(
    library: Library, folders: Sequence[StudyFolder], jobs: Jobs, listing: Listing, patience: float = 0.0
) -> Page[StudyRow]:
    """List studies; verdicts that take longer than `patience` seconds are still to come."""
    rows = [study_row(library, folder, jobs, 0.0) for folder in folders]
    words, state, order = listing.search.casefold().split(), listing.state, listing.order
    chosen = [row for row in rows if (state is None or row.state == state) and _has(row, words)]
    known = [row for row in chosen if _key(row, order) is not None]
    known.sort(key=lambda row: (_key(row, order), row.name), reverse=listing.descending)
    ordered = known + sorted((row for row in chosen if _key(row, order) is None), key=lambda row: row.name)
    page = ordered[listing.offset : listing.offset + listing.limit]
    if patience:
        by_name = {folder.name: folder for folder in folders}
        page = [study_row(library, by_name[row.name], jobs, patience) if row.verdict_pending else row for row in page]
    return Page[StudyRow](items=tuple(page), total=len(ordered), offset=listing.offset, limit=listing.limit)


def study_row(library: Library, folder: StudyFolder, jobs: Jobs = NO_JOBS, patience: float = 0.0) -> StudyRow:
    """Return the row of a study; one that cannot be read has only the problem."""
    name = storable(folder.name)
    if name != folder.name:
        return StudyRow(name=name, state="damaged", problem=UNTOLD)
    job = jobs.get(folder.name)
    job_id = None if job is None else job.id
    try:
        return StudyRow(name=name, job=job_id, **row_parts(library, folder, job, patience))
    except KerasSearchError as error:
        return StudyRow(name=name, state="damaged", problem=_told(error), job=job_id)


def row_parts(library: Library, folder: StudyFolder, job: JobOf | None, patience: float) -> dict[str, Any]:
    """Return the parts of a readable study's row.

    Raises:
        KerasSearchError: it cannot be read.
    """
    parts = dict(library.brief(folder, _parts))
    verdict = verdict_of(library, folder, parts["stage"], patience)
    state = study_state(folder, parts["stage"], parts.pop("all_failed"), job)
    line = _line(verdict.value) if verdict.value else None
    return {**parts, "state": state, "verdict": line, "verdict_pending": verdict.pending}


def study_state(folder: StudyFolder, stage: str, all_failed: bool = False, job: JobOf | None = None) -> State:
    """Return the state of a readable study."""
    if holder_of(folder.root) is not None:
        return "running"
    if job is not None and job.waiting:
        return "waiting"
    if stage == "done":
        return "done"
    return "failed" if all_failed else "stopped"


def verdict_of(library: Library, folder: StudyFolder, stage: str, patience: float) -> Answered:
    """Return the summary of a study that is done, with its verdict; nothing before."""
    if stage != "done":
        return Answered()
    state = f"{folder.root} {state_of(folder.database)!r}"
    return library.deferred.ask(state, patience, want="summary", study=str(folder.root))


def _parts(book: Book, reading: Reading) -> dict[str, Any]:
    settings: StudySettings = book.settings
    counts = count_trials(reading)
    best = best_of(reading, settings, book.loss)
    stage: Stage = book.stage  # type: ignore[assignment]
    parts = {
        "stage": stage,
        "tuner": settings.tuner,
        "dataset": settings.dataset,
        "hypermodel": settings.hypermodel,
        "objective": settings.objective,
        "direction": settings.direction,
        "trials": TrialCounts(**counts),  # type: ignore[arg-type]
        "best": best and Best(trial=best["trial"], score=clean(best["score"])),
        "started": reading.began,
        "all_failed": bool(reading.facts.get("all_failed")),
        "changed": reading.changed or book.folder.database.stat().st_mtime,
    }
    return {name: storable(value) if isinstance(value, str) else value for name, value in parts.items()}


def _line(summary: Mapping[str, Any]) -> VerdictLine | None:
    verdict = summary.get("verdict")
    if not verdict:
        return None
    return VerdictLine(verdict=storable(str(verdict["verdict"])), sentence=storable(str(verdict["sentence"])))


def _told(error: KerasSearchError) -> str:
    return visible(storable(str(error)), lines=False)


def _has(row: StudyRow, words: Sequence[str]) -> bool:
    text = " ".join([row.name, row.tuner, row.dataset, row.hypermodel, row.objective, row.state]).casefold()
    return all(word in text for word in words)


def _key(row: StudyRow, order: str) -> Any:
    """Return what a row is put in order by, None if it has none."""
    if order == "score":
        return row.best and row.best.score
    if order == "trials":
        return row.trials.completed
    return getattr(row, order)
