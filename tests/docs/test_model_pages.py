"""The pages of the processes say what the code says."""

from __future__ import annotations

import importlib.util
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_process_has_a_page_made_from_its_declarations() -> None:
    specification = importlib.util.spec_from_file_location("model_pages", ROOT / "tools" / "model_pages.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    made = module.pages()
    assert len(made) >= 8
    for path, text in made.items():
        assert path.exists(), f"{path.name} is missing; run python tools/model_pages.py"
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is stale; run python tools/model_pages.py"
