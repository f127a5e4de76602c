"""Pure functions of results and scores: days of cover, coverage, CRPS, queues, hazards."""
