"""The dashboard: thin doors, no arithmetic."""
