"""Every lever declared once: what may be set over time, by whom, in which unit, within which bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from citerne.base.text import _
from citerne.schema.cells import closest, shown

Axis = Literal["none", "theatre", "corridor", "place", "product"]


@dataclass(frozen=True)
class Lever:
    """A quantity that inputs, policies, `--set` and triggers may move day by day.

    `by` names the axis of its targets; `kind` says whether it is decided by the case's outside world (`scenario`) or
    may be chosen (`policy`).
    """

    name: str
    by: Axis
    default: float
    low: float
    high: float
    unit: str
    kind: Literal["scenario", "policy"]
    meaning: str

    def expected(self) -> str:
        """Bounds and unit of its values in words."""
        return _("a number from {low} to {high} {unit}").format(low=self.low, high=self.high, unit=self.unit).strip()

    def targets(self, ids: Mapping[str, frozenset[str]]) -> frozenset[str] | None:
        """Words that may stand as its target, `all` among them; None if the table of targets could not be read."""
        if self.by == "none":
            return frozenset({"all"})
        known = ids.get(f"{self.by}s")
        return None if known is None else known | {"all"}

    def expected_target(self) -> str:
        """What its targets are, in words."""
        if self.by == "none":
            return _("no target for {lever}").format(lever=self.name)
        return _("a {axis} or all, for {lever}").format(axis=_(self.by), lever=self.name)


@dataclass(frozen=True)
class Misfit:
    """Why a lever cannot be set so: which part (`lever`, `target`, `value`), what was found, expected, and the mend."""

    part: Literal["lever", "target", "value"]
    found: str
    expected: str
    mend: str


def misfits(name: str, target: str, value: float | None, ids: Mapping[str, frozenset[str]]) -> list[Misfit]:
    """Everything that is wrong with setting lever `name` of `target` to `value`; `ids` are the case's, by table."""
    lever = LEVER_BY_NAME.get(name)
    if lever is None:
        return [Misfit("lever", shown(name), _("a lever"), closest(name, LEVER_BY_NAME))]
    found = []
    if value is not None and not lever.low <= value <= lever.high:
        found.append(Misfit("value", f"{value:g}", lever.expected(), _("check the unit")))
    known = lever.targets(ids)
    if known is not None and target not in known:
        mend = _("leave it out") if lever.by == "none" else closest(target, known)
        found.append(Misfit("target", shown(target), lever.expected_target(), mend))
    return found


LEVERS: tuple[Lever, ...] = (
    Lever("blockade", "corridor", 0, 0, 10, "", "scenario", "Declared pressure on the corridor; 0 none, 1 a campaign."),
    Lever("leg_blockade", "theatre", 0, 0, 10, "", "scenario", "Declared pressure on onward legs of the theatre."),
    Lever("truce", "theatre", 0, 0, 1, "", "scenario", "1 while a truce holds in the theatre."),
    Lever("closed", "corridor", 0, 0, 1, "", "policy", "1 while no truck may pass the border."),
    Lever("leg_closed", "place", 0, 0, 1, "", "policy", "1 while the onward leg to the place is shut."),
    Lever("columns_per_week", "theatre", 0, 0, 70, "columns/week", "policy", "Columns under escort that leave."),
    Lever("column_trucks_max", "theatre", 100, 1, 2000, "trucks", "policy", "Largest column."),
    Lever("escort_strength", "theatre", 1, 0, 3, "", "policy", "Escort against the army's own of the first weeks (1)."),
    Lever("escort_needed", "theatre", 0, 0, 1, "", "policy", "1 where trucks may not leave without escort."),
    Lever("column_weight", "corridor", 1, 0, 100, "", "policy",
          "Priority of the corridor for the columns of its theatre; 0: no column takes it."),
    Lever("load_weight", "product", 1, 0, 100, "", "policy", "Priority of the product for places in a column."),
    Lever("orders", "corridor", 1, 0, 5, "", "scenario", "Orders at the source against normal: credit, embargo."),
    Lever("gift_trucks", "corridor", 0, 0, 2000, "trucks/day", "scenario", "Trucks that set out under own escort."),
    Lever("customs_h", "none", 72, 0, 480, "h", "policy", "Customs time of a tanker at the hub."),
    Lever("hazard_pay", "corridor", 0, 0, 20, "trip fares", "policy", "Extra pay for a trip."),
    Lever("insured_share", "corridor", 0, 0, 1, "", "policy", "Part of a lost truck that is paid for."),
    Lever("loading_max", "place", -1, -1, 20, "days", "policy",
          "Most that leaves the place for others in a day, in days of their need; 0 traps its stock, -1 is no limit."),
    Lever("leg_weight", "place", 1, 0, 100, "", "policy", "Priority of the place among onward legs."),
    Lever("hub_reserve_days", "none", -1, -1, 60, "days", "policy", "Days kept at the hub; -1 leaves the prior."),
    Lever("reserve_keep_days", "place", 0, 0, 60, "days", "policy",
          "Reserve, days of the place's need, that only hospitals, water and telecom may touch; 0 releases it."),
    Lever("pool_days", "place", 0, 0, 60, "days", "policy",
          "Pool for hospitals, water and telecom, days of their own need, that nobody else may touch."),
    Lever("pool_rule", "none", 0, 0, 2, "", "policy",
          "Which of them come first: 0 by priority, 1 equal days for all, 2 shares weighted by priority."),
    Lever("bulk_share", "product", 1, 0, 1, "", "policy", "Most that mines and trade may buy, part of normal need."),
    Lever("plate_share", "none", 1, 0.1, 1, "", "policy", "Part of vehicles that may fill on a day (odd-even: 0.5)."),
    Lever("ration_share", "product", 1, 0, 1, "", "policy", "Part of normal retail use that pumps may sell."),
    Lever("price_pump_factor", "product", 1, 0.1, 20, "", "policy", "Official price against that of the start."),
    Lever("mobility", "none", 1, 0, 2, "", "policy", "Travel need against normal (closures, telework)."),
    Lever("street_ban", "none", 0, 0, 1, "", "policy", "How well filling of cans for resale is stopped."),
    Lever("embargo_scope", "place", 0, 0, 2, "", "scenario",
          "What a siege of the place stops: 0 fuel alone, 1 all goods, 2 passengers too."),
    Lever("power_share", "none", -1, -1, 1, "", "policy", "Part of its fuel need power may take; -1 leaves the prior."),
    Lever("force_front", "none", 0.2, 0, 0.9, "", "scenario", "Part of the state's force that a second front binds."),
    Lever("force_escort", "none", 0.25, 0, 1, "", "policy", "Part of the force that is left which escorts convoys."),
    Lever("force_garrison", "none", 0.5, 0, 1, "", "policy", "Part of the force that is left which sits in garrisons."),
    Lever("partner", "none", 1, 0, 3, "", "scenario", "Foreign partner of the state: 1 as on day 0, 0 gone."),
    Lever("civic_space", "none", 0, -10, 10, "", "scenario",
          "Pulse on civic space on that day: -1 a ban or arrest, +1 the reverse."),
    Lever("local_deal", "corridor", 0, 0, 1, "", "scenario", "Part of the hauliers there with a deal of their own."),
    Lever("national_deal", "none", 0, 0, 1, "", "scenario", "1 while a deal of the whole country holds."),
    Lever("demands_met", "none", 0, 0, 1, "", "scenario", "Part of the armed group's demands on record that is met."),
)  # fmt: skip

LEVER_BY_NAME = {lever.name: lever for lever in LEVERS}
