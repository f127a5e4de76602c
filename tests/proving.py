"""Keep the figures of a proof with the command and the commit that made them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def commit() -> str:
    """The commit of this checkout, short."""
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def write_proof(name: str, claim: str, command: str, **figures: Any) -> None:
    """Write docs/proofs/NAME.json; `docs/proofs/expected.toml` says which bars its figures must meet."""
    proof = {"claim": claim, "command": command, "commit": commit(), **figures}
    path = ROOT / "docs" / "proofs" / f"{name}.json"
    path.write_text(json.dumps(proof, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
