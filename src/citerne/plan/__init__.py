"""Interdiction, games, policies and schedules: what can be done."""
