"""A study summed up, for a terminal and for machines."""

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from keras_search.errors import KerasSearchError
from keras_search.tuner.console import summary
from keras_search.tuner.exporting.measured import find_measured
from keras_search.tuner.report.write import gather
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.integrity import reading
from keras_search.tuner.study.store import Store


def test_a_finished_study_is_told_with_its_best_settings_its_table_and_its_verdict(finished_study: StudyFolder) -> None:
    details = summary.full(finished_study)
    text = summary.full_text(details)
    assert details["stage"] == "done"
    assert text.startswith("Study digits: random search of mlp on digits, seed 0; done.\n")
    assert "1 trials completed" in text or "1 trial completed" in text
    assert "Best trial: 0000, val_accuracy 0.9000 in epoch 1" in text
    assert "Verdict: not proven." in text
    assert json.loads(json.dumps(details))["best"]["hyperparameters"] == {"units_1": 64, "activation": "gelu"}


def test_processors_are_told_where_they_are_of_several_kinds(finished_study: StudyFolder, tmp_path: Path) -> None:
    folder = StudyFolder(Path(shutil.copytree(finished_study.root, tmp_path / "digits")))
    with Store.open(folder.root) as store, store.transaction():
        for name in store.runs:
            store.put_processor(name, 1, "arm64")
    assert summary.full(folder)["processors"] == {}
    with Store.open(folder.root) as store, store.transaction():
        store.put_processor("0000", 1, "riscv")
    details = json.loads(json.dumps(summary.full(folder)))
    assert details["processors"]["runs"] == {"arm64": len(store.runs) - 1, "riscv": 1}
    assert "1 run on riscv (0000), the best trial among them." in details["processors"]["sentence"]
    assert details["processors"]["sentence"] in summary.full_text(details).splitlines()


def test_the_list_has_a_line_a_study_and_names_what_cannot_be_read(finished_study: StudyFolder, tmp_path: Path) -> None:
    shutil.copytree(finished_study.root, tmp_path / "good")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "study.db").write_bytes(b"not a database" * 100)
    rows = [summary.brief(StudyFolder(tmp_path / name)) for name in ("bad", "good")]
    lines = summary.list_text(rows, tmp_path).splitlines()
    assert "is damaged" in rows[0]["error"]
    assert lines[-1].split() == ["good", "digits", "random", "done", "1", "0.9000"]


FORGED = [None, [], {}, "x", 5, [[]], {"name": []}, {"name": "x", "class_names": 5, "targets": [1]}]


@pytest.mark.parametrize(
    "name", ["settings", "data", "best", "search_ended", "planned", "versions", "seal", "processors"]
)
def test_what_a_stranger_s_study_says_is_at_most_damage(finished_study: StudyFolder, tmp_path: Path, name: str) -> None:
    """With checksums that fit: one line, and the list goes on."""
    folder = StudyFolder(Path(shutil.copytree(finished_study.root, tmp_path / "digits")))
    for value in FORGED:
        with suppress(KerasSearchError), Store.open(folder.root) as store, store.transaction():
            store.set_facts(**{name: value})
        assert json.loads(json.dumps(summary.brief(folder)))["name"] == "digits"
        for command in (summary.full, find_measured, gather_of):
            assert "\n" not in reason_of(command, folder)


def gather_of(folder: StudyFolder) -> None:
    with reading(folder) as store:
        gather(store, folder.name)


def reason_of(command: Callable[[StudyFolder], object], folder: StudyFolder) -> str:
    """Give why a command refused, or nothing."""
    try:
        command(folder)
    except KerasSearchError as refused:
        return str(refused)
    return ""


def test_a_study_with_seeds_left_to_test_is_not_done(finished_study: StudyFolder, tmp_path: Path) -> None:
    shutil.copytree(finished_study.root, tmp_path / "more")
    with Store.open(tmp_path / "more") as store, store.transaction():
        store.set_facts(settings={**store.fact("settings"), "compare_seeds": 3})
    assert summary.full(StudyFolder(tmp_path / "more"))["stage"] == "retraining"


def test_the_tuned_model_has_no_difference_to_itself(finished_study: StudyFolder) -> None:
    text = summary.full_text(summary.full(finished_study))
    rows = {line.split()[0]: line for line in text.splitlines() if line.startswith(("mlp-128-64 ", "tuned "))}
    assert "points" not in rows["tuned"]
    assert rows["mlp-128-64"].endswith(" points")


def test_a_study_of_values_is_told_in_their_unit(make_value_study: Callable[..., StudyFolder]) -> None:
    details = summary.full(make_value_study())
    text = summary.full_text(details)
    tuned, baseline = (line.split() for line in text.splitlines() if line.startswith(("tuned (best) ", "mlp-128-64 ")))
    error, places = details["comparison"][0]["test_mean_absolute_error"], details["verdict"]["decimals"]
    assert tuned[7] == f"{error:.{places}f}"
    assert baseline[-1].startswith("\N{MINUS SIGN}")
    assert "test error" in text
    assert "%" not in text.replace("95%", "")
    assert json.loads(json.dumps(details)) == details
