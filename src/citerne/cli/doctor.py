"""`citerne doctor`: is everything there that Citerne needs, and is it in order?"""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from citerne import __version__
from citerne.base.errors import CiterneError, QualityError
from citerne.base.text import _
from citerne.cli.output import print_json

NEEDED = ("numpy", "numba", "scipy", "pydantic", "ruamel.yaml", "matplotlib", "xarray", "highspy", "click")
OPTIONAL = {"distributed": "cluster", "duckdb": "sql", "openpyxl": "excel", "osmium": "osm"}


def _version_of(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _writable(folder: Path) -> bool:
    try:
        with tempfile.NamedTemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _checks() -> list[tuple[str, bool, str]]:
    """What was looked at, whether it is well, and what was found."""
    from citerne.case.case import bundled_cases, load
    from citerne.engine.compile import cache_folder

    rows = [("python", sys.version_info >= (3, 11), platform.python_version())]
    for package in NEEDED:
        found = _version_of(package)
        rows.append((package, found is not None, found or _("missing: pip install citerne puts it right")))
    cache = cache_folder()
    lasting = "citerne-cache-" not in cache.name
    rows.append(("compiled code", lasting, str(cache) if lasting else _("no folder that lasts: set CITERNE_CACHE")))
    here = Path.cwd()
    free_gb = shutil.disk_usage(here).free / 1e9
    rows.append((_("folder can be written"), _writable(here), str(here)))
    rows.append((_("room on the disk"), free_gb > 1, f"{free_gb:.1f} GB"))
    rows.append((_("processors"), True, str(os.cpu_count())))
    for name in bundled_cases():
        try:
            load(name)
            rows.append((_("case {name}").format(name=name), True, _("sound")))
        except CiterneError as error:
            rows.append((_("case {name}").format(name=name), False, str(error).splitlines()[0]))
    return rows


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout and nothing else.")
def command(as_json: bool) -> None:
    """Check the installation, the disk and the bundled cases; exit 5 if something is amiss."""
    rows = _checks()
    extras = {extra: importlib.util.find_spec(package) is not None for package, extra in OPTIONAL.items()}
    well = all(good for _name, good, _found in rows)
    if as_json:
        checks = [{"check": name, "ok": good, "found": found} for name, good, found in rows]
        print_json({"version": __version__, "ok": well, "checks": checks, "extras": extras})
    else:
        click.echo(f"citerne {__version__}, {platform.system()} {platform.machine()}")
        for name, good, found in rows:
            click.echo(f"{_('ok') if good else _('NO'):4}{name:24}{found}")
        for extra, there in extras.items():
            click.echo(f"{_('ok') if there else '-':4}[{extra}]{'':{22 - len(extra)}}"
                       f"{'' if there else _('optional, not installed')}")  # fmt: skip
    if not well:
        raise QualityError(_("Something is amiss; see the lines above."))
