"""Draws, chunks, executors, resume and merge."""
