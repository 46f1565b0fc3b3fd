"""Studies beside each other."""

from collections.abc import Mapping, Sequence
from typing import Any

from keras_search.errors import UsageError
from keras_search.tuner.service.problems import Conflict
from keras_search.tuner.service.reading.answers import ComparedSetting, Comparison, HistoryPoint, StudyCurve
from keras_search.tuner.service.reading.charts import history_points, thinned_history
from keras_search.tuner.service.reading.library import Book, Library, clean
from keras_search.tuner.service.reading.rows import Jobs, study_row
from keras_search.tuner.study.fields import SETTINGS
from keras_search.tuner.study.folder import StudyFolder

MOST = 10
"""Studies that are compared at once."""


def compare_studies(library: Library, folders: Sequence[StudyFolder], jobs: Jobs, patience: float = 0.0) -> Comparison:
    """Compare two or more studies; what takes longer than `patience` seconds is still to come.

    Raises:
        UsageError: one is named twice.
        Conflict: one cannot be read.
    """
    names = [folder.name for folder in folders]
    if len(set(names)) < len(names) or len(names) < 2:
        raise UsageError(f"Expected the names of two or more different studies, received {', '.join(names)}.")
    rows = [study_row(library, folder, jobs) for folder in folders]
    for row in rows:
        if row.problem is not None:
            raise Conflict(f"{row.name} cannot be compared: {row.problem}")
    books = [library.book(folder) for folder in folders]
    state = repr([(str(book.folder.root), book.read().state) for book in books])
    found = library.deferred.ask(state, patience, want="comparison", studies=[str(each.root) for each in folders])
    known: Mapping[str, Any] = clean(found.value or {})
    return Comparison(
        studies=tuple(study_row(library, folder, jobs, 0.0) for folder in folders),
        settings=_differences([book.read().facts["settings"] for book in books]),
        curves=tuple(StudyCurve(name=book.folder.name, history=_curve(book)) for book in books),
        tests=tuple(each["test"] for each in known.get("studies", [])),
        cautions=known.get("cautions", []),
        ranked=known.get("ranked", ""),
        leader=known.get("leader", ""),
        pending=found.pending,
        problem=found.problem,
    )


def _curve(book: Book) -> tuple[HistoryPoint, ...]:
    direction = book.settings.direction
    return thinned_history(book.derive("history", lambda reading: history_points(reading, direction)))


def _differences(settings: Sequence[Mapping[str, Any]]) -> tuple[ComparedSetting, ...]:
    """List the settings that are not the same in all studies."""
    values = {name: [each.get(name) for each in settings] for name in SETTINGS}
    differ = {name: each for name, each in values.items() if any(value != each[0] for value in each)}
    return tuple(ComparedSetting(name=name, values=clean(each)) for name, each in differ.items())
