"""Import Numba before `preload`, whose thread holds up what loads compiled code, and leave the rest of it to that."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from keras_search.tuner.system.importing import roomy, uncollected
from keras_search.tuner.system.processes import ending_with_parent
from keras_search.tuner.workers.preload_process import MEANWHILE


@roomy
def import_numba() -> None:
    """Import Numba, all of it that is compiled, and begin to use LLVM."""
    import cmath  # noqa: F401 - compiled, for a module of Numba

    import numba.cpython.hashing  # noqa: F401 - looks for a symbol
    from numba.core.registry import cpu_target

    assert cpu_target.target_context is not cpu_target.typing_context  # made on first use
    MEANWHILE.append(import_registries)


def import_registries() -> None:
    """Import what Numba itself imports when a kernel is first called, and import the kernels."""
    with suppress(Exception):
        from numba.core.registry import cpu_target

        with suppress(AttributeError), blas_taken_on_trust():
            import numba.np.arraymath  # noqa: F401
        import numpy.ma  # noqa: F401 - to recognise its arrays

        cpu_target.typing_context.refresh()
        cpu_target.target_context.refresh()
        import keras_search.tuner.training.kernels.trial  # noqa: F401


@contextmanager
def blas_taken_on_trust() -> Iterator[None]:
    """Let Numba not import `scipy.linalg` to see that it is there, as that belongs to SciPy, which is installed.

    Only a user's own products of matrices in Numba need it; they look for it themselves.
    """
    from numba.np import linalg

    look = linalg.ensure_blas
    linalg.ensure_blas = lambda: None
    try:
        yield
    finally:
        linalg.ensure_blas = look
        vars(sys.modules["numba.np.arraymath"])["ensure_blas"] = look


with ending_with_parent(), uncollected(), suppress(Exception):  # a forked process imports again, and reports the error
    import_numba()
