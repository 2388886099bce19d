"""Batches of convex programs: networks, aggregates, affine terms, thresholds."""
