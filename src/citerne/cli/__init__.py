"""The command line: thin doors, no arithmetic."""
