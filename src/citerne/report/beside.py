"""What other verbs have found about a run or its case, for the report to show beside it.

Plan, comparison and stress test are read from `plan.json`, `compare.json` and `stress.json` in the run folder: what
those verbs print with `--json` (`citerne plan` writes its own into the folder of its private files).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from citerne.base.errors import Faults
from citerne.base.text import _

Row = Mapping[str, Any]
# What a file must hold to be shown, by its stem.
NEEDED = {
    "plan": ("schedule", "gain", "robust_over", "values", "wait_or_go", "unit", "beside", "regret"),
    "compare": ("baseline", "differences", "selection"),
    "stress": ("cuts", "breakpoints"),
}


@dataclass(frozen=True)
class Beside:
    """Everything that may stand beside a run; None where it was not made.

    Attributes
    ----------
    scores : rows of `citerne score` of this run
    prior_scores : the same of a run from the priors alone
    not_modelled : rows that the run does not speak to
    outlook : what `citerne outlook` prints, with the ends of this run
    facts : what `citerne facts` prints
    plan, compare, stress : what those verbs print with --json
    """

    scores: Sequence[Row] | None = None
    prior_scores: Sequence[Row] | None = None
    not_modelled: Sequence[Row] = ()
    outlook: Mapping[str, Any] | None = None
    facts: Mapping[str, Any] | None = None
    plan: Mapping[str, Any] | None = None
    compare: Mapping[str, Any] | None = None
    stress: Mapping[str, Any] | None = None


def read_json_beside(folder: Path, plan_folder: Path | None = None) -> dict[str, Mapping[str, Any]]:
    """Results of plan, compare and stress that lie in a run folder, by verb.

    Parameters
    ----------
    folder : run folder
    plan_folder : folder of a plan that lies elsewhere

    Raises
    ------
    DataError : a file is no JSON, or lacks what is shown
    """
    faults, found = Faults(), {}
    for stem, needed in NEEDED.items():
        path = (plan_folder if plan_folder and stem == "plan" else folder) / f"{stem}.json"
        if not path.is_file():
            if plan_folder and stem == "plan":
                faults.add(path.name, 0, "", _("no such file"), _("what citerne plan --json prints"))
            continue
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as problem:
            faults.add(path.name, 0, "", str(problem), _("one JSON object"))
            continue
        lacking = [name for name in needed if not isinstance(data, dict) or name not in data]
        for name in lacking:
            faults.add(path.name, 0, name, _("missing"), _("what citerne {verb} --json prints").format(verb=stem))
        if not lacking:
            found[stem] = data
    faults.raise_if_any()
    return found
