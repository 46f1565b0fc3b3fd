"""The vectors of this processor, and the width that decides results on any processor."""

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
FUSES = not X86 or "fma" in (FEATURES or ())
"""Whether the processor multiplies and adds with one rounding; where it does not, the kernels compute the same."""
UNFUSED = "without fused multiply-add"
"""How a processor is described on which that takes the kernels several instructions."""
WIDTH = 16
"""The number of lanes by which the kernels sum, and to which they pad rows, on every processor: LANES divides it."""


ARCHITECTURE = platform.machine()
"""The property of the machine that decides what the kernels compute."""
_PARTS = [ARCHITECTURE, *([f"{LANES} numbers at a time"] if FEATURES is not None else [])]
MACHINE = ", ".join([*_PARTS, *([] if FUSES or FEATURES is None else [UNFUSED])])
"""The properties of the machine that decide the last bits of what TensorFlow computes."""


def padded(columns: int) -> int:
    """Round a number of columns up to a multiple of WIDTH."""
    return -(-columns // WIDTH) * WIDTH
