"""People as flows on the road graph, read from and scored against Flee's file layout."""
