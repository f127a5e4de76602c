"""What moved since the last nowcast and why: the change of each chance of running dry, split into parts that add up.

The last nowcast gave a town the chance c0 of being dry within 14 days of its day, this one gives c1 within 14 days of
today. In between, with the luck of the same futures, stand

    a   today, with the sheet of the last nowcast and no row more
    b   today, with all new rows but those about single towns

and the change c1 - c0 is the sum of time alone, a - c0, rows that bear on the whole country, b - a, and rows of the
town, c1 - b. Time alone holds what became known of the case itself since. Rows about a single town move that town's
own stock; what they do to another town goes through traders alone and is counted with that town's own rows. The count
of a hub bears on the whole country, so for a hub b is run with all new rows but the hub's own, where it has any. Rows
of the last sheet that are gone or replaced count as new.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from citerne.base.text import _
from citerne.case.case import Case
from citerne.nowcast.ledger import clean, latest_of_days
from citerne.nowcast.nowcast import stand_on
from citerne.nowcast.questions import Sorted
from citerne.nowcast.reports import hubs_of
from citerne.nowcast.sheet import SHEET_BY_NAME
from citerne.nowcast.views import roll_towns

Row = Mapping[str, Any]
Rows = Mapping[str, Sequence[Row]]
Key = tuple[str, str]  # place, product
LEAD = 14
LEAST = 0.05  # change of a chance that is told
SAME = ("version", "members", "seed", "policy")  # what must not differ for time alone to be time alone
MUTE = ("pool", "requests")  # sheets that no future depends on
NAMED = 5  # rows named with a town


def moved(
    case: Case, ledger: Path, rows: Sorted, payload: Mapping[str, Any], *, jobs: int = 0,
    snapshots: Path | None = None, least: float = LEAST,
) -> list[dict[str, Any]]:  # fmt: skip
    """Towns and fuels whose chance of running dry within 14 days moved since the last nowcast of an earlier day.

    Parameters
    ----------
    rows, payload : sheet and result of this nowcast
    snapshots : as for `nowcast`
    least : smallest change that is told

    Returns
    -------
    list : largest change first; `before`, `now`, the parts `time`, `country_rows`, `own_rows` that add up to their
        difference, the rows behind each, and `settings`, what else than time is in the first part
    """
    earlier = [folder for folder in latest_of_days(ledger, case.name) if folder.name[:10] < payload["as_of"]]
    if not earlier:
        return []
    last = json.loads((earlier[-1] / "nowcast.json").read_text(encoding="utf-8"))
    before = {(r["place"], r["product"]): r["dry_within_14"] for r in last["risk"]}
    now = {(r["place"], r["product"]): r["dry_within_14"] for r in clean(payload["risk"])}
    told = [key for key, chance in now.items() if chance is not None and before.get(key) is not None
            and abs(chance - before[key]) >= least]  # fmt: skip
    if not told:
        return []
    split = _Split(case, given(earlier[-1]), rows.rows, payload, jobs, snapshots)
    settings = [name for name in SAME if last.get(name) != payload[name]]
    same = {dataclasses.replace(case, until=day).digest for day in (None, dt.date.fromisoformat(last["as_of"]))}
    if last["case_digest"] not in same:
        settings.append("case")
    out = [_one(split, key, before[key], now[key]) | {"since": last["as_of"], "settings": settings} for key in told]
    return sorted(out, key=lambda r: (-abs(r["now"] - r["before"]), r["place"], r["product"]))


def _one(split: _Split, key: Key, before: float, now: float) -> dict[str, Any]:
    alone, others = split.parts(key, now)
    own = [row for row in split.fresh if split.place_of(row) == key[0] and row.get("product") in (None, key[1])]
    rest = [row for row in split.fresh if split.place_of(row) in ("", *split.hubs) and row not in own]
    return {
        "place": key[0], "product": key[1], "before": before, "now": now, "time": alone - before,
        "country_rows": others - alone, "own_rows": now - others,
        "rows": [f"{r['_title']}:{r['_row']}" for r in own[:NAMED]],
        "other_rows": [f"{r['_title']}:{r['_row']}" for r in rest[:NAMED]],
    }  # fmt: skip


class _Split:
    """Chances between two nowcasts; each mixture of old and new rows is run once, when it is first asked for."""

    def __init__(
        self, case: Case, old: Rows, new: Rows, payload: Mapping[str, Any], jobs: int, snapshots: Path | None
    ) -> None:
        self.case, self.old, self.new, self.payload = case, old, new, payload
        self.jobs, self.snapshots = jobs, snapshots
        self.hubs = hubs_of(case)
        self.towns = {"zone": {r["zone"]: r["place"] for r in case.rows("zones")},
                      "facility": {r["facility"]: r["place"] for r in case.rows("facilities")}}  # fmt: skip
        then, today = ([row for name in sorted(set(one) - set(MUTE)) for row in one[name]] for one in (old, new))
        marks, kept = ({_mark(row) for row in one} for one in (then, today))
        self.fresh = [row for row in today if _mark(row) not in marks]
        gone = [row for row in then if _mark(row) not in kept]
        self.changed = {self.place_of(row) for row in [*self.fresh, *gone]}
        self.made: dict[str, dict[Key, float]] = {}

    def place_of(self, row: Row) -> str:
        """Town that a row is about; empty for what bears on the whole country."""
        sheet = row["_sheet"]
        if sheet in ("stocks", "stations", "arrivals"):
            return str(row["place"])
        if sheet in ("power", "facilities"):
            column = "zone" if sheet == "power" else "facility"
            return str(self.towns[column][row[column]])
        return str(row["place"]) if sheet == "consignments" and row["owner"] == "humanitarian" else ""

    def parts(self, key: Key, now: float) -> tuple[float, float]:
        """Chances at a town with the old rows alone, and with the new rows that are not its own."""
        if not self.changed:
            return now, now
        alone = self._chances("")
        if key[0] in self.hubs and key[0] in self.changed:
            return alone[key], self._chances(key[0])[key]
        wide = self.changed & {"", *self.hubs}
        return alone[key], (self._chances("country") if wide else alone)[key]

    def _chances(self, which: str) -> dict[Key, float]:
        """Chances with the old rows (``""``), with what bears on the country new, or with all but a hub's own new."""
        if which not in self.made:
            self.made[which] = self._run(which)
        return self.made[which]

    def _run(self, which: str) -> dict[Key, float]:
        def is_new(place: str) -> bool:
            if not which:
                return False
            return place in ("", *self.hubs) if which == "country" else place != which

        rows = {
            name: [row for row in self.new[name] if is_new(self.place_of(row))]
            + [row for row in self.old.get(name, ()) if not is_new(self.place_of(row))]
            for name in self.new
        }
        as_of = dt.date.fromisoformat(self.payload["as_of"])
        with ThreadPoolExecutor(self.jobs or os.cpu_count() or 1) as pool:
            stand = stand_on(self.case, rows, as_of, LEAD, pool, members=self.payload["members"],
                             seed=self.payload["seed"], policy=self.payload["policy"],
                             snapshots=self.snapshots, keeping=False)  # fmt: skip
            forecast = roll_towns(stand.analysis.cloud, LEAD, pool, stand.loads)
        dry = (forecast.dry_day() <= LEAD).mean(axis=-1)
        return {(r["place"], r["product"]): clean(float(dry[k])) for k, r in enumerate(self.payload["risk"])}


