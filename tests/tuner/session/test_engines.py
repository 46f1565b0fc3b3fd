"""A study keeps to the engine that it was begun with: kernels of our own, or TensorFlow."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from keras_search.errors import KerasSearchError
from keras_search.tuner.session import guard
from keras_search.tuner.study.records import Kind, Run
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.store import Store, claim
from keras_search.tuner.system import cpu
from keras_search.tuner.system import versions as versions_module
from keras_search.tuner.system.cpu import ARCHITECTURE, FUSES, LANES, UNFUSED
from keras_search.tuner.system.versions import versions

Answer = Callable[..., subprocess.CompletedProcess[str]]
COMMAND = Path(sys.executable).with_name("keras-search")
NEW = ("start", "s", "--tuner", "random", "--max-trials", "1", "--max-epochs", "1", "--workers", "1", "--search-only")
MORE = ("resume", "s", "--max-trials", "2", "--workers", "1", "--search-only")


def run_without_numba(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command in `folder`, as on a machine without Numba."""
    broken = folder / "broken"
    broken.mkdir(exist_ok=True)
    (broken / "numba.py").write_text("raise ImportError('no such library')\n", "utf-8")
    environment = os.environ | {"PYTHONPATH": str(broken)}
    return subprocess.run([COMMAND, *arguments], cwd=folder, env=environment, capture_output=True, text=True)


def engines(answer: Answer) -> tuple[dict[str, int], str]:
    shown = json.loads(answer("show", "s", "--json").stdout)
    return shown["engines"], shown["without_kernels"]


@pytest.mark.slow
@pytest.mark.usefixtures("coarse_plots")
def test_a_study_without_kernels_says_so_and_stays_without(tmp_path: Path, answer: Answer) -> None:
    done = run_without_numba(tmp_path, *NEW)
    assert done.returncode == 0, done.stderr
    note = "the kernels cannot be compiled here (ImportError: no such library)."
    assert note in done.stderr
    assert engines(answer) == ({"compiled TensorFlow": 1}, "ImportError: no such library")
    assert "no kernels here: ImportError" in answer("show", "s").stdout
    assert "cannot be compiled here: ImportError: no such library" in (tmp_path / "reports/s/report.html").read_text(
        "utf-8"
    )
    done = answer(*MORE)
    assert done.returncode == 0, done.stderr
    assert engines(answer)[0] == {"compiled TensorFlow": 2}
    with Store.read(tmp_path / "studies" / "s") as store:
        assert len(store.fact("processors")) == 1
        assert list(store.processors()) == list(store.runs)


@pytest.mark.slow
@pytest.mark.usefixtures("coarse_plots")
def test_a_study_with_kernels_is_not_resumed_without_them(tmp_path: Path, answer: Answer) -> None:
    done = answer(*NEW)
    assert done.returncode == 0, done.stderr
    assert engines(answer) == ({"kernels": 1}, "")
    refused = run_without_numba(tmp_path, *MORE)
    assert refused.returncode == 1
    assert "\nError: engine: the kernels cannot be compiled here (ImportError: no such " in refused.stderr
    assert "install numba==" in refused.stderr
    assert engines(answer) == ({"kernels": 1}, "")


STUDY = ("start", "s", "--tuner", "random", "--max-trials", "3", "--max-epochs", "2", "--compare-seeds", "2")
NARROWER = {
    "NUMBA_CPU_NAME": "haswell",
    "NUMBA_CPU_FEATURES": "+avx2,+fma",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F,-AVX512VL",
}
"""What makes a processor with AVX-512 compute as one with AVX2, but for what TensorFlow compiles for itself."""


@pytest.mark.long
@pytest.mark.skipif(LANES < 16, reason="needs a processor with AVX-512")
def test_a_whole_study_has_the_same_bytes_by_vectors_of_half_the_width(tmp_path: Path) -> None:
    """Every file that does not tell times."""
    for name, narrower in (("wide", {}), ("narrow", NARROWER)):
        (tmp_path / name).mkdir()
        subprocess.run([COMMAND, *STUDY], cwd=tmp_path / name, env=os.environ | narrower, check=True)
    wide, narrow = (tmp_path / name / "reports" / "s" for name in ("wide", "narrow"))
    files = {path.name for path in wide.glob("*.csv")} - {"timings.csv"} | {"verdict.json"}
    assert len(files) > 5
    for file in files:
        assert (wide / file).read_bytes() == (narrow / file).read_bytes(), file


