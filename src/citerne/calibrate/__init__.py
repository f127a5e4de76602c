"""Observation model, scores and posterior."""
