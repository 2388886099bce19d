"""What an oracle says of one molecule: a finite value, or none and the reason."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST = 120  # characters of what a program printed that a reason repeats


@dataclass(frozen=True)
class Answer:
    """One molecule asked about.

    Attributes:
        smiles: The molecule.
        value: In the oracle's unit, NaN where there is none.
        reason: Why there is no value, "" where there is one.
        attempts: Calls that it took; 0 where the value was remembered.
        cached: Whether the value was remembered from an earlier call.
    """

    smiles: str
    value: float
    reason: str = ""
    attempts: int = 1
    cached: bool = False

    @property
    def is_missing(self) -> bool:
        """Whether there is no value."""
        return not math.isfinite(self.value)


class CallFailedError(Exception):
    """A call gave nothing that can be trusted; calling again may help."""


def read_answers(smiles: Sequence[str], printed: str) -> list[Answer]:
    """One answer a line: a number is a value, anything else is missing with the line as its reason.

    Raises:
        CallFailedError: If there are not as many lines as molecules, since no line can then be told to a molecule.
    """
    lines = printed.split("\n")
    if lines[-1] == "":
        lines.pop()
    if len(lines) != len(smiles):
        raise CallFailedError(f"printed {len(lines)} lines for {len(smiles)} molecules, one value a line is needed")
    return [_answer(text, line.strip()) for text, line in zip(smiles, lines, strict=True)]


def _answer(smiles: str, line: str) -> Answer:
    try:
        value = float(line)
    except ValueError:
        return Answer(
            smiles, math.nan, f"answered {line[:LONGEST]!r}, which is no number" if line else "answered nothing"
        )
    return Answer(smiles, value) if math.isfinite(value) else Answer(smiles, math.nan, f"answered {line}")
