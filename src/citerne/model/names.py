"""Names that a case uses and only the model knows: parameters, and outcomes that a standard run records."""

from __future__ import annotations

from collections.abc import Sequence

from citerne.base.errors import Faults
from citerne.base.text import _
from citerne.case.case import Case
from citerne.engine.fields import Process
from citerne.model.levers import lay_plan
from citerne.model.outcomes import Catalogue
from citerne.model.world import build_world
from citerne.schema.cells import closest, shown


def check_parameter_names(case: Case, processes: Sequence[Process], faults: Faults) -> None:
    """Note every row of `parameters.csv` and every setting of `variants.csv` that no process declares."""
    known = {parameter.name for process in processes for parameter in process.parameters}
    named = [("parameters.csv", row["_row"], "parameter", row["parameter"]) for row in case.rows("parameters")]
    for row in case.rows("variants"):
        for setting in filter(str.strip, (row["sets"] or "").split(";")):
            named.append(("variants.csv", row["_row"], "sets", setting.partition("=")[0].strip()))
    for file, number, column, name in named:
        if name not in known:
            faults.add(file, number, column, shown(name), _("a parameter of the model"), closest(name, known))


def not_recorded(case: Case) -> list[str]:
    """Ids of targets whose series a run with `--record all` does not hold, so that they cannot be scored."""
    world = build_world(case, lay_plan(case, 1, ()), 1)
    recorded = {(s.variable, s.place, s.product) for s in Catalogue(case, world, everything=True).series()}
    same = {"": "all", "all": ""}
    return [
        row["target_id"]
        for row in case.rows("targets")
        if not any(
            (row["variable"], row["place"], product) in recorded
            for product in {row["product"] or "", same.get(row["product"] or "", row["product"])}
        )
    ]
