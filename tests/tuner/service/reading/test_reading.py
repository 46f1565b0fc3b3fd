"""What the service reads of a study is what the frames and the command line tell of it, whatever the study holds."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from keras_search.errors import KerasSearchError, UsageError
from keras_search.tuner.console import summary
from keras_search.tuner.report import frames
from keras_search.tuner.service.reading.charts import charts
from keras_search.tuner.service.reading.detail import study_detail
from keras_search.tuner.service.reading.helper import Helper, SlowHelperError
from keras_search.tuner.service.reading.library import Library
from keras_search.tuner.service.reading.one_trial import trial_detail
from keras_search.tuner.service.reading.rows import Listing, list_rows, study_row
from keras_search.tuner.service.reading.trials import trials_page
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.records import Kind, State
from keras_search.tuner.study.store import Store
from keras_search.tuner.system.plain import plain

PATIENCE = 90.0


@pytest.fixture(scope="module")
def library() -> Iterator[Library]:
    made = Library()
    yield made
    made.close()


def test_a_finished_study_is_told_as_the_command_line_does(library: Library, finished_study: StudyFolder) -> None:
    detail = study_detail(library, finished_study, patience=PATIENCE)
    assert detail.summary == plain(summary.full(finished_study))
    assert (detail.state, detail.stage, detail.problem) == ("done", "done", None)
    assert detail.verdict is not None
    assert detail.verdict.verdict == detail.summary["verdict"]["verdict"]
    assert not detail.verdict_pending


def test_the_processors_of_a_trial_and_of_a_study_are_told(
    library: Library, make_study: Callable[..., StudyFolder]
) -> None:
    folder = make_study(trials=3)
    book = library.book(folder)
    assert trial_detail(book, "0000").processors == ()
    with Store.open(folder.root) as store, store.transaction():
        for name, kind in zip(("0000", "0001", "0002"), ("arm64", "riscv", "riscv"), strict=True):
            store.put_processor(name, 1, kind)
        store.put_processor("0002", 2, "arm64")
        store.put_event("session")
    assert [trial_detail(book, name).processors for name in ("0000", "0002")] == [("arm64",), ("riscv", "arm64")]
    told = study_detail(library, folder).summary["processors"]
    assert told["runs"] == {"not recorded": 10, "arm64": 2, "riscv": 2}
    assert told == summary.full(folder)["processors"]


def test_a_verdict_is_kept_for_the_next_service(finished_study: StudyFolder, tmp_path: Path) -> None:
    first = Library(tmp_path / "answers")
    row = study_row(first, finished_study, patience=PATIENCE)
    first.close()
    second = Library(tmp_path / "answers")
    assert study_row(second, finished_study) == row
    assert not study_row(second, finished_study).verdict_pending
    second.close()


def test_trials_are_sorted_filtered_and_searched(library: Library, make_study: Callable[..., StudyFolder]) -> None:
    book = library.book(make_study(trials=40))
    by_score = trials_page(book, sort="score", descending=True, limit=1000).items
    scores = [row["score"] for row in by_score if row["score"] is not None]
    assert scores == sorted(scores, reverse=True)
    assert [row["score"] for row in by_score[len(scores) :]] == [None] * (40 - len(scores))
    assert {row["state"] for row in trials_page(book, state="failed").items} == {"failed"}
    assert {row["activation"] for row in trials_page(book, search="GELU").items} == {"gelu"}
    second = trials_page(book, offset=10, limit=10)
    assert (second.total, [row["trial"] for row in second.items]) == (40, [f"{place:04d}" for place in range(10, 20)])
    with pytest.raises(UsageError, match="No column 'x' to sort by"):
        trials_page(book, sort="x")


def test_charts_tell_the_search(library: Library, make_study: Callable[..., StudyFolder]) -> None:
    folder = make_study(trials=40, tuner="hyperband")
    found = charts(library, library.book(folder), PATIENCE)
    with Store.read(folder.root) as store:
        brackets, importance = frames.brackets(store), frames.trials(store)
        full = max(run.epochs for run in store.runs.values() if run.kind is Kind.TRIAL and run.finished)
        best = max(run.score or 0 for run in store.of_kind(Kind.TRIAL).values() if run.epochs == full)
    assert len(found.history) == 40
    assert [point.order for point in found.history] == list(range(1, 41))
    assert found.history[-1].best == best
    assert sum(each.trials for each in found.budgets) == len(brackets)
    assert sum(each.promoted for each in found.budgets) == brackets["promoted"].sum()
    assert len(found.parallel.rows) == (importance["state"] == "completed").sum()
    assert not found.importance_pending
    assert abs(sum(share.share for share in found.importance) - 1) < 1e-9
    assert found.thinned == ""


def test_many_trials_are_thinned_and_it_is_said(
    library: Library, make_study: Callable[..., StudyFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keras_search.tuner.service.reading.charts.MOST", 20)
    book = library.book(make_study(trials=90))
    found = charts(library, book)
    everything = {point.best for point in charts(library, book).history}
    assert len(found.parallel.rows) == 20
    assert {point.best for point in found.history} == everything
    assert "are left out of the chart of the search" in found.thinned


def test_a_damaged_study_is_a_row_with_its_problem(
    library: Library, tmp_path: Path, finished_study: StudyFolder
) -> None:
    good = shutil.copytree(finished_study.root, tmp_path / "good")
    for name, content in (
        ("empty", b""),
        ("text", b"no database" * 999),
        ("torn", finished_study.database.read_bytes()[:9000]),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "study.db").write_bytes(content)
    flipped = shutil.copytree(finished_study.root, tmp_path / "flipped")
    (flipped / "study.db").write_bytes(
        (flipped / "study.db").read_bytes().replace(b'"tuner": "random"', b'"tuner": "ran<om"')
    )
    folders = [StudyFolder(path) for path in sorted(tmp_path.iterdir())]
    rows = {row.name: row for row in list_rows(library, folders, {}, Listing(), PATIENCE).items}
    assert rows[good.name].problem is None
    for name in ("empty", "text", "torn", "flipped"):
        assert rows[name].state == "damaged"
        assert rows[name].problem
        assert study_detail(library, StudyFolder(tmp_path / name)).problem == rows[name].problem
    with pytest.raises(KerasSearchError):
        trials_page(library.book(StudyFolder(tmp_path / "text")))


def test_a_study_that_never_ends_to_be_read_is_given_up(
    tmp_path: Path, finished_study: StudyFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its maker put a view without an end in the place of a table."""
    import sqlite3

    monkeypatch.setattr("keras_search.tuner.study.replica.SECONDS", 0.2)
    shutil.copytree(finished_study.root, tmp_path / "endless")
    with sqlite3.connect(tmp_path / "endless" / "study.db") as connection:
        connection.executescript(
            "DROP TABLE events; CREATE VIEW events AS WITH RECURSIVE more(id) AS (SELECT 1 UNION ALL SELECT id + 1 "
            "FROM more) SELECT id, 1.0 AS time, 'begin' AS kind, NULL AS run, 0 AS worker, '' AS checksum FROM more;"
        )
    connection.close()
    library = Library()
    began = time.monotonic()
    assert study_row(library, StudyFolder(tmp_path / "endless")).state == "damaged"
    assert time.monotonic() - began < 30
    library.close()


