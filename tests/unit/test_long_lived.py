"""What lives is passed over by the garbage collector; what is garbage already goes."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from molconvex.long_lived import keep_from_collector


class Ring:
    """Refers to itself, so that only the collector can free it."""

    def __init__(self) -> None:
        self.own = self


@pytest.fixture(autouse=True)
def _collected_again() -> Iterator[None]:
    """What a test has left goes; what else lives is passed over, as before."""
    yield
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def test_what_lives_is_passed_over_and_garbage_goes() -> None:
    alive, garbage = Ring(), Ring()
    kept, gone = weakref.ref(alive), weakref.ref(garbage)
    del garbage
    keep_from_collector()
    assert gone() is None
    del alive
    gc.collect()
    assert kept() is not None
    keep_from_collector()
    assert kept() is None


def test_what_comes_later_is_collected() -> None:
    keep_from_collector()
    later = Ring()
    seen = weakref.ref(later)
    del later
    gc.collect()
    assert seen() is None
