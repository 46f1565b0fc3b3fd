"""Figures of a verdict do not depend on the processor, where NumPy and BLAS do."""

import os
import subprocess
import sys

import pytest

from keras_search.tuner.system.cpu import LANES

NARROWER = {"NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR", "OPENBLAS_CORETYPE": "Nehalem"}
"""A processor without AVX2, for NumPy and BLAS."""

CHILD = """
from hashlib import sha256
import numpy as np
from keras_search.tuner.verdict import interval, metrics
from keras_search.tuner.verdict.crossed import crossed
rng = np.random.default_rng(0)
table = rng.normal(0.01, 1, (5, 333))
facts = crossed(table)
print([each.hex() for each in interval.bootstrap(table, 1, 500)[::50]], facts.typical_size.hex())
said, truth = rng.random((333, 4)).astype(np.float32), rng.integers(0, 4, 333)
found = [*metrics.of_classes("auc", 4), *metrics.of_classes("f1_score", 4), *metrics.of_classes("recall", 4)]
print([each.contribute(said, truth).sum(dtype=float).hex() for each in found])
print(metrics.log_cosh(said, rng.normal(size=said.shape)).sum().hex())
print(sha256(np.exp(table)).hexdigest())
"""


@pytest.mark.skipif(LANES < 16, reason="needs a processor with AVX-512")
def test_figures_of_a_verdict_have_the_same_bits_on_every_processor(capsys: pytest.CaptureFixture[str]) -> None:
    """The last line is one that has not."""
    exec(CHILD, {})
    here = capsys.readouterr().out.splitlines()
    done = subprocess.run([sys.executable, "-c", CHILD], env=os.environ | NARROWER, stdout=subprocess.PIPE, text=True)
    there = done.stdout.splitlines()
    assert len(here) == 4
    assert there[:3] == here[:3]
    assert there[3] != here[3]
