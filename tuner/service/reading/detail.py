"""A study's own page."""

from typing import Any

from keras_search.tuner.report.trial_rows import TRIAL_COLUMNS, headings, hyperparameter_names
from keras_search.tuner.service.reading.answers import CommitEvent, StudyDetail, WorkerLine
from keras_search.tuner.service.reading.library import Book, Library, clean
from keras_search.tuner.service.reading.rows import JobOf, row_parts, study_row, verdict_of
from keras_search.tuner.study.fields import EXTENDABLE, SETTINGS
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.progress import best_of, count_engines, count_trials, in_hand, seconds_left
from keras_search.tuner.study.records import Kind
from keras_search.tuner.study.replica import Reading
from keras_search.tuner.system.text import storable


def study_detail(library: Library, folder: StudyFolder, job: JobOf | None = None, patience: float = 0.0) -> StudyDetail:
    """Return everything about a study but its trials; one that cannot be read has only the problem."""
    jobs = {} if job is None else {folder.name: job}
    row = study_row(library, folder, jobs, patience)
    if row.problem is not None:
        return StudyDetail(**row.model_dump())
    book = library.book(folder)
    reading = book.read()
    summary = clean(summary_of(library, book, patience))
    return StudyDetail(
        **row.model_dump(),
        settings=clean(reading.facts["settings"]),
        summary=summary,
        eta=eta_of(book, row.state),
        workers=workers_of(reading) if row.state == "running" else (),
        engines=clean(count_engines(reading)),
        left_out=tuple(summary["left_out"]),
        extendable=extendable(book.settings.tuner),
        hyperparameters=tuple(book.derive("hyperparameters", _hyperparameters)),
        epochs_trained=reading.epochs,
    )


def summary_of(library: Library, book: Book, patience: float) -> dict[str, Any]:
    """Return what `keras-search show --json` prints; without comparison and verdict while these are computed."""
    answered = verdict_of(library, book.folder, book.stage, patience)
    if answered.value:
        return dict(answered.value)
    summary = book.derive("summary", lambda reading: _summary(book, reading))
    return {**summary, "left_out": [answered.problem] if answered.problem else []}


def eta_of(book: Book, state: str) -> float | None:
    """Return the seconds to the end of a running study's stage."""
    if state != "running" or book.stage == "done":
        return None
    return clean(seconds_left(book.read(), book.settings, book.stage))  # type: ignore[no-any-return]


def workers_of(reading: Reading) -> tuple[WorkerLine, ...]:
    """Return what each worker does."""
    places = reading.facts.get("places") or {}
    return tuple(
        WorkerLine(
            worker=each.worker,
            place=storable(places.get(str(each.worker), "")),
            run=each.run.name,
            epoch=each.run.trained,
            epochs=each.run.epochs,
        )
        for each in in_hand(reading)
    )


def commit_event(library: Library, folder: StudyFolder, job: JobOf | None = None) -> CommitEvent:
    """Return what listeners are told of a study as it is now.

    Raises:
        KerasSearchError: it cannot be read.
    """
    book = library.book(folder)
    parts = row_parts(library, folder, job, 0.0)
    reading, state = book.read(), parts["state"]
    return CommitEvent(
        study=storable(folder.name),
        version=reading.version,
        state=state,
        stage=parts["stage"],
        trials=parts["trials"],
        best=parts["best"],
        eta=eta_of(book, state),
        workers=workers_of(reading) if state == "running" else (),
        verdict_pending=parts["verdict_pending"],
    )


def extendable(tuner: str) -> tuple[str, ...]:
    """List the settings that `resume` may raise in a study with this tuner."""
    return tuple(name for name in EXTENDABLE if tuner in SETTINGS[name].by_tuner or not SETTINGS[name].by_tuner)


def _summary(book: Book, reading: Reading) -> dict[str, Any]:
    return {
        "name": book.folder.name,
        "settings": dict(reading.facts["settings"]),
        "stage": book.stage,
        "trials": count_trials(reading),
        "engines": count_engines(reading),
        "without_kernels": reading.facts.get("without_kernels", ""),
        "processors": book.mixed_processors(),
        "best": best_of(reading, book.settings, book.loss),
        "comparison": [],
        "verdict": None,
        "left_out": [],
    }


def _hyperparameters(reading: Reading) -> list[str]:
    trials = reading.of_kind(Kind.TRIAL).values()
    return headings(hyperparameter_names(reading.facts["space"], trials), TRIAL_COLUMNS, "hp_")
