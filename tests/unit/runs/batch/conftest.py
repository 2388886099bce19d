"""Stores for batches: SQLite always, PostgreSQL where there is one; and a batch of ten leads in each."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers import small_leads

from molconvex.runs.store import Store, open_store

TOY = Path(__file__).parents[1] / "store"  # where toy_pipeline is
sys.path.insert(0, str(TOY))


@pytest.fixture
def toy(monkeypatch):
    """The toy latent model in the place of the bundled one, in this process and those that it starts."""
    from molconvex.runs.batch.shard_work import _prepared

    monkeypatch.setenv("MOLCONVEX_PIPELINE", "toy_pipeline:toy")
    monkeypatch.setenv("PYTHONPATH", f"{TOY}:{Path(__file__).parents[4]}")
    _prepared.cache_clear()
    yield
    _prepared.cache_clear()


@pytest.fixture(params=["sqlite", "postgres"])
def store(request, tmp_path) -> Iterator[Store]:
    url = request.getfixturevalue("postgres").new_url() if request.param == "postgres" else None
    opened = open_store(tmp_path / "home", url)
    yield opened
    opened.close()


@pytest.fixture
def batch(store):
    return store.batches.add("ten", {"budget": 1}, {"budget": 1}, small_leads(10))


@pytest.fixture
def together():
    """Run a function in several threads at one moment; what each returned."""

    def go(count, function):
        answers, begin = [None] * count, threading.Barrier(count)

        def one(place: int) -> None:
            begin.wait()
            answers[place] = function(place)

        threads = [threading.Thread(target=one, args=(place,)) for place in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers

    return go
