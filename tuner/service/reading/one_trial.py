"""One trial of a study, or one retraining: its settings, its learning curve, its log."""

from keras_search.errors import KerasSearchError
from keras_search.tuner.service.problems import UnknownName
from keras_search.tuner.service.reading.answers import EpochLine, TrialDetail
from keras_search.tuner.service.reading.library import Book, clean
from keras_search.tuner.study import logs
from keras_search.tuner.study.records import Run
from keras_search.tuner.study.replica import Reading
from keras_search.tuner.system.text import storable, visible

LINES = 200


def trial_detail(book: Book, name: str) -> TrialDetail:
    """Return a run of a study.

    Raises:
        UnknownName: there is none of that name.
        KerasSearchError: the study cannot be read.
    """
    reading = book.read()
    run = reading.runs.get(name)
    if run is None:
        raise UnknownName(f"No trial named {name[:100]!r} in {book.folder.name}.")
    moments = reading.moments.get(name)
    ended = moments.ended if moments else None
    return TrialDetail(
        trial=run.name,
        kind=run.kind.value,
        state=run.state.value,
        score=clean(run.score),
        best_epoch=run.best_epoch,
        epochs=run.epochs,
        trained=run.trained,
        parameters=run.parameters,
        seed=str(run.seed),
        error=clean(run.error),
        parent=run.parent,
        parents=tuple(_parents(reading, run)),
        children=tuple(each.name for each in reading.runs.values() if each.parent == name),
        engine=run.engine,
        processors=clean(book.processors(name)),
        settings=clean(run.hyperparameters),
        curve=tuple(EpochLine(epoch=epoch, metrics=clean(each)) for epoch, each in sorted(book.curve(name).items())),
        log=tuple(last_lines(book, name)),
        started=moments.began if moments else None,
        seconds=ended - moments.began if moments and ended is not None else None,
    )


def last_lines(book: Book, run: str) -> list[str]:
    """Read the last lines that were printed while a run was trained; none if there is no log."""
    path = book.folder.logs / f"{run}.log"
    if path.is_symlink() or book.folder.logs.is_symlink() or not path.is_file():
        return []
    try:
        return [visible(storable(line)) for line in logs.last_lines(path, LINES)]
    except KerasSearchError:  # it is gone meanwhile
        return []


def _parents(reading: Reading, run: Run) -> list[str]:
    """List the trials that a run continues, the first first."""
    found: list[str] = []
    while run.parent and run.parent not in found:
        found.insert(0, run.parent)
        run = reading.runs[run.parent]
    return found
