"""`citerne schema`: the declared tables, outcomes and levers, and the keys of YAML files."""

from __future__ import annotations

from typing import Any

import click

from citerne.base.errors import UsageError
from citerne.base.text import _
from citerne.cli.output import print_json
from citerne.schema.cells import closest
from citerne.schema.describe import ALL_TABLES, TABLE_BY_NAME, describe_levers, describe_outcomes, describe_table

LISTS = ("tables", "outcomes", "levers", "case", "policy", "alerts")


@click.command(name="schema")
@click.argument("what", default="tables", metavar="[tables|TABLE|outcomes|levers|case|policy|alerts]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout and nothing else.")
def command(what: str, as_json: bool) -> None:
    """Print what is declared: all tables, one TABLE, the outcomes, the levers, a YAML file, or alerts in JSON."""
    if what == "tables":
        tables = [describe_table(table) for table in ALL_TABLES]
        print_json({"tables": tables}) if as_json else _print_tables(tables)
    elif what == "outcomes":
        outcomes = describe_outcomes()
        print_json({"outcomes": outcomes}) if as_json else _print_outcomes(outcomes)
    elif what == "levers":
        levers = describe_levers()
        print_json({"levers": levers}) if as_json else _print_levers(levers)
    elif what in ("case", "policy", "alerts"):
        schema = _json_schema(what)
        print_json(schema) if as_json else _print_keys(schema, inner=what == "alerts")
    elif what in TABLE_BY_NAME:
        table = describe_table(TABLE_BY_NAME[what])
        print_json(table) if as_json else _print_table(table)
    else:
        mend = closest(what, (*LISTS, *TABLE_BY_NAME))
        raise UsageError(_("Nothing is declared under {name}: {mend}").format(name=what, mend=mend))


def _json_schema(what: str) -> dict[str, Any]:
    """JSON schema of `case.yaml`, of a policy file, or of the alerts of a nowcast."""
    if what == "case":
        from citerne.case.header import Header

        return Header.model_json_schema()
    if what == "alerts":
        from citerne.nowcast.alerts import AlertFile

        return AlertFile.model_json_schema()
    from citerne.case.policies import PolicyFile

    return PolicyFile.model_json_schema()


def _print_tables(tables: list[dict[str, Any]]) -> None:
    for table in tables:
        must = _("required") if table["required"] else ""
        click.echo(f"{table['table']:20} {must:11} {table['meaning']}")


def _print_table(table: dict[str, Any]) -> None:
    click.echo(f"{table['table']}.csv: {table['meaning']}\n")
    for column in table["columns"]:
        may = "" if column["required"] else " " + _("(may be empty)")
        click.echo(f"  {column['column']:24} {column['meaning']}")
        click.echo(f"  {'':24} {column['expected']}{may}")


def _print_outcomes(outcomes: list[dict[str, Any]]) -> None:
    for outcome in outcomes:
        by = "" if outcome["split"] == "none" else _("by {split}").format(split=_(outcome["split"]))
        where = ", ".join(_(word) for word in outcome["where"])
        click.echo(f"{outcome['variable']:28} {outcome['unit']:12} {where} {by}")
        click.echo(f"{'':28} {outcome['meaning']}")


def _print_levers(levers: list[dict[str, Any]]) -> None:
    for lever in levers:
        axis = "" if lever["by"] == "none" else _("by {split}").format(split=_(lever["by"]))
        default = _("default {value}").format(value=f"{lever['default']:g}")
        span = f"{lever['low']:g} .. {lever['high']:g} {lever['unit']}".strip()
        click.echo(f"{lever['lever']:20} {span}, {default} {axis}")
        click.echo(f"{'':20} {lever['meaning']}")


def _print_keys(schema: dict[str, Any], inner: bool = False) -> None:
    for name, field in schema["properties"].items():
        must = _("required") if name in schema.get("required", ()) else ""
        click.echo(f"{name:17} {must:11} {_(field['description']) if 'description' in field else ''}")
    for name, part in schema.get("$defs", {}).items() if inner else ():
        click.echo(f"\n{name}")
        _print_keys(part)
