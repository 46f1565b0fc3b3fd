"""Progress in a notebook: a bar as HTML, drawn again in its place."""

import sys
import types
from typing import Any

import pytest

from keras_search.tuner.console import notebook
from keras_search.tuner.console.progress import Lines
from keras_search.tuner.study import messages
from keras_search.tuner.study.records import Kind, Run, Work

RUN = Run("0001", Kind.TRIAL, "m", "trial", {}, 0, 2)


def progress() -> notebook.NotebookBar:
    shown = notebook.NotebookBar()
    shown.on_objective("val_accuracy", "max")
    shown.on_stage("search", Work(4, 8))
    return shown


def test_a_bar_shows_the_trials_the_best_and_what_failed() -> None:
    shown = progress()
    shown.on_order(0, RUN)
    shown.on_report(0, messages.Completed("0001", 0.75, 2, 10))
    shown.on_order(0, RUN)
    shown.on_report(0, messages.Failed("0002", "ValueError: <b>"))
    found = notebook.bar(shown, shown._notes)
    assert '<progress value="2" max="4"' in found
    assert "2 of 4 done · 1 failed · best 0.7500 (0001)" in found
    assert "0002 failed: ValueError: &lt;b&gt;" in found


def test_a_stage_without_runs_has_no_bar() -> None:
    shown = progress()
    shown.on_stage("report")
    assert "<progress" not in notebook.bar(shown, [])


def test_a_bar_says_what_comes_before_the_search_and_that_all_is_done() -> None:
    shown = notebook.NotebookBar()
    shown.on_step("workers")
    assert "Starting TensorFlow" in notebook.bar(shown, [])
    shown.on_plan(1, Work(0, 0))
    shown.on_stage("report")
    assert "Writing the report · " in notebook.bar(shown, [])
    shown.__exit__(None, None, None)
    assert notebook.bar(shown, []) == "<div>Done in 0 s</div>"


def test_the_bar_is_for_kernels_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(notebook.watcher(quiet=False), Lines)

    class ZMQInteractiveShell:
        """Stand for the shell of a kernel, which is known by its name."""

    fake: Any = types.ModuleType("IPython")
    fake.get_ipython = ZMQInteractiveShell
    monkeypatch.setitem(sys.modules, "IPython", fake)
    assert isinstance(notebook.watcher(quiet=False), notebook.NotebookBar)
    assert isinstance(notebook.watcher(quiet=True), Lines)
