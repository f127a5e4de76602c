"""How it may end: base rates, competing risks, indicator board, evidence."""
