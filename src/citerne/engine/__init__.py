"""State blocks, clock, random streams in kernels, recorder. Knows no mechanism."""
