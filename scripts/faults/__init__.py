"""Faults put to the package on purpose: processes killed at random moments, inputs spoiled at random."""
