"""Programs whose costs are differences of convex functions, minimized locally."""
