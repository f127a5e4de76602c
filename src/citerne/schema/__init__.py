"""Every table declared once: column, dtype, unit, bounds, meaning."""
