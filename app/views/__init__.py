"""Pages: read widgets, call the library, draw."""
