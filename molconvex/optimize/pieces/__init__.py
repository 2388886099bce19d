"""Minima of convex pieces: one program a piece, most of them settled by bounds alone."""
