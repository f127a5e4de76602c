"""The declared tables, outcomes and levers as plain rows, for the command line, files and docs."""

from __future__ import annotations

from typing import Any

from citerne.base.text import _
from citerne.schema.columns import Table
from citerne.schema.levers import LEVERS
from citerne.schema.outcomes import OUTCOMES, SPLITS
from citerne.schema.tables import CASE_TABLES
from citerne.schema.tables_nowcast import NOWCAST_TABLES
from citerne.schema.tables_outlook import OUTLOOK_TABLES

ALL_TABLES: tuple[Table, ...] = (*CASE_TABLES, *OUTLOOK_TABLES, *NOWCAST_TABLES)
TABLE_BY_NAME = {table.name: table for table in ALL_TABLES}


def describe_table(table: Table) -> dict[str, Any]:
    """Name, meaning and columns of a table; texts in the language in use."""
    return {
        "table": table.name,
        "meaning": _(table.meaning),
        "required": table.required,
        "key": table.key,
        "columns": [
            {
                "column": column.name,
                "kind": column.kind,
                "unit": column.unit,
                "low": column.low,
                "high": column.high,
                "required": column.required,
                "choices": list(column.choices),
                "refers": column.refers,
                "expected": column.expected(),
                "meaning": _(column.meaning),
            }
            for column in table.columns
        ],
    }


def describe_outcomes() -> list[dict[str, Any]]:
    """Every outcome of the catalogue."""
    return [
        {
            "variable": outcome.name,
            "where": list(outcome.where),
            "unit": outcome.unit,
            "kind": outcome.kind,
            "aggregation": outcome.aggregation,
            "split": outcome.split,
            "split_values": list(SPLITS[outcome.split]),
            "better": outcome.better,
            "low": 0,
            "high": outcome.high,
            "meaning": _(outcome.meaning),
        }
        for outcome in OUTCOMES
    ]


def describe_levers() -> list[dict[str, Any]]:
    """Every lever."""
    return [
        {
            "lever": lever.name,
            "by": lever.by,
            "default": lever.default,
            "low": lever.low,
            "high": lever.high,
            "unit": lever.unit,
            "kind": lever.kind,
            "meaning": _(lever.meaning),
        }
        for lever in LEVERS
    ]
