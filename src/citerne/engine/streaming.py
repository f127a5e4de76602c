"""Copy a row past the caches.

A record is written once and read much later. Ordinary stores would first read each of its lines from memory and then
push the state of the futures out of the caches; streaming stores do neither. A recorded day is a tenth faster so.
"""

from __future__ import annotations

from typing import Any

LANES = 16  # float32 of one cache line


def lay_by(source: Any, goal: Any) -> None:
    """Copy a row of numbers to one of float32 of the same length, not to be read again soon."""
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
    line = ir.VectorType(ir.FloatType(), LANES)
    word = ir.IntType(64)

    def as_float(builder: Any, value: Any, kind: Any) -> Any:
        return value if value.type == kind else builder.sitofp(value, kind)

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
                many = ir.VectorType(source.type.pointee, LANES).as_pointer()
                taken = builder.load(builder.bitcast(builder.gep(source, [first]), many), align=4)
                place = builder.bitcast(builder.gep(goal, [first]), line.as_pointer())
                builder.store(as_float(builder, taken, line), place, align=4 * LANES).set_metadata("nontemporal", mark)
            with cells, tools.for_range(builder, count) as loop:
                taken = builder.load(builder.gep(source, [loop.index]))
                builder.store(as_float(builder, taken, ir.FloatType()), builder.gep(goal, [loop.index]))
        return context.get_dummy_value()

    @intrinsic
    def copy(_typing: Any, source: Any, goal: Any) -> Any:
        return types.void(source, goal), build

    return copy
