"""A linear or mixed-integer program, grown by columns and rows and solved by HiGHS on one thread.

The matrices are built directly, so that a network of 500 arcs is passed in milliseconds. HiGHS is imported when the
first program is solved.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from citerne.base.errors import CiterneError
from citerne.base.text import _

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Status = Literal["optimal", "time", "infeasible", "unbounded"]

# Feasibility tolerance of the solver: differences below it, relative to the objective, are not differences.
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Solution:
    """What the solver found.

    Attributes
    ----------
    status : `optimal`, `time` (time limit reached), `infeasible` or `unbounded`
    values : [column] values, or None if no feasible point was found
    objective : value of the best point found; not-a-number if none
    bound : proven bound on the objective
    """

    status: Status
    values: FloatArray | None
    objective: float
    bound: float


@dataclass
class Program:
    """Columns and rows of one program; `column` and `row` return the numbers of what they added."""

    _columns: list[tuple[FloatArray, FloatArray, FloatArray, BoolArray]] = field(default_factory=list)
    _rows: list[tuple[FloatArray, FloatArray]] = field(default_factory=list)
    _entries: list[tuple[IntArray, IntArray, FloatArray]] = field(default_factory=list)
    column_count: int = 0
    row_count: int = 0

    def add_columns(
        self, count: int, *, cost: Any = 0.0, lower: Any = 0.0, upper: Any = math.inf, integer: bool = False
    ) -> IntArray:
        """Add `count` columns; cost and bounds are numbers or arrays [count]. Returns their numbers."""
        cost, lower, upper = (np.broadcast_to(np.asarray(v, np.float64), (count,)) for v in (cost, lower, upper))
        self._columns.append((cost, lower, upper, np.full(count, integer)))
        self.column_count += count
        return np.arange(self.column_count - count, self.column_count)

    def add_rows(self, count: int, *, lower: Any = -math.inf, upper: Any = math.inf) -> IntArray:
        """Add `count` empty rows lower <= row <= upper. Returns their numbers."""
        lower, upper = (np.broadcast_to(np.asarray(v, np.float64), (count,)) for v in (lower, upper))
        self._rows.append((lower, upper))
        self.row_count += count
        return np.arange(self.row_count - count, self.row_count)

    def add_entries(self, rows: Any, columns: Any, values: Any) -> None:
        """Add coefficients; the three broadcast together. Two entries of one cell add up."""
        row, column, value = np.broadcast_arrays(
            np.asarray(rows, np.int64), np.asarray(columns, np.int64), np.asarray(values, np.float64)
        )
        self._entries.append((row.ravel(), column.ravel(), value.ravel()))

    def add_choices(self, allowed: Any, most: float, weight: Any = 1.0) -> IntArray:
        """Add a column 0 or 1 for each element, 0 where not `allowed` [element]; weights sum to at most `most`."""
        allowed = np.asarray(allowed, np.float64)
        columns = self.add_columns(len(allowed), upper=allowed, integer=True)
        self.add_entries(self.add_rows(1, upper=most), columns, weight)
        return columns

    def solve(self, *, maximise: bool = False, time_limit_s: float | None = None) -> Solution:
        """Solve to a proven gap of zero, or until the time limit.

        Raises
        ------
        CiterneError : the solver stops for another reason (memory, numerical trouble)
        """
        import highspy

        solver = _silent_solver()()
        solver.setOptionValue("threads", 1)
        solver.setOptionValue("mip_rel_gap", 0.0)
        if time_limit_s is not None:
            solver.setOptionValue("time_limit", float(max(time_limit_s, 0.0)))
        solver.passModel(self._model(highspy, maximise))
        solver.run()
        return self._read(highspy, solver, maximise)

    def _model(self, highspy: Any, maximise: bool) -> Any:
        cost, lower, upper, integer = (np.concatenate(part) for part in zip(*self._columns, strict=True))
        start, index, value = self._compressed()
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = self.column_count, self.row_count
        model.col_cost_, model.col_lower_, model.col_upper_ = cost, lower, upper
        model.row_lower_, model.row_upper_ = (np.concatenate(part) for part in zip(*self._rows, strict=True))
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = start, index, value
        if integer.any():
            kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
            model.integrality_ = [kinds[int(whole)] for whole in integer]
        model.sense_ = highspy.ObjSense.kMaximize if maximise else highspy.ObjSense.kMinimize
        return model

    def _compressed(self) -> tuple[IntArray, IntArray, FloatArray]:
        """Entries row by row, the repeated ones added up."""
        row, column, value = (np.concatenate(part) for part in zip(*self._entries, strict=True))
        cell, place = np.unique(row * self.column_count + column, return_inverse=True)
        start = np.searchsorted(cell, np.arange(self.row_count + 1) * self.column_count)
        index = (cell % self.column_count).astype(np.int64)
        return start.astype(np.int64), index, np.bincount(place, weights=value, minlength=len(cell)).astype(np.float64)

    def _read(self, highspy: Any, solver: Any, maximise: bool) -> Solution:
        states: dict[Any, Status] = {
            highspy.HighsModelStatus.kOptimal: "optimal",
            highspy.HighsModelStatus.kTimeLimit: "time",
            highspy.HighsModelStatus.kInfeasible: "infeasible",
            highspy.HighsModelStatus.kUnbounded: "unbounded",
            highspy.HighsModelStatus.kUnboundedOrInfeasible: "unbounded",
        }
        status = states.get(solver.getModelStatus())
        if status is None:
            reason = solver.modelStatusToString(solver.getModelStatus())
            raise CiterneError(_("The solver stopped: {reason}.").format(reason=reason))
        info = solver.getInfo()
        found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        if status == "optimal":  # the proof itself; some versions leave the bound unset when presolve does it all
            bound = info.objective_function_value
        elif any(integer.any() for _cost, _low, _high, integer in self._columns):
            bound = info.mip_dual_bound
        else:
            bound = math.inf if maximise else -math.inf
        if not found:
            return Solution(status, None, math.nan, bound)
        values = np.array(solver.getSolution().col_value)
        return Solution(status, values, info.objective_function_value, bound)


@lru_cache(maxsize=1)
def _silent_solver() -> Any:
    """Class of the solver, silenced before it starts: it would greet on stdout, where only results may stand."""
    import highspy

    class Silent(highspy.Highs):  # type: ignore[misc,unused-ignore]
        def enableCallbacks(self) -> None:  # noqa: N802
            self.setOptionValue("output_flag", False)
            super().enableCallbacks()  # type: ignore[no-untyped-call,unused-ignore]

    return Silent


def relative_gap(objective: float, bound: float) -> float:
    """|objective - bound| over the larger of |objective| and 1; zero within the solver's tolerance."""
    if math.isinf(objective) or math.isinf(bound):
        return 0.0 if objective == bound else math.inf
    gap = abs(objective - bound) / max(1.0, abs(objective))
    return 0.0 if gap <= TOLERANCE else gap


def whole_bound(bound: float, *, above: bool) -> float:
    """Sharpen a bound on an objective that can only be a whole number: round it towards the objective.

    `above` True for an upper bound (rounded down), False for a lower bound (rounded up).
    """
    if math.isinf(bound):
        return bound
    slack = TOLERANCE * max(1.0, abs(bound))
    return float(math.floor(bound + slack) if above else math.ceil(bound - slack))


def is_whole(*arrays: FloatArray) -> bool:
    """True if every number of every array is whole (infinite ones aside)."""
    return all(bool(np.all(~np.isfinite(array) | (array == np.round(array)))) for array in arrays)
