"""Level sets of convex functions, and ways along and across them."""
