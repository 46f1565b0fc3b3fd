"""How wide the vectors of this processor are."""

import os
import platform

import llvmlite.binding as llvm


def _features() -> set[str]:
    """Name what the processor can do, or what Numba was told that it can."""
    told = os.environ.get("NUMBA_CPU_FEATURES")
    if told is not None:
        return {feature[1:] for feature in told.split(",") if feature.startswith("+")}
    return {name for name, present in llvm.get_host_cpu_features().items() if present}


X86 = platform.machine().lower() in ("x86_64", "amd64")
LANES = 16 if "avx512f" in _features() else 8 if "avx2" in _features() else 4
"""Numbers of single precision in a vector register."""
REGISTERS = 16 if X86 and LANES < 16 else 32


def padded(columns: int) -> int:
    """Round a number of columns up to whole vectors."""
    return -(-columns // LANES) * LANES
