"""How much memory batches of programs take."""

from __future__ import annotations

import os

from molconvex.exceptions import ProgramError
from molconvex.optimize.program.program import Program

CHUNK_BYTES = 256 * 2**20
"""Working arrays of the programs solved together."""


def chunk_size(program: Program) -> int:
    """Programs whose working arrays (about ten float32 copies of the gates) fit in CHUNK_BYTES."""
    numbers = 10 * _units(program) + 16 * program.latent_dim + 4 * len(program.networks)
    return max(1, CHUNK_BYTES // (4 * numbers))


def check_memory(program: Program) -> None:
    """Refuse a batch whose points and multipliers, in parts and once more joined, exceed the machine's memory.

    Raises:
        ProgramError: With the estimate and what to do instead.
    """
    needed = 2 * program.n * (4 * _units(program) + 8 * program.latent_dim)
    present = physical_memory()
    if needed > present:
        raise ProgramError(
            f"points and multipliers of {program.n:,} programs take about {needed / 2**30:.0f} GiB, this machine has "
            f"{present / 2**30:.0f}; iterate over solve_parts and save each part, or pose fewer programs"
        )


def physical_memory() -> int:
    """Bytes of the machine's memory; where it cannot be known, more than any machine has."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 2**60


def _units(program: Program) -> int:
    return sum(bias.shape[0] for network in program.networks for bias in network.biases)
