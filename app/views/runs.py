"""Placeholder."""


def show() -> None:
    """Nothing yet."""
