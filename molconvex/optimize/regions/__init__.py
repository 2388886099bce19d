"""Compact convex regions of the latent space, batched."""
