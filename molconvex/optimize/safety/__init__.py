"""Thresholds on concave costs: half-spaces in which the cost is proved to stay below."""
