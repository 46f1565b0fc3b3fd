"""Parts of arrays whose references are not counted, which takes longer than what is done with a short row."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array, populate_array


def _row(_typing: Any, x: Any, _at: Any, _count: Any) -> Any:
    def lower(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> Any:
        given = make_array(signature.args[0])(context, builder, values[0])
        row = make_array(signature.return_type)(context, builder)
        size = context.get_constant(types.intp, 4)
        data = builder.gep(given.data, [values[1]])
        populate_array(row, data=data, shape=[values[2]], strides=[size], itemsize=size, meminfo=None)
        return row._getvalue()  # noqa: SLF001 - how Numba's own functions return an array

    return types.float32[::1](x, types.int64, types.int64), lower


row_of: Any = intrinsic(_row)
"""`row_of(x, at, count)` returns x[at : at + count], of single precision, while x is there."""
