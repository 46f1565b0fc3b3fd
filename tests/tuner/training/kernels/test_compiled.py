"""What is compiled is kept for the next process, for as long as the sources stay the same."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from keras_search.tuner.training import kernels
from keras_search.tuner.training.compiled import hashing
from keras_search.tuner.training.kernels import compiled

SCRIPT = """
import sys
import numpy as np
sys.path.insert(0, sys.argv[1])
import {name}.words
from {name}.compiled import compiled, is_kept
from {name}.twice import twice
kept = is_kept(twice)
assert twice(np.float32(2)) == 4
print(sum(twice.stats.cache_hits.values()), sum(twice.stats.cache_misses.values()), kept)
"""
TWICE = """
from {name}.compiled import compiled

@compiled
def twice(x):
    return x + x
"""


def run(folder, name="copied", **variables):
    command = [sys.executable, "-c", SCRIPT.format(name=name), str(folder)]
    environment = os.environ | {"NUMBA_CACHE_DIR": str(folder / "cache"), **variables}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def copied(tmp_path):
    """Copy the two modules that need nothing of the rest, and add one that is compiled."""
    package = tmp_path / "copied"
    package.mkdir()
    for name in ("__init__.py", "compiled.py", "words.py"):
        shutil.copy(Path(kernels.__file__).parent / name, package / name)
    (package / "twice.py").write_text(TWICE.format(name="copied"))
    return package


def test_a_second_process_takes_what_the_first_has_compiled(tmp_path):
    """And compiles anew where any file of the package has changed, not its own alone."""
    package = copied(tmp_path)
    assert run(tmp_path) == ["0", "1", "False"]
    assert run(tmp_path) == ["1", "0", "True"]
    (package / "words.py").write_text((package / "words.py").read_text() + "\n# changed\n")
    assert run(tmp_path) == ["0", "1", "False"]


def test_of_two_processes_one_compiles_and_the_other_waits_for_it(tmp_path):
    copied(tmp_path)
    variables = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    command = [sys.executable, "-c", SCRIPT.format(name="copied"), str(tmp_path)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=variables) for _ in range(2)]
    assert sorted(process.communicate(timeout=120)[0].split()[:2] for process in both) == [["0", "1"], ["1", "0"]]


def test_other_constants_of_the_hash_are_another_version(tmp_path, monkeypatch):
    """They lie outside the package, and are in what is compiled."""
    before = compiled._version()
    changed = tmp_path / "hashing.py"
    changed.write_text(Path(hashing.__file__).read_text() + "\n# changed\n")
    monkeypatch.setattr(hashing, "__file__", str(changed))
    assert compiled._version.__wrapped__() != before


def test_where_nothing_can_be_kept_it_is_compiled_in_each_process(tmp_path):
    """As in an installation that is read only, for a user without a home."""
    for place in (tmp_path / "cache", copied(tmp_path) / "__pycache__"):
        place.write_text("a file where a folder would be")
    for _ in range(2):
        assert run(tmp_path, XDG_CACHE_HOME=str(tmp_path / "cache")) == ["0", "1", "False"]