def _mark(row: Row) -> str:
    """All cells of a row, wherever in the sheet it now stands."""
    return json.dumps({"sheet": row["_sheet"], **clean(row)}, sort_keys=True)


def given(folder: Path) -> dict[str, list[Row]]:
    """Rows that a stored nowcast was made with, dates as dates again."""
    found = json.loads((folder / "situation.json").read_text(encoding="utf-8"))
    return {name: [_dated(name, k, row) for k, row in enumerate(rows, start=2)] for name, rows in found.items()}


def _dated(sheet: str, number: int, row: dict[str, Any]) -> Row:
    dates = {column.name for column in SHEET_BY_NAME[sheet].columns if column.kind == "date"}
    cells = {k: dt.date.fromisoformat(v) if k in dates and v else v for k, v in row.items()}
    return cells | {"_sheet": sheet, "_title": sheet, "_row": number}


def moved_words(row: Mapping[str, Any]) -> str:
    """One change in a sentence."""
    text = _("Moved since {since}: {place}, {product} from {before:.0f} to {now:.0f} in 100: {time:+.0f} time alone, "
             "{country:+.0f} rows about the country, {own:+.0f} its own rows")  # fmt: skip
    said = text.format(since=row["since"], place=row["place"], product=row["product"], before=100 * row["before"],
                       now=100 * row["now"], time=100 * row["time"], country=100 * row["country_rows"],
                       own=100 * row["own_rows"])  # fmt: skip
    named = [*row["rows"], *row["other_rows"]]
    said += f" ({', '.join(named)})" if named else ""
    if row["settings"]:
        said += _("; ") + _("with time alone: {names}").format(names=", ".join(row["settings"]))
    return said
