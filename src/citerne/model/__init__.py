"""Which processes, in which order: the page that shows the whole model."""
