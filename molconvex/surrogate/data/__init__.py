"""Assay tables on their way to training: read, merged, split, encoded."""
