"""One mechanism a file. Processes do not know each other; they meet in the state."""