def study(folder: Path, **facts: Any) -> Store:
    chosen = {name: facts.pop(name) for name in ("kernels", "tuner") if name in facts}
    settings = StudySettings.create(**chosen)
    dumped, mark = settings.model_dump(mode="json"), settings.fingerprint()
    known = {"settings": dumped, "fingerprint": mark, "data": {"passed": True}}
    return Store.create(folder, claim(folder), **known, versions=versions(), **facts)


@pytest.mark.parametrize(
    ("facts", "refused"),
    [({"without_kernels": ""}, True), ({"without_kernels": "no Numba"}, False), ({"kernels": False}, False)],
)
def test_the_version_of_numba_counts_where_it_compiles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, facts: dict[str, Any], refused: bool
) -> None:
    with study(tmp_path, **facts) as store:
        guard.check_unchanged(store)
        guard.check_kernels(store, "")
        before = versions_module._version
        monkeypatch.setattr(versions_module, "_version", lambda name: "another" if name == "numba" else before(name))
        if refused:
            with pytest.raises(KerasSearchError, match=r"^versions: numba another differs from "):
                guard.check_unchanged(store)
            with pytest.raises(KerasSearchError, match=r"^engine: the kernels .* \(no such\), .* with --no-kernels\.$"):
                guard.check_kernels(store, "no such")
        else:
            guard.check_unchanged(store)
            guard.check_kernels(store, "no such")


def _run(name: str, engine: str, trained: int) -> Run:
    return Run(name, Kind.TRIAL, "mlp", "tuned", {}, 0, 2, trained=trained, engine=engine)


WIDE, NARROW = f"{ARCHITECTURE}, 16 numbers at a time", f"{ARCHITECTURE}, 8 numbers at a time"


@pytest.mark.skipif(not FUSES, reason="needs a processor with fused multiply-add")
@pytest.mark.parametrize(
    ("engines", "tuner", "begun", "moves"),
    [
        (["kernels", "kernels", ""], "hyperband", WIDE, True),
        ([], "random", WIDE, True),
        (["kernels", "compiled TensorFlow"], "hyperband", WIDE, False),
        (["kernels"], "bayesian", WIDE, False),
        (["kernels"], "hyperband", f"another, {WIDE}", False),
        (["kernels"], "hyperband", f"{WIDE}, {UNFUSED}", False),
    ],
)
def test_what_the_kernels_have_trained_goes_on_by_vectors_of_another_width(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engines: list[str], tuner: str, begun: str, moves: bool
) -> None:
    """The machine on which it goes on is recorded: what TensorFlow trains there is not continued elsewhere."""
    monkeypatch.setattr(cpu, "MACHINE", begun)
    with study(tmp_path, tuner=tuner) as store:
        with store.transaction():
            for number, engine in enumerate(engines):
                trained = 1 if engine else 0
                store.put_run(_run(f"{number:04}", engine, trained))
        guard.check_unchanged(store)
        monkeypatch.setattr(cpu, "MACHINE", NARROW)
        if not moves:
            with pytest.raises(KerasSearchError, match=rf"^versions: machine {NARROW} differs from {begun}, which"):
                guard.check_unchanged(store)
            return
        guard.check_unchanged(store)
        assert store.fact("versions")["machine"] == begun  # a check changes nothing
        guard.keep_machine(store)
        assert store.fact("versions")["machine"] == NARROW
        with store.transaction():
            store.put_run(_run("0009", "model.fit", 1))
        guard.check_unchanged(store)
        monkeypatch.setattr(cpu, "MACHINE", begun)
        with pytest.raises(KerasSearchError, match=r"^versions: machine "):
            guard.check_unchanged(store)


def test_a_study_that_earlier_kernels_began_is_refused_and_one_without_kernels_goes_on(tmp_path: Path) -> None:
    earlier = {name: version for name, version in versions().items() if name != "kernels"}
    for name, facts, refused in (("with", {"without_kernels": ""}, True), ("without", {"kernels": False}, False)):
        with study(tmp_path / name, **facts) as store:
            with store.transaction():
                store.set_facts(versions=earlier)
            if not refused:
                guard.check_unchanged(store)
                continue
            with pytest.raises(KerasSearchError, match=r"^versions: kernels \d+ differs from 1, which the study was "):
                guard.check_unchanged(store)
