"""What is remembered of molecules from lead to lead: full caches hold little, so that long batches stay flat."""

import ctypes
import gc
import re
import tracemalloc
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from molconvex.chem import standardize
from molconvex.chem.edits.editing import _standardized, mutate
from molconvex.chem.edits.fragments import load_fragments
from molconvex.chem.edits.swaps import _read_fragment
from molconvex.chem.plausibility.ring_systems import _label, ring_systems
from molconvex.surrogate.model.seen_molecules import _hash

PACKAGE = Path(__file__).parents[2] / "molconvex"
LARGE = 1_000  # entries from which a cache is weighed here
MOST = 400  # MiB of all of them, when they are full
SAMPLE = 200
LEADS = ["COc1ccc(CN2CCOCC2)cc1", "O=C(Nc1ccc(F)cc1)c1ccc2[nH]ccc2c1", "CC(C)Cn1cnc2c1nc(N)c1ccccc12"]


class _Memory(ctypes.Structure):
    """What glibc's mallinfo2 tells."""

    _fields_ = [(f"field{number}", ctypes.c_size_t) for number in range(10)]
    MAPPED, USED = "field4", "field7"


def held() -> int:
    """Bytes in use, of Python and of C++; what both count, counts twice."""
    library = ctypes.CDLL(None)
    if not hasattr(library, "mallinfo2"):
        pytest.skip("only glibc 2.33 and later tell how much memory is in use")
    library.mallinfo2.restype = _Memory
    found = library.mallinfo2()
    return int(getattr(found, _Memory.MAPPED) + getattr(found, _Memory.USED)) + tracemalloc.get_traced_memory()[0]


@cache
def products() -> list[str]:
    generator = np.random.default_rng(0)
    made = [edit.molecule.smiles for lead in LEADS for edit in mutate(standardize(lead), SAMPLE // 2, generator)]
    return made[:SAMPLE]


def read_fragments() -> None:
    for text in load_fragments().fragments[:: len(load_fragments().fragments) // SAMPLE][:SAMPLE]:
        _read_fragment(text)


def standardize_products() -> None:
    for text in products():
        molecule = _standardized(text)
        assert molecule is not None
        assert molecule.fingerprint is not None


def label_rings() -> None:
    for text in products():
        ring_systems(standardize(text).mol)


def hash_products() -> None:
    for text in products():
        _hash(text)


CACHES: dict[str, tuple[Callable, Callable[[], None]]] = {
    "chem/edits/swaps.py": (_read_fragment, read_fragments),
    "chem/edits/editing.py": (_standardized, standardize_products),
    "chem/plausibility/ring_systems.py": (_label, label_rings),
    "surrogate/model/seen_molecules.py": (_hash, hash_products),
}


def full(cached: Callable, fill: Callable[[], None]) -> float:
    """MiB of a cache with as many entries as it may have, by those of a sample."""
    fill()  # loads what every entry needs
    cached.cache_clear()
    gc.collect()
    before = held()
    fill()
    gc.collect()
    info = cached.cache_info()
    return (held() - before) / info.currsize * info.maxsize / 2**20


def test_all_that_is_remembered_of_molecules_is_small() -> None:
    tracemalloc.start()
    try:
        sizes = {name: full(*CACHES[name]) for name in CACHES}
    finally:
        tracemalloc.stop()
    assert 50 < sum(sizes.values()) < MOST, sizes


def test_every_large_cache_is_weighed() -> None:
    found = set()
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text()
        for size in re.findall(r"lru_cache\(maxsize=([\w*]+)\)", text):
            named = re.search(rf"^{size} = ([\d_*]+)", text, re.MULTILINE) if size.isidentifier() else None
            factors = (named[1] if named else size).replace("_", "").split("**")
            entries = int(factors[0]) ** int(factors[1] if len(factors) == 2 else 1)
            if entries >= LARGE:
                found.add(path.relative_to(PACKAGE).as_posix())
    assert found == set(CACHES)
