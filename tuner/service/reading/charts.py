"""The data of a study's charts, thinned out where they hold more points than a page can draw."""

from collections.abc import Mapping, Sequence
from typing import Any

from keras_search.tuner.report.trial_rows import TRIAL_COLUMNS
from keras_search.tuner.service.reading.answers import Budget, Charts, HistoryPoint, Parallel, Share
from keras_search.tuner.service.reading.deferred import Answered
from keras_search.tuner.service.reading.library import Book, Library, clean
from keras_search.tuner.service.reading.rows import study_state
from keras_search.tuner.service.reading.trials import trials_table
from keras_search.tuner.study.records import Kind, Run, State
from keras_search.tuner.study.replica import Reading
from keras_search.tuner.study.rungs import rung_place

MOST = 2000
"""Points of a chart."""
FEWEST_TRIALS = 4
GOLDEN = 0.6180339887498949
GROWTH = 1.25
"""While a search runs, the importance is computed again once there are this many times as many trials."""


def charts(library: Library, book: Book, patience: float = 0.0) -> Charts:
    """Return the data of all charts; an importance that takes longer than `patience` seconds is still to come.

    Raises:
        KerasSearchError: the study cannot be read.
    """
    settings = book.settings
    history = book.derive("history", lambda reading: history_points(reading, settings.direction))
    parallel = book.derive("parallel", lambda _: _parallel(book))
    budgets = book.derive("budgets", lambda reading: _budgets(reading, settings.direction))
    measured, trials = _importance(library, book, patience)
    shown = thinned_history(history)
    lines = _thinned_lines(parallel, settings.direction)
    return Charts(
        objective=settings.objective,
        direction=settings.direction,
        history=shown,
        importance=_shares(measured),
        importance_pending=measured.pending,
        importance_trials=trials,
        importance_problem=measured.problem,
        parallel=lines,
        budgets=budgets,
        thinned=_sentence(len(history) - len(shown), len(history), len(parallel.rows) - len(lines.rows)),
    )


def history_points(reading: Reading, direction: str) -> tuple[HistoryPoint, ...]:
    """List the trials that have ended, in the order of their ends, each with the best score of a full budget so far."""
    runs = reading.of_kind(Kind.TRIAL)
    places = {name: place for place, name in enumerate(reading.moments)}
    ended = sorted((run for run in runs.values() if run.finished), key=lambda run: _end(reading, run, places))
    budget = max((run.epochs for run in ended), default=0)
    sign, best = (1 if direction == "max" else -1), None
    points = []
    for order, run in enumerate(ended, 1):
        score = clean(run.score)
        if score is not None and run.epochs == budget and (best is None or sign * score > sign * best):
            best = score
        moments = reading.moments.get(run.name)
        points.append(
            HistoryPoint.model_construct(trial=run.name, order=order, score=score, best=best, state=run.state.value,
                                         epochs=run.epochs, time=moments.ended if moments else None)
        )  # fmt: skip
    return tuple(points)


def _end(reading: Reading, run: Run, places: Mapping[str, int]) -> tuple[float, int]:
    moments = reading.moments.get(run.name)
    return (moments.ended if moments and moments.ended is not None else 0.0, places.get(run.name, 0))


def thinned_history(points: Sequence[HistoryPoint]) -> tuple[HistoryPoint, ...]:
    """Leave out trials evenly, but none that was the best so far."""
    if len(points) <= MOST:
        return tuple(points)
    rises = {place for place in range(1, len(points)) if points[place].best != points[place - 1].best}
    kept = sorted({*rises, 0, len(points) - 1, *_spread(len(points), MOST)})
    return tuple(points[place] for place in kept)


def _spread(count: int, most: int) -> list[int]:
    """Choose places evenly, each somewhere in its part, so that no rhythm of the trials is caught or missed."""
    return [int((place + place * GOLDEN % 1) * count / most) for place in range(most)]


