"""The vector width of this processor."""

import os
import platform


def _features() -> set[str] | None:
    """Return the processor's features, or those set for Numba; None if LLVM is not available."""
    features = os.environ.get("NUMBA_CPU_FEATURES")
    if features is not None:
        return {feature[1:] for feature in features.split(",") if feature.startswith("+")}
    try:
        import llvmlite.binding as llvm

        return {name for name, present in llvm.get_host_cpu_features().items() if present}
    except Exception:  # missing, or not built for this machine: no kernel is compiled here
        return None


X86 = platform.machine().lower() in ("x86_64", "amd64")
FEATURES = _features()
LANES = 16 if "avx512f" in (FEATURES or ()) else 8 if "avx2" in (FEATURES or ()) else 4
"""The number of single-precision numbers in a vector register."""
REGISTERS = 16 if X86 and LANES < 16 else 32


MACHINE = f"{platform.machine()}, {LANES} numbers at a time" if FEATURES is not None else platform.machine()
"""The properties of the machine that decide the last bits of a result."""


def padded(columns: int) -> int:
    """Round a number of columns up to whole vectors."""
    return -(-columns // LANES) * LANES
