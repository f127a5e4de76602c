"""The road graph: segments, routes, travel times, import from OpenStreetMap."""
