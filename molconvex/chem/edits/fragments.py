"""The bundled table of fragments seen in chemical contexts: which piece may stand where, and how often it was seen."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from molconvex.exceptions import WeightsError
from molconvex.files import data_path, read_manifest

TABLE, NAMES = "contexts.safetensors.gz", "fragments.txt.gz"


@dataclass(frozen=True, eq=False)
class FragmentTable:
    """Fragments by context; the rows of one context lie together.

    Attributes:
        fragments: Distinct fragments as SMILES with numbered attachment points.
        sizes: Heavy atoms of each, uint8 (number of fragments,).
        contexts: Hashes of the contexts' keys, sorted, uint64 (c,).
        offsets: Rows of context i are offsets[i] to offsets[i + 1], uint32 (c + 1,).
        members: Fragment of each row, uint32 (r,).
        counts: How often it was seen, at most 65,535, uint16 (r,).
    """

    fragments: tuple[str, ...]
    sizes: NDArray[np.uint8]
    contexts: NDArray[np.uint64]
    offsets: NDArray[np.uint32]
    members: NDArray[np.uint32]
    counts: NDArray[np.uint16]

    def rows(self, key: str) -> slice:
        """Rows of `members` and `counts` that belong to a context; empty where it was never seen."""
        hashed = context_hash(key)
        place = int(np.searchsorted(self.contexts, hashed))
        if place == len(self.contexts) or self.contexts[place] != hashed:
            return slice(0, 0)
        return slice(int(self.offsets[place]), int(self.offsets[place + 1]))

    def number(self, fragment: str) -> int:
        """Place of a fragment in `fragments`, or -1 where the table lacks it."""
        return self._numbers.get(fragment, -1)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.fragments)}


def context_hash(key: str) -> np.uint64:
    """First 64 bits of the SHA-256 of a context's key."""
    return np.uint64(int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big"))


def pack_fragments(counts: Mapping[tuple[int, str], int], sizes: Mapping[str, int]) -> FragmentTable:
    """Table of how often each (hashed context, fragment) was seen, and the heavy atoms of each fragment."""
    names = sorted({fragment for _, fragment in counts}, key=lambda name: (sizes[name], name))
    number = {name: index for index, name in enumerate(names)}
    ordered = sorted((key, number[name], count) for (key, name), count in counts.items())
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