def test_a_held_study_is_running(library: Library, tmp_path: Path, make_study: Callable[..., StudyFolder]) -> None:
    folder = StudyFolder(shutil.copytree(make_study(trials=3).root, tmp_path / "held"))
    state = study_row(library, folder).state
    program = "import sys, filelock; lock = filelock.FileLock(sys.argv[1]); lock.acquire(); print('held'); input()"
    with subprocess.Popen(
        [sys.executable, "-u", "-c", program, str(folder.root / "lock")], stdin=-1, stdout=-1, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == "held\n"
        assert study_row(library, folder).state == "running"
        other.stdin.write("\n")
    assert study_row(library, folder).state == state != "running"
    FileLock(folder.root / "lock").acquire(timeout=0).lock.release()


def test_a_name_that_is_no_text_is_a_damaged_row(library: Library, tmp_path: Path, finished_study: StudyFolder) -> None:
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    shutil.copytree(finished_study.root, odd)
    row = study_row(library, StudyFolder(odd))
    row.model_dump_json()
    assert row.state == "damaged"
    assert "no text" in (row.problem or "")


def test_the_serving_process_stays_small() -> None:
    """What it imports for reading holds neither pandas nor what needs it."""
    program = (
        "import sys; import keras_search.tuner.service.reading.charts, keras_search.tuner.service.reading.detail, "
        "keras_search.tuner.service.app; "
        "print([each for each in ('pandas', 'scipy', 'optuna', 'matplotlib', 'keras') if each in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_helper_that_hangs_is_ended_and_the_next_request_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "slow_answers.py").write_text(
        "import sys, json, time\n"
        "for line in sys.stdin:\n"
        "    request = json.loads(line)\n"
        "    time.sleep(request['for'])\n"
        "    print(json.dumps({'answer': request['for']}), flush=True)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    helper = Helper("slow_answers")
    with pytest.raises(SlowHelperError, match="took longer than"):
        helper.ask(**{"seconds": 0.5, "for": 600})
    assert helper.ask(**{"for": 0}) == 0
    helper.close()


def test_what_the_helper_cannot_read_is_told(library: Library, tmp_path: Path, finished_study: StudyFolder) -> None:
    with pytest.raises(KerasSearchError, match="is missing"):
        library.helper.ask(want="summary", study=str(tmp_path / "none"))
    with pytest.raises(KerasSearchError, match="could not be computed"):
        library.helper.ask(want="frame", study=str(finished_study.root), frame="none")


def test_a_running_search_has_a_time_left(make_study: Callable[..., StudyFolder]) -> None:
    """Forty epochs took 20 seconds on two workers, so the sixty that are left take 30."""
    from dataclasses import replace
    from types import MappingProxyType

    from keras_search.tuner.study.progress import in_hand, seconds_left, settings_in
    from keras_search.tuner.study.replica import Moments, Replica

    reading = Replica(make_study(trials=4)).refresh()
    running = {
        name: replace(run, state=State.RUNNING, trained=10, score=None)
        for name, run in reading.runs.items()
        if run.kind is Kind.TRIAL
    }
    moments = {name: Moments(100.0 + 5 * place, place % 2) for place, name in enumerate(running)}
    facts = {**reading.facts, "search_ended": None, "planned": 10, "planned_epochs": 100}
    live = replace(reading, runs=running, moments=MappingProxyType(moments), facts=facts, sessions=(99.0,))
    assert seconds_left(live, settings_in(live), "search", 120.0) == pytest.approx(30.0)
    assert [each.run.name for each in in_hand(live)] == list(running)[2:]
    assert np.isfinite(live.epochs)
