"""The bundled table of fragments seen in chemical contexts: which piece may stand where, and how often it was seen."""

import gzip
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from molconvex.bundled import data_path, read_manifest
from molconvex.exceptions import WeightsError

TABLE, NAMES = "contexts.safetensors.gz", "fragments.txt.gz"


@dataclass(frozen=True)
class FragmentTable:
    """Fragments by context; the rows of one context lie together.

    Attributes:
        fragments: Distinct fragments as SMILES with numbered attachment points.
        sizes: Heavy atoms of each, uint8 (number of fragments,).
        contexts: Hashes of radius and environment, sorted, uint64 (c,).
        offsets: Rows of context i are offsets[i] to offsets[i + 1], uint32 (c + 1,).
        members: Fragment of each row, uint32 (r,).
        counts: In how many cuts it was seen, at most 65,535, uint16 (r,).
    """

    fragments: tuple[str, ...]
    sizes: NDArray[np.uint8]
    contexts: NDArray[np.uint64]
    offsets: NDArray[np.uint32]
    members: NDArray[np.uint32]
    counts: NDArray[np.uint16]

    def rows(self, radius: int, environment: str) -> slice:
        """Rows of `members` and `counts` that belong to a context; empty where it was never seen."""
        key = context_hash(radius, environment)
        place = int(np.searchsorted(self.contexts, key))
        if place == len(self.contexts) or self.contexts[place] != key:
            return slice(0, 0)
        return slice(int(self.offsets[place]), int(self.offsets[place + 1]))

    def replacements(self, radius: int, environment: str) -> dict[str, int]:
        """Fragments seen in a context, with their counts."""
        rows = self.rows(radius, environment)
        pairs = zip(self.members[rows].tolist(), self.counts[rows].tolist(), strict=True)
        return {self.fragments[member]: count for member, count in pairs}


def context_hash(radius: int, environment: str) -> np.uint64:
    """First 64 bits of the SHA-256 of a radius and an environment as CReM writes it."""
    digest = hashlib.sha256(f"{radius} {environment}".encode()).digest()
    return np.uint64(int.from_bytes(digest[:8], "big"))


def pack_fragments(rows: Iterable[tuple[int, str, str, int, int]]) -> FragmentTable:
    """Table of (radius, environment, fragment, heavy atoms, count) rows in any order; rows of one key add up."""
    sizes: dict[str, int] = {}
    seen: dict[tuple[int, str], int] = {}
    keys: dict[tuple[int, str], int] = {}
    for radius, environment, fragment, atoms, count in rows:
        sizes[fragment] = atoms
        place = radius, environment
        key = keys.get(place)
        if key is None:
            key = keys[place] = int(context_hash(radius, environment))
        seen[key, fragment] = seen.get((key, fragment), 0) + count
    names = sorted(sizes, key=lambda name: (sizes[name], name))
    number = {name: index for index, name in enumerate(names)}
    ordered = sorted((key, number[name], count) for (key, name), count in seen.items())
    contexts, starts = np.unique(np.array([row[0] for row in ordered], dtype=np.uint64), return_index=True)
    return FragmentTable(
        fragments=tuple(names),
        sizes=np.array([sizes[name] for name in names], dtype=np.uint8),
        contexts=contexts,
        offsets=np.append(starts, len(ordered)).astype(np.uint32),
        members=np.array([row[1] for row in ordered], dtype=np.uint32),
        counts=np.array([min(row[2], 65_535) for row in ordered], dtype=np.uint16),
    )


def save_fragments(table: FragmentTable, folder: Path) -> list[str]:
    """Write a table into a folder, the same bytes for the same table; names of the files."""
    arrays = {name: getattr(table, name) for name in ("sizes", "contexts", "offsets", "members", "counts")}
    (folder / TABLE).write_bytes(gzip.compress(save(arrays), mtime=0))
    (folder / NAMES).write_bytes(gzip.compress("\n".join(table.fragments).encode(), mtime=0))
    return [TABLE, NAMES]


@lru_cache(maxsize=2)
def load_fragments(folder: Path | None = None) -> FragmentTable:
    """The bundled table, or that of another folder; about a second, then kept.

    Raises:
        WeightsError: If a file is missing or altered.
    """
    place = data_path("fragments") if folder is None else folder
    read_manifest(place)
    try:
        arrays = load(gzip.decompress((place / TABLE).read_bytes()))
        names = gzip.decompress((place / NAMES).read_bytes()).decode().split("\n")
        return FragmentTable(fragments=tuple(names), **arrays)
    except (OSError, EOFError, SafetensorError, TypeError, UnicodeDecodeError) as error:
        raise WeightsError(f"{place} holds no table of fragments ({error}); install molconvex again") from error
