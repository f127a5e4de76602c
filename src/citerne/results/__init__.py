"""What a run leaves behind: labelled arrays with provenance, and the folder they live in."""
