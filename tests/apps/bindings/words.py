"""A neighbour module: an app's own folder is on the import path."""

WORD = "from a neighbour"
