"""What a mutant is: a change, and the tests that should notice it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """One change that must turn tests red.

    Attributes:
        name: What goes wrong.
        file: Path within the repository.
        text: Found exactly once in the file.
        replacement: What takes its place.
        tests: Arguments of pytest.
        at_a_border: Whether it moves a border rather than a formula.
    """

    name: str
    file: str
    text: str
    replacement: str
    tests: tuple[str, ...]
    at_a_border: bool = True
