"""Surrogates on disk, without code or pickle."""
