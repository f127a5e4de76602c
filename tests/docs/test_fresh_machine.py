"""A machine that knows nothing of Citerne follows the README, every tutorial and the newcomer's path.

Three empty environments: the lowest and the highest Python, and the lowest allowed version of every dependency. Each
has a home of its own, so no compiled code is found. Then wheel and sdist are installed without a network. Each
writes docs/proofs/fresh_NAME.json.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from doc_blocks import ROOT, blocks, run
from proving import write_proof

COMMAND = "python -m pytest -m prove tests/docs/test_fresh_machine.py"
CLAIM = "README, tutorials and the newcomer's path work on an empty machine; wheel and sdist install offline"
PYTHONS = ("3.11", "3.13")
TUTORIALS = ("first_run", "compare_policies", "convoy_week", "calibrate_and_score", "four_files", "new_country")
SHORT = ["tests/theory/test_toys_by_hand.py", "tests/law/test_conservation.py", "tests/unit/test_policies.py"]
NEWCOMER = ("git clone", "make run", "first_run", "compare_policies", "dashboard", "break_a_law")
MINUTES = 15


def dependencies() -> list[str]:
    """What the package needs, as `name>=version`."""
    found = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    assert all(re.fullmatch(r"[\w.-]+>=[\d.]+", text) for text in found)
    return list(found)


def interpreter(version: str) -> Path | None:
    """A Python of that version on this machine: on the path, or among those of pyenv."""
    home = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for found in [shutil.which(f"python{version}"), *sorted(home.glob(f"{version}.*/bin/python{version}"))]:
        if found:
            said = subprocess.run(
                [found, "-c", "import sys; print(sys.version)"], capture_output=True, text=True, check=False
            )
            if said.returncode == 0 and said.stdout.startswith(version):
                return Path(found)
    return None


@dataclass
class Machine:
    """An empty home, a clone, and what was done there."""

    name: str
    home: Path
    python: Path
    steps: list[dict[str, object]] = field(default_factory=list)

    @property
    def clone(self) -> Path:
        return self.home / "citerne"

    @property
    def env(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if k.startswith("PIP_") or k in ("LANG", "SSL_CERT_FILE")}
        path = f"{self.python.parent}{os.pathsep}/usr/local/bin{os.pathsep}/usr/bin{os.pathsep}/bin"
        return {**kept, "HOME": str(self.home), "PATH": path, "LC_ALL": "C.UTF-8"}

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step; what goes wrong in it is kept, and the next step is tried."""
        began, row = time.perf_counter(), {"step": name, "works": True}
        try:
            yield
        except (AssertionError, OSError, subprocess.SubprocessError) as error:
            row |= {"works": False, "why": str(error)[-1500:]}
        self.steps.append(row | {"seconds": round(time.perf_counter() - began, 1)})

    def call(self, *words: str | Path, code: int = 0, cwd: Path | None = None) -> str:
        """Run a command as the newcomer would; AssertionError with what it printed if it ends otherwise."""
        done = subprocess.run(
            [str(w) for w in words], cwd=cwd or self.clone, env=self.env, capture_output=True, text=True, check=False,
            timeout=1800,
        )  # fmt: skip
        assert done.returncode == code, (
            f"{words} ended with {done.returncode}\n{done.stdout[-1500:]}{done.stderr[-1500:]}"
        )
        return done.stdout

    def page(self, page: Path, folder: Path) -> None:
        """Run every block of a page of the clone in a folder."""
        folder.mkdir(exist_ok=True)
        with pytest.MonkeyPatch.context() as patch:
            for key in set(os.environ) - set(self.env):
                patch.delenv(key)
            for key, value in self.env.items():
                patch.setenv(key, value)
            for block in blocks(page, self.clone):
                run(block, folder, self.clone / ".venv" / "bin" / "python")


def read_and_run(machine: Machine) -> None:
    """README and tutorials, each as a step."""
    with machine.step("README"):
        machine.page(machine.clone / "README.md", machine.home / "readme")
    for name in TUTORIALS:
        with machine.step(name):
            machine.page(machine.clone / "docs" / "tutorials" / f"{name}.md", machine.home / name)
    with machine.step("short tests"):
        machine.call(".venv/bin/python", "-m", "pytest", "-q", "-m", "not prove", *SHORT)


