"""Entry of the command line: finds the verb, sets the language, turns errors into exit codes."""

from __future__ import annotations

import importlib
import sys
import tempfile
import traceback
from pathlib import Path

import click

from citerne import __version__
from citerne.base.errors import EXIT_INTERNAL, EXIT_INTERRUPTED, CiterneError
from citerne.base.text import LANGUAGES, _, current_language, language_of, use_language
from citerne.cli.helptext import in_language, speak_click

# verb -> (module in citerne.cli that holds `command`, one line of help); loaded only when called, so --help is fast
VERBS: dict[str, tuple[str, str]] = {
    "run": ("run", "Simulate a case and report it."),
    "compare": ("compare", "Compare policies over the same futures."),
    "report": ("report", "Write the report of a run: English or French, full or public."),
    "serve": ("serve", "Show a case in a browser: move levers, compare, download."),
    "export": ("export", "Write a run as CSV, Excel, GeoJSON, NetCDF or Parquet."),
    "situation": ("situation", "An empty sheet for this week's counts, and its check."),
    "nowcast": ("nowcast", "Which town runs dry next week, from today's situation sheet."),
    "calibrate": ("calibrate", "Fit a case to what was observed and prove it."),
    "stress": ("stress", "Worst closures with their answer, critical segments, break-points."),
    "merge": ("merge", "Put the shards of a run together."),
    "list": ("list", "List the runs in a folder, with their size."),
    "doctor": ("doctor", "Check the installation, the disk and the bundled cases."),
    "plan": ("plan", "Find escorts, allocation and rationing that do better on the same means."),
    "score": ("score", "Compare a run with what was observed."),
    "check": ("check", "Check a case: all faults at once, then what is guessed or stale."),
    "outlook": ("outlook", "How it may end by month, and what may follow a take-over."),
    "facts": ("facts", "Timeline, actors and checked claims, each with its source."),
    "displacement": ("displacement", "Run and score a conflict in Flee's file layout."),
    "interdict": ("interdict", "Worst case and protection of a published test network."),
    "import": ("importers", "Import roads, events, prices, plants and displacement from files."),
    "new": ("new", "A complete, openly guessed case of a country from files or a questionnaire."),
    "tables": ("tables", "All tables of a case as a spreadsheet, and back."),
    "schema": ("schema", "Print the tables, outcomes and their columns."),
}


class Verbs(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"citerne.cli.{VERBS[cmd_name][0]}")
        command: click.Command = module.command
        return in_language(command)

    def get_help(self, ctx: click.Context) -> str:
        return click.Group.get_help(in_language(self), ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(_("Verbs")):
            formatter.write_dl([(verb, _(text)) for verb, (_module, text) in VERBS.items()])


def _speak(_context: click.Context, _option: click.Parameter, language: str | None) -> None:
    """Set the language before any verb is read, so that help speaks it too."""
    if language:
        use_language(language)
        speak_click(language)


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="citerne")
@click.option("--lang", type=click.Choice(LANGUAGES), is_eager=True, expose_value=False, callback=_speak,
              help="Language of all text (default: the locale).")  # fmt: skip
def citerne() -> None:
    """Simulate, stress-test and plan the fuel supply of a country under blockade."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with the code that `design` promises; never shows a traceback."""
    use_language(language_of())
    speak_click(current_language())
    try:
        citerne.main(args=arguments, prog_name="citerne", standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.Abort:
        click.echo(_("Interrupted. Finished work is kept; add --resume to go on."), err=True)
        sys.exit(EXIT_INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except CiterneError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        click.echo(_("Interrupted. Finished work is kept; add --resume to go on."), err=True)
        sys.exit(EXIT_INTERRUPTED)
    except Exception:  # the last door: the user gets one line, the details go to a file
        path = Path(tempfile.mkdtemp(prefix="citerne-")) / "crash.txt"
        path.write_text(traceback.format_exc(), encoding="utf-8")
        click.echo(_("Internal error. Please report it with the file {path}").format(path=path), err=True)
        sys.exit(EXIT_INTERNAL)
