"""Bundled cases: Mali and small toy countries with known answers."""
