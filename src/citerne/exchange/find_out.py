"""What to find out first: guesses of a case ranked by how much of the spread of the headline each explains."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from citerne.base.text import _
from citerne.case.case import Case
from citerne.case.grade import grade_case
from citerne.ensemble.run import Ensemble, Plan
from citerne.metrics.sensitivity import headline_spread
from citerne.model.standard import standard_model

MEMBERS, SEED, LEAST_SHARE = 512, 1, 0.005
# politics is switched off in a new case: what it would say is no reason to ask
NOT_COUNTED = ("civilians_killed", "group_strength", "legitimacy")
# where a number of the tables stands behind an unknown of the model
STANDS_FOR = {
    "demand_factor": "demand.csv", "opening_factor_hub": "storage.csv", "opening_factor_towns": "storage.csv",
    "target_days": "storage.csv", "hazard_per_km": "events.csv", "leg_hazard_factor": "events.csv",
    "truck_m3": "corridors.csv", "fleet_slack": "corridors.csv", "load_factor": "zones.csv",
    "thermal_factor": "plants.csv", "hydro_factor": "plants.csv", "import_share": "plants.csv",
}  # fmt: skip
# the order in which guesses are listed where no run was made: numbers of the tables that are guesses themselves, then
# what moves the headline of the bundled case of Mali most (`ranked(load("mali"))`), flight and power left out
USUAL = (
    "demand_factor", "opening_factor_hub", "opening_factor_towns", "truck_m3", "trickle_share", "street_cap",
    "escort_trust", "news_attack", "attack_capacity", "size_law_gamma", "street_km", "leg_fear",
)  # fmt: skip


@dataclass(frozen=True)
class Ask:
    """One thing to find out: its rank, the unknown, what it means, its mean share of the spread, where to write it."""

    rank: int
    name: str
    meaning: str
    share: float | None
    table: str


def ranked(case: Case, notice: Callable[[], None] | None = None) -> list[Ask]:
    """Unknowns by their mean share of the variance over all headline figures, from 512 futures of the case itself."""
    plan = Plan(days=case.header.days, members=MEMBERS, seed=SEED, unknowns="prior")
    results, _marks = Ensemble(case, plan, notice=notice).run()
    totals: dict[str, float] = defaultdict(float)
    figures = headline_spread(results, case.header.hub, case.header.country)
    spread = [figure for figure in figures if figure["variable"] not in NOT_COUNTED]
    for figure in spread:
        for share in figure["shares"]:
            if share.kind == "unknown":
                totals[share.name] += share.share / len(spread)
    order = sorted((name for name in totals if totals[name] >= LEAST_SHARE), key=lambda name: (-totals[name], name))
    return [_ask(rank, name, totals[name]) for rank, name in enumerate(order, start=1)]


def usual() -> list[Ask]:
    """The stated order where no run was made."""
    return [_ask(rank, name, None) for rank, name in enumerate(USUAL, start=1)]


def _ask(rank: int, name: str, share: float | None) -> Ask:
    meaning = next((p.meaning for process in standard_model().processes for p in process.parameters if p.name == name),
                   name)  # fmt: skip
    return Ask(rank, name, _(meaning), share, STANDS_FOR.get(name, "parameters.csv"))


def page(case: Case, asks: list[Ask]) -> str:
    """The list as a page that lies in the case folder."""
    ranked_by_run = any(ask.share is not None for ask in asks)
    how = (
        _(
            "Ranked by the mean share of the spread over the headline figures ({members} futures of this case);"
            " shares below half a percent are left out."
        ).format(members=MEMBERS)
        if ranked_by_run
        else _(
            "No run was made: guessed tables first, then what leads in the bundled case of Mali."
            " citerne new --rank makes the list yours."
        )
    )
    lines = [_("# What to find out first"), "", how, "", f"| {_('rank')} | {_('unknown')} | {_('meaning')} |"
             f" {_('share')} | {_('write it in')} |", "|---|---|---|---|---|"]  # fmt: skip
    lines += [
        f"| {a.rank} | {a.name} | {a.meaning} | {'-' if a.share is None else f'{a.share:.0%}'} | {a.table} |"
        for a in asks
    ]
    grade = grade_case(case, 5.0)
    counts = ", ".join(f"{table} {by['E']}" for table, by in grade.confidence.items() if by["E"])
    lines += [
        "",
        _("Rows that are guesses (E), by table: {counts}.").format(counts=counts),
        "",
        _("Not ranked, since no run varies them: which ways there are and their shares (supply), who feeds whom (legs),"
          " the dates and levels of the blockade (inputs). Ask for these in any case."),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def as_json(asks: list[Ask]) -> list[dict[str, Any]]:
    """The list as `--json` prints it."""
    return [vars(ask) for ask in asks]
