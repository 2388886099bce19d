"""Certificates: records of programs and multipliers, and the independent checker."""
