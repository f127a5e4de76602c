"""A country and period, frozen and checked."""
