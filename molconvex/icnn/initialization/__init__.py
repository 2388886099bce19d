"""Principled, exact and calibrated initialization of convex networks, in effective weight space."""
