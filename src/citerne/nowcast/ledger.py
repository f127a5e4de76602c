"""The ledger: every nowcast kept whole in a private folder, and its scores once facts come."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from citerne.base.private import own_folder, replace_own
from citerne.case.case import Case
from citerne.metrics.scores import crps_ensemble, reliability
from citerne.model.index import Index
from citerne.nowcast.assimilate import uniform_of
from citerne.nowcast.questions import Sorted

if TYPE_CHECKING:
    from citerne.nowcast.nowcast import Nowcast

Array = np.ndarray[Any, Any]
Row = Mapping[str, Any]
LEADS = (7, 14, 28)
LEVELS = 64  # equal shares of the futures that stand for all of them in a score
NEAR = 3  # days by which a fact may miss a lead
SHUT, OPEN = 0.1, 0.5


def clean(value: Any) -> Any:
    """Numbers with six digits, dates as text, nothing that JSON cannot hold."""
    if isinstance(value, Mapping):
        return {str(k): clean(v) for k, v in value.items() if not str(k).startswith("_")}
    if isinstance(value, (list, tuple)):
        return [clean(v) for v in value]
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value.isoformat() if isinstance(value, dt.date) else value


def store(ledger: Path, rows: Sorted, made: Nowcast, alerts: str = "") -> Path:
    """Keep a nowcast, with its alerts in words; equal nowcasts are one folder. Returns it."""
    result = json.dumps(clean(made.payload), indent=1, ensure_ascii=False).encode() + b"\n"
    given = json.dumps(clean(dict(rows.rows)), indent=1, ensure_ascii=False).encode() + b"\n"
    told = {"rules": [rule.payload() for rule in made.rules], "values": made.watched}
    rules = json.dumps(clean(told), indent=1, ensure_ascii=False).encode() + b"\n"
    mark = hashlib.sha256(result + given + rules).hexdigest()[:10]
    own_folder(ledger)
    folder = own_folder(ledger / f"{made.payload['as_of']}-{mark}")
    replace_own(folder / "situation.json", given)
    replace_own(folder / "rules.json", rules)
    if alerts:
        replace_own(folder / "alerts.txt", alerts.encode())
    found = json.dumps(clean(made.payload["alerts"]), indent=1, ensure_ascii=False).encode() + b"\n"
    replace_own(folder / "alerts.json", found)
    file = io.BytesIO()
    arrays = {}
    for name, forecast in (("sheet", made.forecast), ("free", made.free)):
        at = (np.arange(LEVELS) + 0.5) / LEVELS
        for what in ("stock_m3", "open_share"):
            arrays[f"{name}_{what}"] = np.quantile(getattr(forecast, what), at, axis=-1).astype(np.float32)
        dry = forecast.open_share < SHUT
        arrays[f"{name}_dry"] = dry.mean(axis=-1).astype(np.float32)
        by = np.maximum.accumulate(dry, axis=0)
        arrays[f"{name}_dry_by"] = by.mean(axis=-1).astype(np.float32)
    np.savez(file, cells=np.array(made.forecast.cells, np.int64), **arrays)
    replace_own(folder / "forecast.npz", file.getvalue())
    replace_own(folder / "nowcast.json", result)  # last: a folder with it is whole
    return folder


def folders(ledger: Path, case: str) -> list[Path]:
    """Nowcasts of a case in order of their day; those that a version without rules kept are passed over."""
    found = []
    for path in sorted(ledger.glob("*/nowcast.json")):
        if path.with_name("rules.json").is_file() and json.loads(path.read_text(encoding="utf-8"))["case"] == case:
            found.append(path.parent)
    return found


def latest_of_days(ledger: Path, case: str) -> list[Path]:
    """One nowcast a day, in order: of several of one day that with the most rows, so the one that knew most."""
    best: dict[str, tuple[int, Path]] = {}
    for folder in folders(ledger, case):
        given = json.loads((folder / "situation.json").read_text(encoding="utf-8"))
        rows = sum(map(len, given.values()))
        day = folder.name[:10]
        if day not in best or rows >= best[day][0]:
            best[day] = (rows, folder)
    return [folder for _rows, folder in best.values()]


def score_rows(case: Case, ledger: Path, facts: Sorted) -> list[dict[str, Any]]:
    """Scores of the stored nowcasts, one a day, against later rows: CRPS of stocks, Brier score of "dry", at each lead,
    beside persistence (the last count before the nowcast) and the model without any sheet."""
    index = Index(case)
    out: list[dict[str, Any]] = []
    for folder in latest_of_days(ledger, case.name):
        made = json.loads((folder / "nowcast.json").read_text(encoding="utf-8"))
        as_of = dt.date.fromisoformat(made["as_of"])
        given = json.loads((folder / "situation.json").read_text(encoding="utf-8"))
        with np.load(folder / "forecast.npz") as arrays:
            kept = {name: arrays[name] for name in arrays.files}
        position = {tuple(cell): k for k, cell in enumerate(kept["cells"].tolist())}
        for sheet in ("stocks", "stations"):
            for row in facts.rows[sheet]:
                ahead = (row["date"] - as_of).days
                lead = next((one for one in LEADS if abs(ahead - one) <= NEAR), None)
                cell = position.get((index.place.get(row["place"], -1), index.product[row["product"]]))
                if lead is None or cell is None or not 1 <= ahead <= kept["sheet_dry"].shape[0]:
                    continue
                last = _last(given[sheet], row)
                key = f"{folder.name}/{sheet}/{row['place']}/{row['product']}/{row['date']}"
                one = {"nowcast": folder.name, "lead": lead, "place": row["place"], "product": row["product"],
                       "date": row["date"].isoformat()}  # fmt: skip
                if sheet == "stocks":
                    out.append(one | _stock_score(kept, ahead - 1, cell, row, last, key))
                elif row["open_share"] is not None and not SHUT < row["open_share"] < OPEN:
                    out.append(one | _dry_score(kept, ahead - 1, cell, row, last))
    return out


def _last(rows: Sequence[Row], fact: Row) -> Row | None:
    same = [r for r in rows if (r["place"], r["product"]) == (fact["place"], fact["product"])
            and r["date"] < fact["date"].isoformat()]  # fmt: skip
    return max(same, key=lambda r: r["date"], default=None)


def _stock_score(
    kept: Mapping[str, Array], day: int, cell: int, row: Row, last: Row | None, key: str
) -> dict[str, Any]:
    from scipy.special import ndtri

    from citerne.calibrate.observe import REPORTING

    y = row["stock_m3"]
    noise = ndtri(uniform_of(0, key, LEVELS))
    found: dict[str, Any] = {"what": "stock", "observed": y}
    for name in ("sheet", "free"):
        x = kept[f"{name}_stock_m3"][:, day, cell].astype(float)
        found[f"crps_{name}"] = float(crps_ensemble(x, y))
        if name == "sheet":
            low, high = np.quantile(x * np.exp(REPORTING["log"][row["reliability"]] * noise), (0.05, 0.95))
            found["inside_90"] = bool(low <= y <= high)
    found["crps_persistence"] = None if last is None else abs(last["stock_m3"] - y)
    return found


def _dry_score(kept: Mapping[str, Array], day: int, cell: int, row: Row, last: Row | None) -> dict[str, Any]:
    happened = row["open_share"] <= SHUT
    found: dict[str, Any] = {"what": "dry", "observed": happened}
    for name in ("sheet", "free"):
        chance = float(kept[f"{name}_dry"][day, cell])
        found[f"chance_{name}"], found[f"brier_{name}"] = chance, (chance - happened) ** 2
    known = last is not None and last["open_share"] is not None
    before = float(last["open_share"] <= SHUT) if last is not None and known else None
    found["brier_persistence"] = None if before is None else (before - happened) ** 2
    return found


def summary(rows: Sequence[Row]) -> dict[str, Any]:
    """Means by lead, each with its number of facts, and the reliability table."""
    table: list[dict[str, Any]] = []
    for what, score in (("stock", "crps"), ("dry", "brier")):
        for lead in LEADS:
            own = [r for r in rows if r["what"] == what and r["lead"] == lead]
            both = [r for r in own if r[f"{score}_persistence"] is not None]
            if own:
                line = {"what": what, "lead": lead, "facts": len(own), "with_persistence": len(both)}
                line |= {name: _mean(own, f"{score}_{name}") for name in ("sheet", "free")}
                line["persistence"] = _mean(both, f"{score}_persistence")
                line["sheet_where_persistence"] = _mean(both, f"{score}_sheet")
                line["inside_90"] = sum(r["inside_90"] for r in own) if what == "stock" else None
                table.append(line)
    labels = [r for r in rows if r["what"] == "dry"]
    chances = [r["chance_sheet"] for r in labels]
    happened = [r["observed"] for r in labels]
    return {
        "scores": table, "labels": len(labels), "dry_labels": sum(happened),
        "places": len({r["place"] for r in labels}), "nowcasts": len({r["nowcast"] for r in rows}),
        "reliability": [vars(row) for row in reliability(chances, happened)] if labels else [],
    }  # fmt: skip


def _mean(rows: Sequence[Row], column: str) -> float | None:
    return float(np.mean([row[column] for row in rows])) if rows else None
