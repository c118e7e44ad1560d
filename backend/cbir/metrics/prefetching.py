"""Asking for memory before it is needed, from compiled code: LLVM's `prefetch`, which numba does not offer itself."""

from __future__ import annotations

from typing import Any

import numba
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

CHUNK = 512
"""Numbers of a row that are worked on, and asked for, at a time; the most terms that are summed in float32."""
LINE = 16
"""Numbers in a cache line."""
READ, SECOND_LEVEL, DATA = 0, 2, 1
"""Arguments of LLVM's prefetch: the access, the nearness of the cache (3 is the first level), the kind of cache."""


@intrinsic
def _prefetch_line(typing: Any, matrix: Any, position: Any) -> Any:  # noqa: ARG001 - numba passes its context
    """Begin to load the cache line of a matrix's number at ``position``, counted from its first number."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        address = builder.bitcast(builder.gep(data, [arguments[1]]), cgutils.voidptr_t)
        choices = [ir.Constant(cgutils.int32_t, choice) for choice in (READ, SECOND_LEVEL, DATA)]
        kind = ir.FunctionType(ir.VoidType(), [address.type, *(choice.type for choice in choices)])
        function: Any = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")  # type: ignore[no-untyped-call]
        builder.call(function, [address, *choices])
        return context.get_dummy_value()

    return types.void(matrix, types.intp), code


@numba.njit(nogil=True, cache=False)
def prefetch(matrix: Any, position: int) -> None:
    """Begin to load a chunk's worth of a contiguous matrix's numbers from ``position`` on, counted from its first.

    Beyond the matrix's end it does nothing: the processor drops a request for what is not there.
    """
    for line in range(0, CHUNK, LINE):
        _prefetch_line(matrix, position + line)  # type: ignore[call-arg]
