"""What triggers may look at and what they may move; rules name fields and levers by their position here."""

from __future__ import annotations

# Outcomes that whoever decides can see on the morning after; hazards and hauliers' minds are not among them.
WATCHED_OUTCOMES = (
    "stock_days", "stock_volume", "stations_open_share", "dry_share", "queue_hours", "price_street",
    "price_multiplier_street", "power_hours_per_day", "tankers_waiting_border", "tankers_arrived", "imports_volume",
    "trucks_destroyed_cumulative",
)  # fmt: skip
WATCHED_FIELDS = (
    "cover_d", "place_cover_d", "national_cover_d", "country_cover_d", "stock_l", "open_share", "open_all", "dry_all",
    "dry_people_share", "queue_h", "price_street", "price_multiplier", "power_h", "power_priority_h", "power_edge_h",
    "waiting_trucks", "arrived_trucks", "unloaded_l", "destroyed_total", "leg_destroyed_total",
)  # fmt: skip
MOVED_LEVERS = (
    "closed", "leg_closed", "columns_per_week", "column_trucks_max", "escort_strength", "escort_needed", "customs_h",
    "hazard_pay", "insured_share", "leg_weight", "hub_reserve_days", "ration_share", "price_pump_factor", "mobility",
    "street_ban", "power_share", "column_weight", "load_weight", "loading_max", "reserve_keep_days", "pool_days",
    "pool_rule", "bulk_share", "plate_share", "force_escort", "force_garrison",
)  # fmt: skip
TESTS = ("<", "<=", ">", ">=")
EVERY_TARGET = -1