def open_dashboard(machine: Machine) -> None:
    """Install the optional part, start the dashboard, read its first page until it shows a figure, stop it."""
    machine.call(".venv/bin/python", "-m", "pip", "install", "--quiet", "-e", ".[serve]")
    words = [machine.clone / ".venv/bin/citerne", "serve", "mali", "--port", "0"]
    with subprocess.Popen(
        words, cwd=machine.clone, env=machine.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        try:
            address = server.stdout.readline().strip() if server.stdout else ""
            assert address.startswith("http://127.0.0.1:"), address
            for _attempt in range(240):
                with urllib.request.urlopen(address, timeout=300) as answer:
                    text = answer.read().decode()
                if "<svg" in text:
                    return
                time.sleep(1)
            raise AssertionError("the first page showed no figure within four minutes")
        finally:
            server.terminate()


def newest(version: str, home: Path) -> Machine | None:
    """A machine that follows the README: clone, make run, then everything else."""
    python = interpreter(version)
    if python is None:
        return None
    home.mkdir()
    machine = Machine(f"Python {version}, newest dependencies", home, python)
    with machine.step("git clone"):
        machine.call("git", "clone", "--quiet", ROOT, machine.clone, cwd=home)
    with machine.step("make run"):
        said = machine.call("make", "run")
        assert "runs/mali-recorded-1/report.html" in said + "".join(str(p) for p in machine.clone.glob("runs/*/*.html"))
        assert (machine.clone / "runs" / "mali-recorded-1" / "report.html").stat().st_size > 100_000
    with machine.step("make lint"):
        machine.call("make", "lint")
    read_and_run(machine)
    with machine.step("dashboard"):
        open_dashboard(machine)
    with machine.step("break_a_law"):
        breaking, mending = [
            b for b in blocks(machine.clone / "docs/guides/break_a_law.md", machine.clone) if b.not_run
        ]
        assert "the law is broken" in machine.call("bash", "-eu", "-c", breaking.text)
        assert "failed" not in machine.call("bash", "-eu", "-c", mending.text)
    return machine


def lowest(home: Path) -> Machine | None:
    """The lowest Python with the lowest allowed version of each dependency."""
    python = interpreter(PYTHONS[0])
    if python is None:
        return None
    home.mkdir()
    machine = Machine(f"Python {PYTHONS[0]}, lowest dependencies", home, python)
    machine.call("git", "clone", "--quiet", ROOT, machine.clone, cwd=home)
    with machine.step("install"):
        machine.call("python3", "-m", "venv", ".venv")
        pinned = [text.replace(">=", "==") for text in dependencies()]
        machine.call(".venv/bin/python", "-m", "pip", "install", "--quiet", "-e", ".[excel,osm]", *pinned)
        machine.call(
            ".venv/bin/python", "-m", "pip", "install", "--quiet", "pytest", "hypothesis", "babel", "networkx", *pinned
        )
    read_and_run(machine)
    return machine


def packages(home: Path) -> Machine:
    """Wheel and sdist, installed without a network from files, the cases inside."""
    python = interpreter(PYTHONS[-1]) or interpreter(PYTHONS[0])
    assert python is not None
    home.mkdir()
    machine = Machine("wheel and sdist, offline", home, python)
    files = home / "files"
    machine.call("git", "clone", "--quiet", ROOT, machine.clone, cwd=home)
    with machine.step("build"):
        machine.call("python3", "-m", "venv", home / "builder", cwd=home)
        pip = [home / "builder" / "bin" / "python", "-m", "pip"]
        machine.call(*pip, "install", "--quiet", "build", "hatchling")
        machine.call(home / "builder/bin/python", "-m", "build", "--no-isolation", "--outdir", files)
        machine.call(*pip, "download", "--quiet", "--dest", files, "hatchling", *files.glob("*.whl"))
    # a network namespace without a network, where the machine allows one
    offline = ["unshare", "--net"] if subprocess.run(["unshare", "--net", "true"], check=False).returncode == 0 else []
    for pattern in ("citerne-*.whl", "citerne-*.tar.gz"):
        with machine.step(f"install {pattern}" + (" without a network" if offline else " from files only")):
            place = home / f"from-{'wheel' if pattern.endswith('whl') else 'sdist'}"
            (built,) = files.glob(pattern)
            machine.call("python3", "-m", "venv", place, cwd=home)
            machine.call(*offline, place / "bin/python", "-m", "pip", "install", "--quiet", "--no-index",
                         "--find-links", files, built, cwd=home)  # fmt: skip
            citerne = place / "bin" / "citerne"
            for case in ("mali", "toy_depot", "toy_road"):
                machine.call(*offline, citerne, "check", case, cwd=home)
            assert "verbes" in machine.call(*offline, citerne, "--lang", "fr", "--help", cwd=home).lower()
            machine.call(*offline, citerne, "run", "toy_depot", "--members", "20", "--force", cwd=home)
    return machine


def keep(name: str, machine: Machine, **more: object) -> None:
    """Write the proof of one machine; AssertionError with what went wrong there."""
    failed = [f"{machine.name}: {row['step']}\n{row['why']}" for row in machine.steps if not row["works"]]
    write_proof(name, f"{CLAIM}: {machine.name}", COMMAND, failed=len(failed), **more, steps=machine.steps)
    assert not failed, "\n\n".join(failed)


@pytest.mark.prove
@pytest.mark.parametrize("version", PYTHONS)
def test_an_empty_machine_follows_the_readme(version: str, tmp_path: Path) -> None:
    machine = newest(version, tmp_path / "home")
    assert machine is not None, f"no Python {version} on this machine"
    walked = [float(str(row["seconds"])) for row in machine.steps if row["step"] in NEWCOMER]
    keep(
        f"fresh_python_{version.replace('.', '')}",
        machine,
        newcomer_minutes=round(sum(walked) / 60, 1),
        newcomer_steps=len(walked),
    )
    assert len(walked) == len(NEWCOMER)
    assert sum(walked) < MINUTES * 60


@pytest.mark.prove
def test_the_lowest_versions_of_dependencies_do(tmp_path: Path) -> None:
    machine = lowest(tmp_path / "home")
    assert machine is not None, f"no Python {PYTHONS[0]} on this machine"
    keep("fresh_lowest", machine)


@pytest.mark.prove
def test_wheel_and_sdist_install_without_a_network(tmp_path: Path) -> None:
    keep("fresh_packages", packages(tmp_path / "home"))
