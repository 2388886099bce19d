"""Slow, independent solutions of the same programs, for comparison."""
