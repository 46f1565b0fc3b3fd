"""What the doctor finds: a sound machine, a cut-off download, a damaged and an unfinished study."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from keras_search.tuner.console import doctor
from keras_search.tuner.console.doctor import Finding, examine, table
from keras_search.tuner.console.terminal import as_text
from keras_search.tuner.study.folder import StudyFolder


@pytest.fixture
def keras_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "keras"
    (home / "datasets").mkdir(parents=True)
    monkeypatch.setenv("KERAS_HOME", str(home))
    return home / "datasets"


def found(studies_dir: Path, what: str) -> Finding:
    return next(finding for finding in examine(studies_dir) if finding.what == what)


def test_a_sound_machine_has_nothing_bad(tmp_path: Path, keras_home: Path) -> None:
    findings = examine(tmp_path / "studies")
    assert [finding for finding in findings if finding.state == "bad"] == []
    names = {finding.what for finding in findings}
    assert {"Python", "tensorflow", "keras-tuner", "devices", "workers", "disk", "mnist"} <= names
    assert "pytest" not in names
    assert next(finding for finding in findings if finding.what == "mnist").state == "note"
    assert not keras_home.joinpath("mnist.npz").exists()


def test_a_download_that_was_cut_off_is_to_be_deleted(tmp_path: Path, keras_home: Path) -> None:
    file = keras_home / "mnist.npz"
    np.savez(file, x=np.zeros(1000))
    assert found(tmp_path, "mnist") == Finding("mnist", "ok", str(keras_home))
    file.write_bytes(file.read_bytes()[:500])
    advice = "Delete it; the next search downloads it again."
    assert found(tmp_path, "mnist") == Finding("mnist", "bad", f"{file} is damaged", advice)


def test_studies_are_looked_at(tmp_path: Path, finished_study: StudyFolder) -> None:
    for name in ("sound", "damaged"):
        shutil.copytree(finished_study.root, tmp_path / name)
    (tmp_path / "damaged" / "study.db").write_bytes(b"no database" * 1000)
    findings = {finding.what: finding for finding in examine(tmp_path)}
    assert findings["study sound"] == Finding("study sound", "ok", "done")
    assert findings["study damaged"].state == "bad"
    assert "restore it from a backup" in findings["study damaged"].found


def test_the_table_shows_brackets_as_they_are() -> None:
    drawn = table([Finding("tensorflow", "bad", "not installed", "pip install 'tensorflow[and-cuda]'")])
    assert "pip install 'tensorflow[and-cuda]'" in as_text(drawn)


def test_a_processor_without_fused_multiply_add_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernels give the same results there, later."""
    assert doctor._processor().state == "ok" or not doctor.FUSES
    monkeypatch.setattr(doctor, "FUSES", False)
    monkeypatch.setattr(doctor, "FEATURES", {"avx"})
    assert (doctor._processor().state, "--no-kernels" in doctor._processor().advice) == ("note", True)
