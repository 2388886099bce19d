"""Concave costs as goals: points by the convex-concave procedure, bounds from the corners of a hull."""
