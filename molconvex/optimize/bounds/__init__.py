"""Certified bounds over one region for several mixes of goals."""
