"""Kinds of processors that this one can stand in for."""

from dataclasses import dataclass

from keras_search.tuner.system.cpu import FUSES, LANES


@dataclass(frozen=True)
class Machine:
    """What the libraries are told of the processor, and how many lanes our kernels then have."""

    title: str
    lanes: int
    fuses: bool
    environment: dict[str, str]

    @property
    def is_narrower(self) -> bool:
        """Whether this processor can do what that one can, and more."""
        return self.lanes < LANES and self.fuses <= FUSES


MACHINES = (
    Machine(
        "AVX2",
        8,
        True,
        {
            "NUMBA_CPU_NAME": "haswell",
            "NUMBA_CPU_FEATURES": "+avx2,+fma",
            "ONEDNN_MAX_CPU_ISA": "AVX2",
            "OPENBLAS_CORETYPE": "Haswell",
            "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
            "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F,-AVX512VL",
            "XLA_FLAGS": "--xla_cpu_max_isa=AVX2",
        },
    ),
    Machine(
        "SSE4, without fused multiply-add",
        4,
        False,
        {
            "NUMBA_CPU_NAME": "x86-64-v2",
            "NUMBA_CPU_FEATURES": "+sse4.2",
            "ONEDNN_MAX_CPU_ISA": "SSE41",
            "OPENBLAS_CORETYPE": "Nehalem",
            "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
            "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX2,-FMA,-FMA4",
            "XLA_FLAGS": "--xla_cpu_max_isa=SSE4_2",
        },
    ),
)
"""With vectors of 8 and of 4 numbers. TensorFlow's own code, compiled for AVX, is the same on all of them."""
