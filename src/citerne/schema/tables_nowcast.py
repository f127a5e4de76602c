"""The table of a case that says how its nowcasts fared: the rolling test, a row for each outcome that is known."""

from __future__ import annotations

from citerne.schema.columns import PROVENANCE, Column, Table

PAST_NOWCASTS = Table(
    "past_nowcasts",
    "Rolling test of nowcasts: what was said on a day with what was known then, and what came.",
    (
        Column("nowcast_date", "date", "Day of the nowcast."),
        Column("within_days", "int", "Days ahead that counted.", "days", 1, 365),
        Column("place", "ref", "Town.", refers="places"),
        Column("chance_dry", "float",
               "Chance said of being dry on some day within them, mean over the fuels that stations sell.", "in 100",
               0, 100),
        Column("dry", "bool", "Whether a report of these days says that it was dry."),
        Column("known_date", "date", "Day on which that became known."),
        *PROVENANCE,
    ),
    required=False,
)  # fmt: skip
NOWCAST_TABLES: tuple[Table, ...] = (PAST_NOWCASTS,)
