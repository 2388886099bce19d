"""Pareto fronts of convex costs, sandwiched between points and proofs."""