def _parallel(book: Book) -> Parallel:
    table = book.derive("trials", trials_table)
    done = [row for row in table.rows if row[1] == State.COMPLETED.value and row[2] is not None]
    names = tuple(column.name for column in table.columns[len(TRIAL_COLUMNS) :])
    rows = tuple((*row[len(TRIAL_COLUMNS) :], row[2]) for row in done)
    return Parallel.model_construct(columns=(*names, "score"), rows=rows, trials=tuple(row[0] for row in done))


def _thinned_lines(parallel: Parallel, direction: str) -> Parallel:
    """Keep the best half of what can be drawn, and of the others an even part."""
    count = len(parallel.rows)
    if count <= MOST:
        return parallel
    sign = -1 if direction == "max" else 1
    order = sorted(range(count), key=lambda place: (sign * parallel.rows[place][-1], place))  # type: ignore[operator]
    rest = order[MOST // 2 :]
    kept = sorted([*order[: MOST // 2], *(rest[place] for place in _spread(len(rest), MOST // 2))])
    return Parallel.model_construct(
        columns=parallel.columns,
        rows=tuple(parallel.rows[place] for place in kept),
        trials=tuple(parallel.trials[place] for place in kept),
    )


def _budgets(reading: Reading, direction: str) -> tuple[Budget, ...]:
    """List the rungs of Hyperband's brackets; none for other tuners."""
    runs = reading.of_kind(Kind.TRIAL)
    parents = {run.parent for run in runs.values()}
    rungs: dict[tuple[int, int, int], list[Run]] = {}
    for run in runs.values():
        place = rung_place(run.name)
        if place is not None:
            rungs.setdefault(place[:3], []).append(run)
    return tuple(_budget(place, rungs[place], parents, direction) for place in sorted(rungs))


def _budget(place: tuple[int, int, int], runs: Sequence[Run], parents: set[str | None], direction: str) -> Budget:
    scores = [clean(run.score) for run in runs if clean(run.score) is not None]
    iteration, bracket, rung = place
    return Budget(
        iteration=iteration,
        bracket=bracket,
        rung=rung,
        epochs=max(run.epochs for run in runs),
        trials=len(runs),
        completed=sum(run.state is State.COMPLETED for run in runs),
        failed=sum(run.state is State.FAILED for run in runs),
        promoted=sum(run.name in parents for run in runs),
        best=(max(scores) if direction == "max" else min(scores)) if scores else None,
    )


def _importance(library: Library, book: Book, patience: float) -> tuple[Answered, int]:
    """Return the importance, and of how many completed trials it is; of a running search an earlier one may do."""
    reading = book.read()
    completed = sum(run.state is State.COMPLETED for run in reading.of_kind(Kind.TRIAL).values())
    if completed < FEWEST_TRIALS:
        return Answered(), completed
    request = {"want": "frame", "study": str(book.folder.root), "frame": "importance"}
    if study_state(book.folder, book.stage) != "running":
        return library.deferred.ask(f"{book.folder.root} {reading.state!r}", patience, **request), completed
    count = FEWEST_TRIALS
    while count * GROWTH <= completed:
        count = int(count * GROWTH) + 1
    found = library.deferred.ask(f"{book.folder.root} running {count}", patience, **request)
    return found, count


def _shares(measured: Answered) -> tuple[Share, ...]:
    rows: Sequence[Sequence[Any]] = measured.value["rows"] if measured.value else []
    return tuple(Share(name=str(name), share=share, low=low, high=high) for name, share, low, high in rows)


def _sentence(points: int, of_points: int, lines: int) -> str:
    if not points and not lines:
        return ""
    parts = [f"{points:,} of {of_points:,} trials are left out of the chart of the search"] * bool(points)
    parts += [f"{lines:,} lines of the parallel coordinates"] * bool(lines)
    return f"{' and '.join(parts)}, for speed: every new best, and the best trials, are shown."
